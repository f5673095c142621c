/* SPDX-License-Identifier: Apache-2.0 */
/* Transposes:
 *
 *     tile kl 16, q 14: y[…, kl, p, q] = acc[q, kl]
 *
 * Rows are read as vectors along kl, and written as vectors along q. In registers, rows of N numbers become columns in
 * log2 N rounds; in each, vector i and vector i + N/2 are interleaved to the vectors 2i and 2i + 1. (A round moves the
 * topmost bit of the number of the row to the end of that of the column, and the other way round.) LLVM has
 * instructions for that on all targets. Rows that the tile lacks are undefined, and so are the numbers behind the end
 * of each column, which are not written. */
#include "compiler/llvm/tile.h"

typedef struct Transpose {
    const Tile *tile;
    const Stmt *rows, *columns; /* loops: of the vectors that are read, and along them */
    int row_count, column_count;
    const Expr *access;
} Transpose;

/* With these loops as rows and columns? */
static bool fits(Emitter *emitter, const Tile *tile, int rows, Transpose *out) {
    const Stmt *store = tile->store;
    const Expr *access = store->store.value;
    *out = (Transpose){.tile = tile, .rows = tile->loops[rows], .columns = tile->loops[1 - rows], .access = access};
    out->row_count = tile_extent(out->rows);
    out->column_count = tile_extent(out->columns);
    bool is_power = (out->column_count & (out->column_count - 1)) == 0;
    if (!is_power || out->row_count > out->column_count) return false;
    const Tensor *from = access->access.tensor, *to = store->store.tensor;
    return tile_stride(emitter, tile, from, access->access.index, out->columns) == 1 &&
           tile_stride(emitter, tile, from, access->access.index, out->rows) > 0 &&
           tile_stride(emitter, tile, to, store->store.index, out->rows) == 1 &&
           tile_stride(emitter, tile, to, store->store.index, out->columns) > 0;
}

static bool find_transpose(Emitter *emitter, const Tile *tile, Transpose *out) {
    const Stmt *store = tile->store;
    if (store->store.add || store->store.value->kind != EXPR_ACCESS) return false;
    if (store->store.tensor->type != TYPE_F32 || store->store.value->access.tensor->type != TYPE_F32) return false;
    return fits(emitter, tile, 0, out) || fits(emitter, tile, 1, out);
}

/* The numbers at these places of two vectors laid end to end. */
static LLVMValueRef shuffle(Emitter *emitter, LLVMValueRef a, LLVMValueRef b, const int *numbers, int count) {
    LLVMValueRef mask[TILE_MAX_EXTENT];
    for (int i = 0; i < count; i++) mask[i] = LLVMConstInt(emitter->i32, (unsigned long long)numbers[i], false);
    return LLVMBuildShuffleVector(emitter->builder, a, b, LLVMConstVector(mask, (unsigned)count), "");
}

/* a[start], b[start], a[start + 1], b[start + 1], … */
static LLVMValueRef interleave(Emitter *emitter, LLVMValueRef a, LLVMValueRef b, int start, int count) {
    int numbers[TILE_MAX_EXTENT];
    for (int i = 0; i < count; i++) numbers[i] = start + i / 2 + (i % 2 == 0 ? 0 : count);
    return shuffle(emitter, a, b, numbers, count);
}

static void transpose_vectors(Emitter *emitter, LLVMValueRef *vectors, int count) {
    for (int round = 1; round < count; round *= 2) {
        LLVMValueRef next[TILE_MAX_EXTENT];
        for (int i = 0; i < count; i++)
            next[i] = interleave(emitter, vectors[i / 2], vectors[i / 2 + count / 2], i % 2 * (count / 2), count);
        for (int i = 0; i < count; i++) vectors[i] = next[i];
    }
}

static LLVMValueRef row_emit(Emitter *emitter, const Transpose *transpose, const Lanes *lanes, int row) {
    if (row >= transpose->row_count) return LLVMGetUndef(value_type(emitter, lanes));
    const Expr *access = transpose->access;
    Element element = tile_element(emitter, transpose->tile, lanes, access->access.tensor, access->access.index,
                                   transpose->rows, row);
    return element_load(emitter, lanes, &element, NULL);
}

static void column_emit(Emitter *emitter, const Transpose *transpose, int column, LLVMValueRef vector) {
    int rows = transpose->row_count, numbers[TILE_MAX_EXTENT];
    const Stmt *store = transpose->tile->store;
    Lanes lanes = {.var = transpose->rows->loop.var, .count = rows};
    Element element = tile_element(emitter, transpose->tile, &lanes, store->store.tensor, store->store.index,
                                   transpose->columns, column);
    for (int i = 0; i < rows; i++) numbers[i] = i;
    if (rows < transpose->column_count) vector = shuffle(emitter, vector, vector, numbers, rows);
    LLVMSetAlignment(LLVMBuildStore(emitter->builder, vector, element.pointer), element.alignment);
}

bool tile_transpose_emit(Emitter *emitter, const Tile *tile) {
    Transpose transpose;
    LLVMValueRef vectors[TILE_MAX_EXTENT];
    if (emitter->plan->target->vector_bytes <= (int64_t)sizeof(float)) return false;
    if (!find_transpose(emitter, tile, &transpose)) return false;
    int columns = transpose.column_count;
    Lanes lanes = {.var = transpose.columns->loop.var, .count = columns};
    for (int i = 0; i < columns; i++) vectors[i] = row_emit(emitter, &transpose, &lanes, i);
    transpose_vectors(emitter, vectors, columns);
    for (int i = 0; i < columns; i++) column_emit(emitter, &transpose, i, vectors[i]);
    return true;
}
