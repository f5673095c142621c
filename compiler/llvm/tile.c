/* SPDX-License-Identifier: Apache-2.0 */
/* Loops marked tile: operations on whole tiles, where there is code for them; else plain loops. What the operation is
 * is seen from the loops and the statement that they hold. */
#include "compiler/llvm/tile.h"

int tile_extent(const Stmt *loop) {
    return (int)(loop->loop.upper.terms[0]->constant - loop->loop.lower.terms[0]->constant);
}

int64_t tile_stride(Emitter *emitter, const Tile *tile, const Tensor *tensor, const Affine *const *index,
                    const Stmt *loop) {
    const Affine *offset = element_offset(emitter->context, tile->facts, tensor, index);
    return affine_hides(offset, loop->loop.var) ? -1 : affine_coefficient(offset, loop->loop.var);
}

Element tile_element(Emitter *emitter, const Tile *tile, const Lanes *lanes, const Tensor *tensor,
                     const Affine *const *index, const Stmt *fixed, int64_t value) {
    const Affine *moved[TENSOR_MAX_RANK], *at = affine_constant(emitter->context, value);
    for (int i = 0; i < tensor->rank; i++)
        moved[i] = affine_substitute(emitter->context, index[i], fixed->loop.var, at);
    return element_of(emitter, tile->facts, lanes, tensor, moved);
}

static bool is_tile(const Stmt *stmt) {
    bool is_constant = stmt->kind == STMT_FOR && stmt->loop.mark == MARK_TILE && stmt->loop.lower.count == 1 &&
                       stmt->loop.upper.count == 1 && affine_is_constant(stmt->loop.lower.terms[0]) &&
                       affine_is_constant(stmt->loop.upper.terms[0]);
    return is_constant && stmt->loop.lower.terms[0]->constant == 0 && tile_extent(stmt) <= TILE_MAX_EXTENT;
}

bool tile_loops_emit(Emitter *emitter, const Facts *facts, const Stmt *loop) {
    if (!is_tile(loop) || !is_tile(loop->loop.body)) return false;
    const Stmt *inner = loop->loop.body;
    Facts around = facts_in_loop(facts, loop), inside = facts_in_loop(&around, inner);
    Tile tile = {.loops = {loop, inner}, .store = inner->loop.body, .facts = &inside};
    if (tile.store->kind != STMT_STORE) return false;
    return tile_transpose_emit(emitter, &tile) || tile_dot_emit(emitter, &tile);
}
