/* SPDX-License-Identifier: Apache-2.0 */
/* x86-64 in the syntax of AT&T, which is LLVM's: the operand that is written comes last, memory is offset(base,index).
 */
#include "targets/instructions.h"

static const InstructionName names[] = {
    {"vfmadd", INSTRUCTION_FMA},       {"vfnmadd", INSTRUCTION_FMA},          {"vdpbf16ps", INSTRUCTION_FMA},
    {"vmulp", INSTRUCTION_MULTIPLY},   {"vmuls", INSTRUCTION_MULTIPLY},       {"mulp", INSTRUCTION_MULTIPLY},
    {"muls", INSTRUCTION_MULTIPLY},    {"vbroadcast", INSTRUCTION_BROADCAST}, {"vpbroadcast", INSTRUCTION_BROADCAST},
    {"shufps", INSTRUCTION_BROADCAST}, {"pshufd", INSTRUCTION_BROADCAST},     {"lea", INSTRUCTION_ADDRESS},
    {"prefetch", INSTRUCTION_ADDRESS}, {"nop", INSTRUCTION_ADDRESS},          {"cmp", INSTRUCTION_LOAD},
    {"test", INSTRUCTION_LOAD},
};

const InstructionSet instructions_x86_64 = {
    .comment = "#",
    .all_lanes = "{1to",
    .has_memory_operands = true,
    .count = sizeof names / sizeof *names,
    .names = names,
};
