/* SPDX-License-Identifier: Apache-2.0 */
/* Value expressions: made, rewritten with sharing, walked, printed with the fewest parentheses that keep the tree. */
#include "ir/expr.h"

#include <assert.h>
#include <string.h>

static Expr *expr_new(Context *context, ExprKind kind) {
    Expr *expr = ARENA_NEW(context, Expr);
    expr->kind = kind;
    return expr;
}

const Expr *expr_number(Context *context, double value) {
    Expr *expr = expr_new(context, EXPR_NUMBER);
    expr->number.value = value;
    return expr;
}

const Expr *expr_access(Context *context, const Tensor *tensor, const Affine *const *index) {
    Expr *expr = expr_new(context, EXPR_ACCESS);
    const Affine **copy = ARENA_ARRAY(context, const Affine *, (size_t)tensor->rank);
    memcpy(copy, index, (size_t)tensor->rank * sizeof *copy);
    expr->access.tensor = tensor;
    expr->access.index = copy;
    return expr;
}

const Expr *expr_partial(Context *context) {
    return expr_new(context, EXPR_PARTIAL);
}

const Expr *expr_cast(Context *context, ScalarType type, const Expr *operand) {
    Expr *expr = expr_new(context, EXPR_CAST);
    expr->cast.type = type;
    expr->cast.operand = operand;
    return expr;
}

const Expr *expr_binary(Context *context, ExprKind kind, const Expr *left, const Expr *right) {
    assert(kind == EXPR_ADD || kind == EXPR_SUBTRACT || kind == EXPR_MULTIPLY);
    Expr *expr = expr_new(context, kind);
    expr->binary.left = left;
    expr->binary.right = right;
    return expr;
}

const Expr *expr_call(Context *context, FunctionKind function, const Expr *const *arguments) {
    Expr *expr = expr_new(context, EXPR_CALL);
    expr->call.function = function;
    for (int i = 0; i < function_arguments(function); i++) expr->call.arguments[i] = arguments[i];
    return expr;
}

static const Expr *rewrite_binary(Context *context, const Expr *expr, ExprRewrite *rewrite, void *data) {
    const Expr *left = expr_rewrite(context, expr->binary.left, rewrite, data);
    const Expr *right = expr_rewrite(context, expr->binary.right, rewrite, data);
    if (left == expr->binary.left && right == expr->binary.right) return expr;
    return expr_binary(context, expr->kind, left, right);
}

static const Expr *rewrite_call(Context *context, const Expr *expr, ExprRewrite *rewrite, void *data) {
    const Expr *arguments[EXPR_MAX_ARGUMENTS] = {NULL};
    bool is_same = true;
    for (int i = 0; i < function_arguments(expr->call.function); i++) {
        arguments[i] = expr_rewrite(context, expr->call.arguments[i], rewrite, data);
        is_same = is_same && arguments[i] == expr->call.arguments[i];
    }
    return is_same ? expr : expr_call(context, expr->call.function, arguments);
}

static const Expr *rewrite_cast(Context *context, const Expr *expr, ExprRewrite *rewrite, void *data) {
    const Expr *operand = expr_rewrite(context, expr->cast.operand, rewrite, data);
    return operand == expr->cast.operand ? expr : expr_cast(context, expr->cast.type, operand);
}

const Expr *expr_rewrite(Context *context, const Expr *expr, ExprRewrite *rewrite, void *data) {
    switch (expr->kind) {
    case EXPR_NUMBER: return expr;
    case EXPR_ACCESS:
    case EXPR_PARTIAL: return rewrite(data, context, expr);
    case EXPR_CAST: return rewrite_cast(context, expr, rewrite, data);
    case EXPR_ADD:
    case EXPR_SUBTRACT:
    case EXPR_MULTIPLY: return rewrite_binary(context, expr, rewrite, data);
    case EXPR_CALL: return rewrite_call(context, expr, rewrite, data);
    }
    return expr;
}

typedef struct Substitution {
    const Var *var;
    const Affine *value;
} Substitution;

