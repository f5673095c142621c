/* SPDX-License-Identifier: Apache-2.0 */
/* What cannot be emitted is refused here, before LLVM is touched: LLVM aborts the process on what a machine lacks, and
 * with the rest checked first the files that emit need no error paths. The lowered form (compiler/passes/passes.h) is
 * taken for granted: a nest that is not in it is a bug of a pass.
 *
 * Refused: types other than f32 and bf16, which no argument has, loops that should have been unrolled, tensors in
 * scopes that have no memory here. */
#include "compiler/llvm/internal.h"

typedef struct Checker {
    Context *context;
    bool has_workspace;
    Status status;
} Checker;

static void refuse(Checker *checker, const char *reason) {
    if (checker->status != STATUS_OK) return;
    checker->status =
        diag_error(checker->context, STATUS_UNSUPPORTED, "cannot be compiled in this version: %s", reason);
}

static void check_tensor(Checker *checker, const Tensor *tensor) {
    bool is_argument = tensor->scope == SCOPE_ARGUMENT;
    if (is_argument ? tensor->type != TYPE_F32 : !type_has_code(tensor->type)) {
        refuse(checker, arena_format(checker->context, "tensor %s has the type %s; only f32%s code", tensor->name,
                                     type_name(tensor->type), is_argument ? " has" : " and bf16 have"));
    }
    if (tensor->scope == SCOPE_WORKSPACE && !checker->has_workspace) {
        refuse(checker,
               arena_format(checker->context, "tensor %s lives in %s here", tensor->name, scope_name(tensor->scope)));
    }
}

static void check_access(void *data, const Expr *access) {
    check_tensor(data, access->access.tensor);
}

static void check_operations(Checker *checker, const Expr *expr) {
    switch (expr->kind) {
    case EXPR_NUMBER:
    case EXPR_ACCESS: return;
    case EXPR_PARTIAL: refuse(checker, "a partial sum that has no place"); return;
    case EXPR_CAST:
        if (!type_has_code(expr->cast.type)) refuse(checker, "a cast to a type other than f32 and bf16");
        check_operations(checker, expr->cast.operand);
        return;
    case EXPR_ADD:
    case EXPR_SUBTRACT:
    case EXPR_MULTIPLY:
        check_operations(checker, expr->binary.left);
        check_operations(checker, expr->binary.right);
        return;
    case EXPR_CALL:
        for (int i = 0; i < function_arguments(expr->call.function); i++)
            check_operations(checker, expr->call.arguments[i]);
        return;
    }
}

static void check_loop(Checker *checker, const Stmt *loop) {
    Mark mark = loop->loop.mark;
    if (mark != MARK_UNROLL) return;
    refuse(checker, arena_format(checker->context, "loop %s is marked %s", loop->loop.var->name, mark_name(mark)));
}

static void check_statement(void *data, const Stmt *stmt) {
    Checker *checker = data;
    if (stmt->kind == STMT_FOR) check_loop(checker, stmt);
    if (stmt->kind == STMT_ALLOC) check_tensor(checker, stmt->alloc.tensor);
    if (stmt->kind == STMT_PREFETCH) check_tensor(checker, stmt->prefetch.tensor);
    if (stmt->kind == STMT_STORE) {
        check_tensor(checker, stmt->store.tensor);
        check_operations(checker, stmt->store.value);
        expr_visit(stmt->store.value, check_access, checker);
    }
    stmt_visit_children(stmt, check_statement, checker);
}

static Status check_part(Context *context, const Stmt *part, bool has_workspace) {
    Checker checker = {.context = context, .has_workspace = has_workspace};
    if (part != NULL) check_statement(&checker, part);
    return checker.status;
}

Status check_emittable(Context *context, const Plan *plan) {
    TRY(check_address_space(context, plan));
    TRY(check_part(context, plan->nest->ahead, false));
    return check_part(context, plan->nest->body, true);
}
