/* SPDX-License-Identifier: Apache-2.0 */
/* The target without vectors. */
#ifndef SEPTET_TARGETS_SCALAR_SCALAR_H
#define SEPTET_TARGETS_SCALAR_SCALAR_H

#include "targets/target.h"

extern const Target target_scalar;

#endif
