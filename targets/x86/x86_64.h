/* SPDX-License-Identifier: Apache-2.0 */
/* The levels of the x86-64 psABI that have vectors. */
#ifndef SEPTET_TARGETS_X86_X86_64_H
#define SEPTET_TARGETS_X86_X86_64_H

#include "targets/target.h"

extern const Target target_x86_64_v2, target_x86_64_v3, target_x86_64_v4, target_x86_64_v4_bf16;

#endif
