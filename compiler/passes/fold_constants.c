/* SPDX-License-Identifier: Apache-2.0 */
/* fold_constants: elements of constant tensors whose indices became numbers are numbers themselves, and what can be
 * computed with them is.
 *
 *     T[0] += B[1, 0] * x[…]      B[1, 0] = 0     vanishes
 *     T[0] += B[4, 0] * x[…]              = 1     T[0] += x[…]
 *     T[0] += B[2, 0] * x[…]              = -5    T[0] += -5 * x[…]
 *
 * A product with zero counts as zero, whatever the other factor: it is the algorithm that has no such term.
 *
 * Requires  unrolled loops.
 * Ensures   no product of numbers, no factor 0 or 1, no term 0; a number is the left factor.
 * Leaves    elements whose index uses a loop; what functions make of numbers. */
#include "compiler/passes/internal.h"

static const Expr *fold(Context *context, const Expr *expr);

static bool is_number(const Expr *expr, double value) {
    return expr->kind == EXPR_NUMBER && expr->number.value == value;
}

static const Expr *fold_access(Context *context, const Expr *expr) {
    const Tensor *tensor = expr->access.tensor;
    int64_t index[TENSOR_MAX_RANK];
    if (tensor->scope != SCOPE_CONSTANT) return expr;
    for (int i = 0; i < tensor->rank; i++) {
        if (!affine_is_constant(expr->access.index[i])) return expr;
        index[i] = expr->access.index[i]->constant;
        if (index[i] < 0 || index[i] >= tensor->axes[i].extent) return expr; /* it never runs */
    }
    return expr_number(context, tensor_constant_at(tensor, index));
}

static double compute(ExprKind kind, double left, double right) {
    return kind == EXPR_MULTIPLY ? left * right : kind == EXPR_ADD ? left + right : left - right;
}

static const Expr *fold_binary(Context *context, const Expr *expr) {
    const Expr *left = fold(context, expr->binary.left), *right = fold(context, expr->binary.right);
    ExprKind kind = expr->kind;
    if (left->kind == EXPR_NUMBER && right->kind == EXPR_NUMBER)
        return expr_number(context, compute(kind, left->number.value, right->number.value));
    if (kind == EXPR_MULTIPLY) {
        if (is_number(left, 0) || is_number(right, 1)) return left;
        if (is_number(right, 0) || is_number(left, 1)) return right;
        if (right->kind == EXPR_NUMBER) return expr_binary(context, kind, right, left);
    } else {
        if (is_number(right, 0)) return left;
        if (is_number(left, 0) && kind == EXPR_ADD) return right;
    }
    if (left == expr->binary.left && right == expr->binary.right) return expr;
    return expr_binary(context, kind, left, right);
}

static const Expr *fold_call(Context *context, const Expr *expr) {
    const Expr *arguments[EXPR_MAX_ARGUMENTS] = {NULL};
    bool changed = false;
    for (int i = 0; i < function_arguments(expr->call.function); i++) {
        arguments[i] = fold(context, expr->call.arguments[i]);
        changed |= arguments[i] != expr->call.arguments[i];
    }
    return changed ? expr_call(context, expr->call.function, arguments) : expr;
}

static const Expr *fold_cast(Context *context, const Expr *expr) {
    const Expr *operand = fold(context, expr->cast.operand);
    if (operand->kind == EXPR_NUMBER) return expr_number(context, type_round(expr->cast.type, operand->number.value));
    return operand == expr->cast.operand ? expr : expr_cast(context, expr->cast.type, operand);
}

static const Expr *fold(Context *context, const Expr *expr) {
    switch (expr->kind) {
    case EXPR_ACCESS: return fold_access(context, expr);
    case EXPR_CAST: return fold_cast(context, expr);
    case EXPR_ADD:
    case EXPR_SUBTRACT:
    case EXPR_MULTIPLY: return fold_binary(context, expr);
    case EXPR_CALL: return fold_call(context, expr);
    case EXPR_NUMBER:
    case EXPR_PARTIAL: return expr;
    }
    return expr;
}

static const Stmt *fold_store(Context *context, const Stmt *stmt) {
    const Expr *value = fold(context, stmt->store.value);
    if (stmt->store.add && is_number(value, 0)) return stmt_block(context, 0, NULL);
    if (value == stmt->store.value) return stmt;
    return stmt_store(context, stmt->store.tensor, stmt->store.index, stmt->store.add, value);
}

/* Terms that vanish leave nothing behind: no loop or guard of nothing, no place in a list. */
static const Stmt *fold_statement(void *data, Context *context, const Stmt *stmt) {
    (void)data;
    StmtList items = {0};
    switch (stmt->kind) {
    case STMT_STORE: return fold_store(context, stmt);
    case STMT_FOR: return stmt_is_empty(stmt->loop.body) ? stmt->loop.body : stmt;
    case STMT_IF: return stmt_is_empty(stmt->guard.body) ? stmt->guard.body : stmt;
    case STMT_ALLOC: return stmt_is_empty(stmt->alloc.body) ? stmt->alloc.body : stmt;
    case STMT_BLOCK: add_statement(context, &items, stmt); return block_of(context, &items);
    case STMT_PREFETCH:
    case STMT_REDUCE: return stmt;
    }
    return stmt;
}

Status fold_constants(Context *context, const Nest *nest, const Target *target, const Nest **out) {
    (void)target;
    *out = rewrite_nest(context, nest, fold_statement, NULL);
    return STATUS_OK;
}
