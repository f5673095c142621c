/* SPDX-License-Identifier: Apache-2.0 */
/* Moving the partial sums of a reduction from one tensor into another. */
#include "compiler/schedule/sums.h"

const Expr *sums_read(const SumsMove *move, Context *context, const Affine *const *index) {
    const Affine *moved[TENSOR_MAX_RANK];
    if (move->read != NULL) return move->read(move, context, index);
    move->map(move, context, index, moved);
    return expr_access(context, move->to, moved);
}

void sums_map_start(const SumsMove *move, Context *context, const Affine *const *index, const Affine **out) {
    (move->map_start != NULL ? move->map_start : move->map)(move, context, index, out);
}

static const Expr *read_moved(void *data, Context *context, const Expr *leaf) {
    const SumsMove *move = data;
    if (leaf->kind != EXPR_ACCESS || leaf->access.tensor != move->from) return leaf;
    return sums_read(move, context, leaf->access.index);
}

/* init and update: stores go to the new place. */
static const Stmt *store_moved(void *data, Context *context, const Stmt *stmt) {
    const SumsMove *move = data;
    const Affine *index[TENSOR_MAX_RANK];
    if (stmt->kind != STMT_STORE || stmt->store.tensor != move->from) return stmt;
    const Expr *value = expr_rewrite(context, stmt->store.value, read_moved, data);
    if (stmt->store.add)
        move->map(move, context, stmt->store.index, index);
    else
        sums_map_start(move, context, stmt->store.index, index);
    return stmt_store(context, move->to, index, stmt->store.add, value);
}

/* update: blocks of the sum load the sums so far into buffers of theirs, and store them again. */
static const Stmt *update_moved(void *data, Context *context, const Stmt *stmt) {
    const SumsMove *move = data;
    if (stmt->kind != STMT_STORE || stmt->store.tensor == move->from) return store_moved(data, context, stmt);
    const Expr *value = expr_rewrite(context, stmt->store.value, read_moved, data);
    if (value == stmt->store.value) return stmt;
    return stmt_store(context, stmt->store.tensor, stmt->store.index, stmt->store.add, value);
}

/* finish: reads come from there. */
static const Stmt *finish_moved(void *data, Context *context, const Stmt *stmt) {
    if (stmt->kind != STMT_STORE) return stmt;
    const Expr *value = expr_rewrite(context, stmt->store.value, read_moved, data);
    if (value == stmt->store.value) return stmt;
    return stmt_store(context, stmt->store.tensor, stmt->store.index, stmt->store.add, value);
}

/* A stage without epilogue has an empty finish: the init nest, storing what the new place holds. */
static const Stmt *copy_out(void *data, Context *context, const Stmt *stmt) {
    const SumsMove *move = data;
    if (stmt->kind != STMT_STORE) return stmt;
    const Expr *sum = sums_read(move, context, stmt->store.index);
    return stmt_store(context, move->from, stmt->store.index, false, sum);
}

const Stmt *sums_move(Context *context, const Stmt *reduce, SumsMove *move) {
    const Stmt *init = stmt_rewrite(context, reduce->reduce.init, store_moved, move);
    if (init == reduce->reduce.init) return reduce;
    const Stmt *update = stmt_rewrite(context, reduce->reduce.update, update_moved, move);
    const Stmt *finish = stmt_is_empty(reduce->reduce.finish)
                             ? stmt_rewrite(context, reduce->reduce.init, copy_out, move)
                             : stmt_rewrite(context, reduce->reduce.finish, finish_moved, move);
    return stmt_reduce(context, init, update, finish);
}
