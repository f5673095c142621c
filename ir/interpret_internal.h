/* SPDX-License-Identifier: Apache-2.0 */
/* The machine that runs loop nests: memory (ir/interpret_memory.c) and statements (ir/interpret.c). */
#ifndef SEPTET_IR_INTERPRET_INTERNAL_H
#define SEPTET_IR_INTERPRET_INTERNAL_H

#include "base/vector.h"
#include "ir/interpret.h"

/* The elements of one tensor. */
typedef struct Memory {
    const Tensor *tensor;
    double *data;
    uint32_t *written; /* element i is defined when written[i] == life; NULL: all are */
    uint32_t life;     /* counts how often a buffer came to life, so that its elements need no clearing */
    bool is_plain;     /* the layout divides no axis: strides are by logical axis */
    int64_t extents[TENSOR_MAX_RANK], reaches[TENSOR_MAX_RANK]; /* reaches: with the filling */
    int64_t strides[TENSOR_MAX_RANK];
} Memory;

/* A loop that is running, innermost first. */
typedef struct Running {
    const struct Running *outer;
    const Var *var;
} Running;

typedef struct Machine {
    Context *context;
    const Nest *nest;
    int64_t *values; /* by loop id */
    VECTOR(Memory *) memories;
    const Running *loops;
    const Stmt *store; /* the statement that is running */
} Machine;

/* Gives all tensors of the nest memory. */
Status memory_prepare(Machine *machine, const InterpretArgument *arguments, int count);

/* A buffer comes to life, all elements undefined. */
void memory_enter(Machine *machine, const Tensor *buffer);

/* Reads the element at these indices; sets it to `value`, or adds that to it, rounded to the tensor's type. */
Status memory_read(Machine *machine, const Tensor *tensor, const Affine *const *index, double *out);
Status memory_write(Machine *machine, const Tensor *tensor, const Affine *const *index, bool add, double value);

/* STATUS_INVALID: "WHAT, in 'STATEMENT' with n = 0, k = 3". */
Status interpret_fail(const Machine *machine, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
