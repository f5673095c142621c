/* SPDX-License-Identifier: Apache-2.0 */
/* Cores of Armv7-A with vectors of 16 bytes (NEON, called Advanced SIMD in the manuals). */
#ifndef SEPTET_TARGETS_ARM_ARMV7_H
#define SEPTET_TARGETS_ARM_ARMV7_H

#include "targets/target.h"

extern const Target target_cortex_a9, target_cortex_a15;

#endif
