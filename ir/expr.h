/* SPDX-License-Identifier: Apache-2.0 */
/* Values: what one element of a stage is computed from. Arithmetic is that of real numbers, rounded where the nodes
 * say; sums may be reassociated and products contracted (fma) when they are compiled as f32. */
#ifndef SEPTET_IR_EXPR_H
#define SEPTET_IR_EXPR_H

#include "ir/tensor.h"

/* Functions of functions.def. */
typedef enum FunctionKind {
#define FUNCTION(id, name, arguments) FUNCTION_##id,
#include "ir/functions.def"
#undef FUNCTION
    FUNCTION_COUNT
} FunctionKind;

const char *function_name(FunctionKind function);
int function_arguments(FunctionKind function);
bool function_find(const char *name, size_t length, FunctionKind *out);
double function_evaluate(FunctionKind function, const double *arguments);

typedef enum ExprKind {
    EXPR_NUMBER,   /* a constant */
    EXPR_ACCESS,   /* an element of a tensor; reading outside is undefined unless a guard prevents it */
    EXPR_PARTIAL,  /* in a stage's finish: init + the sum */
    EXPR_CAST,     /* rounded to a type (type_round) */
    EXPR_ADD,      /* left + right */
    EXPR_SUBTRACT, /* left - right */
    EXPR_MULTIPLY, /* left * right */
    EXPR_CALL      /* a function */
} ExprKind;

enum { EXPR_MAX_ARGUMENTS = 3 };

typedef struct Expr Expr;
struct Expr {
    ExprKind kind;
    union {
        struct {
            double value;
        } number;
        struct {
            const Tensor *tensor;
            const Affine *const *index; /* tensor->rank of them, logical */
        } access;
        struct {
            ScalarType type;
            const Expr *operand;
        } cast;
        struct {
            const Expr *left, *right;
        } binary;
        struct {
            FunctionKind function;
            const Expr *arguments[EXPR_MAX_ARGUMENTS];
        } call;
    };
};

const Expr *expr_number(Context *context, double value);
const Expr *expr_access(Context *context, const Tensor *tensor, const Affine *const *index); /* copies the indices */
const Expr *expr_partial(Context *context);
const Expr *expr_cast(Context *context, ScalarType type, const Expr *operand);
const Expr *expr_binary(Context *context, ExprKind kind, const Expr *left, const Expr *right);
const Expr *expr_call(Context *context, FunctionKind function, const Expr *const *arguments);

/* Rebuilds an expression bottom-up. `access` and `partial` nodes are offered to `rewrite`, which returns the
 * replacement or the node itself; what did not change is shared. */
typedef const Expr *ExprRewrite(void *data, Context *context, const Expr *leaf);
const Expr *expr_rewrite(Context *context, const Expr *expr, ExprRewrite *rewrite, void *data);

/* Every index with `var` replaced by `value`. */
const Expr *expr_substitute(Context *context, const Expr *expr, const Var *var, const Affine *value);

/* Calls visit for every access, left to right. */
typedef void ExprVisit(void *data, const Expr *access);
void expr_visit(const Expr *expr, ExprVisit *visit, void *data);

/* "relu(acc + b[k])"; `partial` is what EXPR_PARTIAL prints as. */
void expr_print(const Expr *expr, const char *partial, Text *text);

#endif
