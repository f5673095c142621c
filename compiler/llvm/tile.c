/* SPDX-License-Identifier: Apache-2.0 */
/* Loops marked tile: operations on whole tiles, where there is code for them; else plain loops.
 *
 *     tile kl 16, q 14: y[…, kl, p, q] = acc[q, kl]
 *
 * is a transpose: rows are read as vectors along kl, and written as vectors along q. In registers, rows of N numbers
 * become columns in log2 N rounds; in each, vector i and vector i + N/2 are interleaved to the vectors 2i and 2i + 1.
 * (A round moves the topmost bit of the number of the row to the end of that of the column, and the other way round.)
 * LLVM has instructions for that on all targets. Rows that the tile lacks are undefined, and so are the numbers behind
 * the end of each column, which are not written. */
#include "compiler/llvm/internal.h"

enum { MAX_ROWS = 16 };

/* The tile, if it is a transpose. */
typedef struct Transpose {
    const Stmt *rows, *columns; /* loops: of the vectors that are read, and along them */
    int row_count, column_count;
    const Stmt *store;
    const Expr *access;
} Transpose;

static int extent_of(const Stmt *loop) {
    return (int)(loop->loop.upper.terms[0]->constant - loop->loop.lower.terms[0]->constant);
}

/* Strides along rows and columns. */
static void strides_of(Emitter *emitter, const Facts *facts, const Tensor *tensor, const Affine *const *index,
                       const Transpose *transpose, int64_t *rows, int64_t *columns) {
    const Affine *offset = element_offset(emitter->context, facts, tensor, index);
    const Var *row = transpose->rows->loop.var, *column = transpose->columns->loop.var;
    *rows = affine_hides(offset, row) ? 0 : affine_coefficient(offset, row);
    *columns = affine_hides(offset, column) ? 0 : affine_coefficient(offset, column);
}

static bool is_tile(const Stmt *stmt) {
    bool is_constant = stmt->kind == STMT_FOR && stmt->loop.mark == MARK_TILE && stmt->loop.lower.count == 1 &&
                       stmt->loop.upper.count == 1 && affine_is_constant(stmt->loop.lower.terms[0]) &&
                       affine_is_constant(stmt->loop.upper.terms[0]);
    return is_constant && stmt->loop.lower.terms[0]->constant == 0 && extent_of(stmt) <= MAX_ROWS;
}

/* With these loops as rows and columns? `facts` hold inside of both. */
static bool fits(Emitter *emitter, const Facts *facts, Transpose *transpose) {
    int64_t rows = 0, columns = 0;
    const Stmt *store = transpose->store;
    transpose->row_count = extent_of(transpose->rows);
    transpose->column_count = extent_of(transpose->columns);
    bool is_power = (transpose->column_count & (transpose->column_count - 1)) == 0;
    if (!is_power || transpose->row_count > transpose->column_count) return false;
    strides_of(emitter, facts, transpose->access->access.tensor, transpose->access->access.index, transpose, &rows,
               &columns);
    if (columns != 1 || rows == 0) return false;
    strides_of(emitter, facts, store->store.tensor, store->store.index, transpose, &rows, &columns);
    return rows == 1 && columns != 0;
}

static bool find_transpose(Emitter *emitter, const Facts *facts, const Stmt *outer, Transpose *out) {
    if (!is_tile(outer) || !is_tile(outer->loop.body)) return false;
    const Stmt *inner = outer->loop.body, *store = inner->loop.body;
    Facts around = facts_in_loop(facts, outer), inside = facts_in_loop(&around, inner);
    if (store->kind != STMT_STORE || store->store.add || store->store.value->kind != EXPR_ACCESS) return false;
    if (store->store.tensor->type != TYPE_F32 || store->store.value->access.tensor->type != TYPE_F32) return false;
    *out = (Transpose){.rows = outer, .columns = inner, .store = store, .access = store->store.value};
    if (fits(emitter, &inside, out)) return true;
    out->rows = inner;
    out->columns = outer;
    return fits(emitter, &inside, out);
}

