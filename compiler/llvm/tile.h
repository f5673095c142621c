/* SPDX-License-Identifier: Apache-2.0 */
/* What the operations on tiles have in common: two loops marked tile that hold a store. */
#ifndef SEPTET_COMPILER_LLVM_TILE_H
#define SEPTET_COMPILER_LLVM_TILE_H

#include "compiler/llvm/internal.h"

enum { TILE_MAX_EXTENT = 16 };

typedef struct Tile {
    const Stmt *loops[2]; /* from 0 to an extent of at most TILE_MAX_EXTENT */
    const Stmt *store;
    const Facts *facts; /* at the store */
} Tile;

int tile_extent(const Stmt *loop);

/* The physical stride of an access along a loop; -1 when there is no one stride. */
int64_t tile_stride(Emitter *emitter, const Tile *tile, const Tensor *tensor, const Affine *const *index,
                    const Stmt *loop);

/* The element in one iteration of loop `fixed`, and its neighbours along `lanes`. */
Element tile_element(Emitter *emitter, const Tile *tile, const Lanes *lanes, const Tensor *tensor,
                     const Affine *const *index, const Stmt *fixed, int64_t value);

/* tile_transpose.c, tile_dot.c: emits the tile when it is such an operation and the target has it; says whether. */
bool tile_transpose_emit(Emitter *emitter, const Tile *tile);
bool tile_dot_emit(Emitter *emitter, const Tile *tile);

#endif
