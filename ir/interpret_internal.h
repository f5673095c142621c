/* SPDX-License-Identifier: Apache-2.0 */
/* The machine that runs loop nests: memory (ir/interpret_memory.c), tiles of loops on cores
 * (ir/interpret_tiles.c) and statements (ir/interpret.c). */
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
    /* Loops on cores: the tile that wrote element i last, the one that read it last, and the last one that read it
     * when another tile of its region had; NULL until a tile does either. */
    uint32_t *writers, *readers, *sharers;
    uint32_t owner; /* the tile that the buffer came to life in; 0: none */
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
    /* Loops on cores: the tile that is running, 0 = none, and the first one of its region. Tiles are counted. */
    uint32_t tile, first_tile, tile_count;
    const Stmt *region; /* the outermost loop on cores that is running, or NULL */
} Machine;

/* Gives all tensors of the nest memory. */
Status memory_prepare(Machine *machine, const InterpretArgument *arguments, int count);

/* A buffer comes to life, all elements undefined. */
void memory_enter(Machine *machine, const Tensor *buffer);

/* Reads the element at these indices; sets it to `value`, or adds that to it, rounded to the tensor's type. */
Status memory_read(Machine *machine, const Tensor *tensor, const Affine *const *index, double *out);
Status memory_write(Machine *machine, const Tensor *tensor, const Affine *const *index, bool add, double value);

/* Is the tensor there? STATUS_INVALID when not. */
Status memory_prefetch(Machine *machine, const Tensor *tensor);

/* A tile touches an element: STATUS_INVALID when another tile of the region writes what this one reads or writes, or
 * reads what it writes. */
Status tile_touch(Machine *machine, Memory *memory, const Affine *const *index, int64_t element, bool is_write);

/* STATUS_INVALID: "WHAT, in 'STATEMENT' with n = 0, k = 3". */
Status interpret_fail(const Machine *machine, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
