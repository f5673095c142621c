/* SPDX-License-Identifier: Apache-2.0 */
/* How much code a lowered nest becomes and how many registers it wants, before LLVM is asked. */
#ifndef SEPTET_COMPILER_PASSES_CODE_SIZE_H
#define SEPTET_COMPILER_PASSES_CODE_SIZE_H

#include "ir/nest.h"
#include "targets/target.h"

typedef struct CodeSize {
    int64_t statements;   /* stores of one vector each, and prefetches, in the whole kernel */
    int64_t spilling;     /* those of them in bodies that want more registers than there are */
    int64_t registers;    /* vectors that are live at once in the body that wants most */
    int64_t sums;         /* those of them that are buffers in registers */
    const Tensor *buffer; /* the largest buffer in registers around that body; NULL: none */
    int64_t stack_bytes;  /* of buffers on the stack and in registers */
} CodeSize;

/* Of the kernel's body, not of what is packed ahead. Inside context_run. */
CodeSize code_size_of(Context *context, const Nest *nest, const Target *target);

#endif
