/* SPDX-License-Identifier: Apache-2.0 */
/* The innermost loops of the default schedules of whole lists of layers, counted. */
#ifndef SEPTET_TESTS_COMPILER_LLVM_LIST_LOOPS_H
#define SEPTET_TESTS_COMPILER_LLVM_LIST_LOOPS_H

#include "compiler/llvm/code_loops.h"

typedef struct ListLoops {
    size_t layers, spilling; /* all; those with a spill in an innermost loop */
    int64_t least_fmas;      /* of a layer */
    CodeMix mix;             /* the sum over all innermost loops that multiply and add */
} ListLoops;

/* Compiles bench/layers/LIST.txt with bias and ReLU and adds to *out. Prints a line for each layer that spills. */
void list_loops_count(const char *target, const char *list, ListLoops *out);

#endif