static const Expr *substitute_leaf(void *data, Context *context, const Expr *leaf) {
    const Substitution *substitution = data;
    if (leaf->kind != EXPR_ACCESS) return leaf;
    const Affine *index[TENSOR_MAX_RANK];
    bool is_same = true;
    for (int i = 0; i < leaf->access.tensor->rank; i++) {
        index[i] = leaf->access.index[i];
        if (!affine_uses(index[i], substitution->var)) continue;
        index[i] = affine_substitute(context, index[i], substitution->var, substitution->value);
        is_same = false;
    }
    return is_same ? leaf : expr_access(context, leaf->access.tensor, index);
}

const Expr *expr_substitute(Context *context, const Expr *expr, const Var *var, const Affine *value) {
    Substitution substitution = {.var = var, .value = value};
    return expr_rewrite(context, expr, substitute_leaf, &substitution);
}

void expr_visit(const Expr *expr, ExprVisit *visit, void *data) {
    switch (expr->kind) {
    case EXPR_NUMBER:
    case EXPR_PARTIAL: return;
    case EXPR_ACCESS: visit(data, expr); return;
    case EXPR_CAST: expr_visit(expr->cast.operand, visit, data); return;
    case EXPR_ADD:
    case EXPR_SUBTRACT:
    case EXPR_MULTIPLY:
        expr_visit(expr->binary.left, visit, data);
        expr_visit(expr->binary.right, visit, data);
        return;
    case EXPR_CALL:
        for (int i = 0; i < function_arguments(expr->call.function); i++)
            expr_visit(expr->call.arguments[i], visit, data);
        return;
    }
}

/* How tightly an expression binds; an operand that binds less tightly than its place asks for gets parentheses. */
typedef enum Precedence { PRECEDENCE_SUM, PRECEDENCE_PRODUCT, PRECEDENCE_FACTOR } Precedence;

static Precedence precedence_of(const Expr *expr) {
    switch (expr->kind) {
    case EXPR_ADD:
    case EXPR_SUBTRACT: return PRECEDENCE_SUM;
    case EXPR_MULTIPLY: return PRECEDENCE_PRODUCT;
    default: return PRECEDENCE_FACTOR;
    }
}

static void print_operand(const Expr *expr, Precedence wanted, const char *partial, Text *text) {
    bool is_loose = precedence_of(expr) < wanted;
    if (is_loose) text_add_string(text, "(");
    expr_print(expr, partial, text);
    if (is_loose) text_add_string(text, ")");
}

/* Operators associate to the left: a right operand of the same precedence keeps its parentheses. */
static void print_binary(const Expr *expr, const char *operator, const char * partial, Text *text) {
    Precedence precedence = precedence_of(expr);
    print_operand(expr->binary.left, precedence, partial, text);
    text_add(text, " %s ", operator);
    print_operand(expr->binary.right, (Precedence)(precedence + 1), partial, text);
}

static void print_access(const Expr *expr, Text *text) {
    text_add(text, "%s[", expr->access.tensor->name);
    for (int i = 0; i < expr->access.tensor->rank; i++) {
        if (i > 0) text_add_string(text, ", ");
        affine_print(expr->access.index[i], text);
    }
    text_add_string(text, "]");
}

static void print_call(const Expr *expr, const char *partial, Text *text) {
    text_add(text, "%s(", function_name(expr->call.function));
    for (int i = 0; i < function_arguments(expr->call.function); i++) {
        if (i > 0) text_add_string(text, ", ");
        expr_print(expr->call.arguments[i], partial, text);
    }
    text_add_string(text, ")");
}

void expr_print(const Expr *expr, const char *partial, Text *text) {
    switch (expr->kind) {
    case EXPR_NUMBER: text_add_number(text, expr->number.value); return;
    case EXPR_ACCESS: print_access(expr, text); return;
    case EXPR_PARTIAL: text_add_string(text, partial); return;
    case EXPR_CAST:
        text_add(text, "%s(", type_name(expr->cast.type));
        expr_print(expr->cast.operand, partial, text);
        text_add_string(text, ")");
        return;
    case EXPR_ADD: print_binary(expr, "+", partial, text); return;
    case EXPR_SUBTRACT: print_binary(expr, "-", partial, text); return;
    case EXPR_MULTIPLY: print_binary(expr, "*", partial, text); return;
    case EXPR_CALL: print_call(expr, partial, text); return;
    }
}
