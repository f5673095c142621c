/* SPDX-License-Identifier: Apache-2.0 */
/* Cores of AArch64 with the Scalable Vector Extension. */
#ifndef SEPTET_TARGETS_ARM_SVE_H
#define SEPTET_TARGETS_ARM_SVE_H

#include "targets/target.h"

extern const Target target_neoverse_v1;

#endif
