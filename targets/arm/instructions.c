/* SPDX-License-Identifier: Apache-2.0 */
/* AArch64 (NEON and SVE) and Armv7 with NEON: memory is touched by loads and stores alone. A multiplication by one lane
 * of a vector needs no broadcast. */
#include "targets/instructions.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const InstructionName names_aarch64[] = {
    {"fmla", INSTRUCTION_FMA},      {"fmls", INSTRUCTION_FMA},       {"fmad", INSTRUCTION_FMA},
    {"fmul", INSTRUCTION_MULTIPLY}, {"ld1r", INSTRUCTION_BROADCAST}, {"dup", INSTRUCTION_BROADCAST},
    {"ld", INSTRUCTION_LOAD},       {"st", INSTRUCTION_STORE},
};

static const InstructionName names_armv7[] = {
    {"vmla", INSTRUCTION_FMA},       {"vfma", INSTRUCTION_FMA},  {"vmul", INSTRUCTION_MULTIPLY},
    {"vld", INSTRUCTION_LOAD},       {"ldr", INSTRUCTION_LOAD},  {"ldm", INSTRUCTION_LOAD},
    {"vst", INSTRUCTION_STORE},      {"str", INSTRUCTION_STORE}, {"stm", INSTRUCTION_STORE},
    {"vdup", INSTRUCTION_BROADCAST},
};

const InstructionSet instructions_aarch64 = {
    .comment = "//",
    .count = COUNT(names_aarch64),
    .names = names_aarch64,
};

const InstructionSet instructions_armv7 = {
    .comment = "@",
    .all_lanes = "[]",
    .count = COUNT(names_armv7),
    .names = names_armv7,
};
