/* SPDX-License-Identifier: Apache-2.0 */
/* Cores of AArch64 with vectors of 16 bytes (NEON, called Advanced SIMD in the manuals). */
#ifndef SEPTET_TARGETS_ARM_AARCH64_H
#define SEPTET_TARGETS_ARM_AARCH64_H

#include "targets/target.h"

extern const Target target_cortex_a72, target_cortex_a76, target_neoverse_n1;

#endif