/* The element in one iteration of `fixed`, and its neighbours along `lanes`. */
static Element element_at(Emitter *emitter, const Facts *facts, const Lanes *lanes, const Tensor *tensor,
                          const Affine *const *index, const Var *fixed, int64_t value) {
    const Affine *moved[TENSOR_MAX_RANK];
    for (int i = 0; i < tensor->rank; i++)
        moved[i] = affine_substitute(emitter->context, index[i], fixed, affine_constant(emitter->context, value));
    return element_of(emitter, facts, lanes, tensor, moved);
}

/* The numbers at these places of two vectors laid end to end. */
static LLVMValueRef shuffle(Emitter *emitter, LLVMValueRef a, LLVMValueRef b, const int *numbers, int count) {
    LLVMValueRef mask[MAX_ROWS];
    for (int i = 0; i < count; i++) mask[i] = LLVMConstInt(emitter->i32, (unsigned long long)numbers[i], false);
    return LLVMBuildShuffleVector(emitter->builder, a, b, LLVMConstVector(mask, (unsigned)count), "");
}

/* a[start], b[start], a[start + 1], b[start + 1], … */
static LLVMValueRef interleave(Emitter *emitter, LLVMValueRef a, LLVMValueRef b, int start, int count) {
    int numbers[MAX_ROWS];
    for (int i = 0; i < count; i++) numbers[i] = start + i / 2 + (i % 2 == 0 ? 0 : count);
    return shuffle(emitter, a, b, numbers, count);
}

static void transpose_vectors(Emitter *emitter, LLVMValueRef *vectors, int count) {
    for (int round = 1; round < count; round *= 2) {
        LLVMValueRef next[MAX_ROWS];
        for (int i = 0; i < count; i++)
            next[i] = interleave(emitter, vectors[i / 2], vectors[i / 2 + count / 2], i % 2 * (count / 2), count);
        for (int i = 0; i < count; i++) vectors[i] = next[i];
    }
}

static void transpose_emit(Emitter *emitter, const Facts *facts, const Transpose *transpose) {
    int rows = transpose->row_count, columns = transpose->column_count;
    const Expr *access = transpose->access;
    const Stmt *store = transpose->store;
    Lanes along_columns = {.var = transpose->columns->loop.var, .count = columns};
    Lanes along_rows = {.var = transpose->rows->loop.var, .count = rows};
    LLVMValueRef vectors[MAX_ROWS];
    int numbers[MAX_ROWS];
    for (int i = 0; i < columns; i++) {
        vectors[i] = LLVMGetUndef(value_type(emitter, &along_columns));
        if (i >= rows) continue;
        Element element =
            element_at(emitter, facts, &along_columns, access->access.tensor, access->access.index, along_rows.var, i);
        vectors[i] = element_load(emitter, &along_columns, &element, NULL);
    }
    transpose_vectors(emitter, vectors, columns);
    for (int i = 0; i < rows; i++) numbers[i] = i;
    for (int i = 0; i < columns; i++) {
        Element element =
            element_at(emitter, facts, &along_rows, store->store.tensor, store->store.index, along_columns.var, i);
        LLVMValueRef column = rows == columns ? vectors[i] : shuffle(emitter, vectors[i], vectors[i], numbers, rows);
        LLVMSetAlignment(LLVMBuildStore(emitter->builder, column, element.pointer), element.alignment);
    }
}

bool tile_loops_emit(Emitter *emitter, const Facts *facts, const Stmt *loop) {
    Transpose transpose;
    if (emitter->plan->target->vector_bytes <= (int64_t)sizeof(float)) return false;
    if (!find_transpose(emitter, facts, loop, &transpose)) return false;
    Facts around = facts_in_loop(facts, loop), inside = facts_in_loop(&around, loop->loop.body);
    transpose_emit(emitter, &inside, &transpose);
    return true;
}
