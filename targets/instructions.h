/* SPDX-License-Identifier: Apache-2.0 */
/* What the instructions of an architecture do, by how their names begin in LLVM's assembly: enough to count
 * multiply-adds, loads and stores of a loop. No decoder: what is not listed is just an instruction. */
#ifndef SEPTET_TARGETS_INSTRUCTIONS_H
#define SEPTET_TARGETS_INSTRUCTIONS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum InstructionKind {
    INSTRUCTION_OTHER,
    INSTRUCTION_FMA,       /* multiplies and adds */
    INSTRUCTION_MULTIPLY,  /* where the target lacks fused ones, the half of a multiply-add that is counted */
    INSTRUCTION_LOAD,      /* reads memory, and writes none */
    INSTRUCTION_BROADCAST, /* one element into all lanes, from memory or from a register */
    INSTRUCTION_STORE,     /* writes memory */
    INSTRUCTION_ADDRESS    /* has an operand like one in memory, and touches none */
} InstructionKind;

/* Instructions whose name begins with `start`. */
typedef struct InstructionName {
    const char *start;
    InstructionKind kind;
} InstructionName;

typedef struct InstructionSet {
    const char *comment;      /* begins a comment */
    const char *all_lanes;    /* in an operand: one element of memory, into all lanes; or NULL */
    bool has_memory_operands; /* "(…)" among the operands is memory, written when it is the last one */
    size_t count;
    const InstructionName *names; /* the first that fits counts */
} InstructionSet;

extern const InstructionSet instructions_x86_64, instructions_aarch64, instructions_armv7;

#endif
