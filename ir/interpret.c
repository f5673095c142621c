/* SPDX-License-Identifier: Apache-2.0 */
/* Running the statements of a loop nest, as ir/nest.h says what they mean. */
#include "ir/interpret.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/integer.h"
#include "ir/interpret_internal.h"
#include "ir/nest_print.h"

enum { MESSAGE_BYTES = 256, STATEMENT_BYTES = 200 };

static void print_values(const Machine *machine, const Running *loops, Text *text) {
    if (loops == NULL) return;
    print_values(machine, loops->outer, text);
    text_add(text, "%s%s = %lld", text->length > 0 ? ", " : "", loops->var->name,
             (long long)machine->values[loops->var->id]);
}

Status interpret_fail(const Machine *machine, const char *format, ...) {
    char message[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    Text statement = text_new(machine->context), values = text_new(machine->context);
    stmt_print_head(machine->store, &statement);
    print_values(machine, machine->loops, &values);
    return diag_error(machine->context, STATUS_INVALID, "interpreter: %s, in '%.*s'%s%s", message, STATEMENT_BYTES,
                      text_string(&statement), values.length > 0 ? " with " : "", text_string(&values));
}

static Status evaluate(Machine *machine, const Expr *expr, double *out);

static Status evaluate_binary(Machine *machine, const Expr *expr, double *out) {
    double left = 0, right = 0;
    TRY(evaluate(machine, expr->binary.left, &left));
    TRY(evaluate(machine, expr->binary.right, &right));
    *out = expr->kind == EXPR_ADD ? left + right : expr->kind == EXPR_SUBTRACT ? left - right : left * right;
    return STATUS_OK;
}

static Status evaluate_call(Machine *machine, const Expr *expr, double *out) {
    double arguments[EXPR_MAX_ARGUMENTS] = {0};
    for (int i = 0; i < function_arguments(expr->call.function); i++)
        TRY(evaluate(machine, expr->call.arguments[i], &arguments[i]));
    *out = function_evaluate(expr->call.function, arguments);
    return STATUS_OK;
}

static Status evaluate(Machine *machine, const Expr *expr, double *out) {
    switch (expr->kind) {
    case EXPR_NUMBER: *out = expr->number.value; return STATUS_OK;
    case EXPR_ACCESS: return memory_read(machine, expr->access.tensor, expr->access.index, out);
    case EXPR_CAST:
        TRY(evaluate(machine, expr->cast.operand, out));
        *out = type_round(expr->cast.type, *out);
        return STATUS_OK;
    case EXPR_ADD:
    case EXPR_SUBTRACT:
    case EXPR_MULTIPLY: return evaluate_binary(machine, expr, out);
    case EXPR_CALL: return evaluate_call(machine, expr, out);
    case EXPR_PARTIAL: break;
    }
    return interpret_fail(machine, "a partial sum that is kept nowhere");
}

static Status run_store(Machine *machine, const Stmt *stmt) {
    double value = 0;
    machine->store = stmt;
    TRY(evaluate(machine, stmt->store.value, &value));
    return memory_write(machine, stmt->store.tensor, stmt->store.index, stmt->store.add, value);
}

/* Computes nothing; the address is computed all the same. */
static Status run_prefetch(Machine *machine, const Stmt *stmt) {
    machine->store = stmt;
    affine_evaluate(stmt->prefetch.offset, machine->values);
    return memory_prefetch(machine, stmt->prefetch.tensor);
}

static int64_t largest(const Machine *machine, const Bound *bound) {
    int64_t value = affine_evaluate(bound->terms[0], machine->values);
    for (int i = 1; i < bound->count; i++) {
        int64_t other = affine_evaluate(bound->terms[i], machine->values);
        if (other > value) value = other;
    }
    return value;
}

static int64_t smallest(const Machine *machine, const Bound *bound) {
    int64_t value = affine_evaluate(bound->terms[0], machine->values);
    for (int i = 1; i < bound->count; i++) {
        int64_t other = affine_evaluate(bound->terms[i], machine->values);
        if (other < value) value = other;
    }
    return value;
}

static Status run(Machine *machine, const Stmt *stmt);

/* The iteration that runs i-th. Loops on lanes and a matrix unit run backwards; those on cores in an order that is
 * neither forwards nor backwards, steps of about 0.6 of the extent, so that neighbours are far apart in time. */
static int64_t permute(Mark mark, int64_t extent, int64_t i) {
    if (mark == MARK_LANES || mark == MARK_TILE) return extent - 1 - i;
    if (mark != MARK_CORES) return i;
    int64_t step = extent * 5 / 8 + 1;
    while (integer_gcd(step, extent) != 1) step++;
    return (extent - 1 + i * step) % extent;
}

/* The body of a loop, which is a tile of its own where the innermost loop on cores is this one. */
static Status run_iteration(Machine *machine, const Stmt *stmt) {
    const Stmt *body = stmt->loop.body;
    bool is_tile = stmt->loop.mark == MARK_CORES && !(body->kind == STMT_FOR && body->loop.mark == MARK_CORES);
    if (!is_tile) return run(machine, body);
    machine->tile = ++machine->tile_count;
    Status status = run(machine, body);
    machine->tile = 0;
    return status;
}

static Status run_loop(Machine *machine, const Stmt *stmt) {
    int64_t first = largest(machine, &stmt->loop.lower), end = smallest(machine, &stmt->loop.upper);
    int64_t *value = &machine->values[stmt->loop.var->id];
    Mark mark = stmt->loop.mark;
    const Stmt *around = machine->region;
    Running running = {.outer = machine->loops, .var = stmt->loop.var};
    if (mark == MARK_CORES && around == NULL) {
        machine->region = stmt;
        machine->first_tile = machine->tile_count + 1;
    }
    machine->loops = &running;
    for (int64_t i = 0; i < end - first; i++) {
        *value = first + permute(mark, end - first, i);
        TRY(run_iteration(machine, stmt));
    }
    machine->loops = running.outer;
    machine->region = around;
    return STATUS_OK;
}

static bool holds(const Machine *machine, const Stmt *guard) {
    for (int i = 0; i < guard->guard.count; i++)
        if (!cond_holds(&guard->guard.conds[i], machine->values)) return false;
    return true;
}

static Status run(Machine *machine, const Stmt *stmt) {
    switch (stmt->kind) {
    case STMT_FOR: return run_loop(machine, stmt);
    case STMT_IF: return holds(machine, stmt) ? run(machine, stmt->guard.body) : STATUS_OK;
    case STMT_BLOCK:
        for (int i = 0; i < stmt->block.count; i++) TRY(run(machine, stmt->block.items[i]));
        return STATUS_OK;
    case STMT_REDUCE:
        TRY(run(machine, stmt->reduce.init));
        TRY(run(machine, stmt->reduce.update));
        return run(machine, stmt->reduce.finish);
    case STMT_ALLOC: memory_enter(machine, stmt->alloc.tensor); return run(machine, stmt->alloc.body);
    case STMT_STORE: return run_store(machine, stmt);
    case STMT_PREFETCH: return run_prefetch(machine, stmt);
    }
    return STATUS_OK;
}

Status interpret_nest(Context *context, const Nest *nest, const InterpretArgument *arguments, int count) {
    Machine machine = {.context = context, .nest = nest};
    machine.values = ARENA_ARRAY(context, int64_t, (size_t)nest->var_count + 1);
    TRY(memory_prepare(&machine, arguments, count));
    if (nest->ahead != NULL) TRY(run(&machine, nest->ahead));
    return run(&machine, nest->body);
}
