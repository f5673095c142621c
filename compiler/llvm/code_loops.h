/* SPDX-License-Identifier: Apache-2.0 */
/* The loops of a kernel's machine code, and what one iteration of each is made of. It is the code of the object: the
 * same module goes through the same back end, and LLVM writes down which blocks belong to which loop and which
 * instructions only move what did not fit into registers. */
#ifndef SEPTET_COMPILER_LLVM_CODE_LOOPS_H
#define SEPTET_COMPILER_LLVM_CODE_LOOPS_H

#include "compiler/plan.h"

/* Counts of instructions; of those with an operand in memory, both what they compute and that they load. */
typedef struct CodeMix {
    int64_t instructions;
    int64_t fmas;       /* where the target has none: multiplications */
    int64_t loads;      /* of vectors and numbers, those below excepted */
    int64_t broadcasts; /* one element into all lanes */
    int64_t stores;
    int64_t spills; /* vectors stored to the stack, or loaded from there, for want of a register */
} CodeMix;

typedef struct CodeLoop {
    const char *name;   /* of the nest's loop: "co" */
    const char *around; /* the loops around it, outermost first: "n p ko"; those of one iteration are no loops here */
    bool is_innermost;
    int64_t iterations; /* in one call of the kernel, at most: loops whose bounds change count with their most */
    CodeMix mix;        /* of one iteration, all branches taken, without the loops inside */
    const char *code;   /* its instructions, one a line */
} CodeLoop;

/* Compiles the plan and finds the loops that multiply and add, those first in which most multiply-adds are done
 * (iterations x FMAs). In the context's arena. What emit_kernel returns. May be called inside context_run or outside.
 */
Status emit_code_loops(Context *context, const Plan *plan, const CodeLoop **loops, size_t *count);

#endif
