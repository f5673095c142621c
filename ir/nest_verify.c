/* SPDX-License-Identifier: Apache-2.0 */
/* Is a loop nest well formed? Walked from the outside inwards with what is known at each place (ir/facts.h).
 *
 *   loops      ids below var_count; bound once on a path, by variable and by name; bounds of loops around; a factor
 *              only on a loop that is unrolled
 *   tensors    possible, of different names, listed in the nest or buffers around
 *   accesses   one index an axis, over loops around, each proved inside its axis by loop bounds and guards; a plain
 *              store may reach into the filling of blocks, too
 *   stores     into results and buffers; ahead, into packed tensors; packed tensors not later
 *   reads      a buffer only behind a plain store into it, in this or an earlier iteration of a loop inside of it;
 *              ahead, no arguments but the weights
 *   prefetches not ahead; of tensors in memory, at most 2^50 elements from their beginning
 *   registers  have no addresses: their indices use loops inside the buffer that are fully unrolled or on lanes
 *   cores      what nest_cores.h asks of loops that run at the same time */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ir/facts.h"
#include "ir/nest_cores.h"
#include "ir/nest_print.h"
#include "ir/nest_verify.h"

enum { MESSAGE_BYTES = 256, STATEMENT_BYTES = 200 };

/* A buffer of STMT_ALLOC around the place, innermost first. */
typedef struct Buffer {
    const struct Buffer *outer;
    const Tensor *tensor;
    const Facts *facts; /* around the buffer: loops in front of these are inside it */
    bool *is_written;
} Buffer;

/* Where the walk is. */
typedef struct Place {
    Context *context;
    const Nest *nest;
    bool is_ahead;
    const Facts *facts;
    const Buffer *buffers;
    const SourcePlaces *places; /* of statements and tensors in a text, or NULL */
} Place;

static void print_loops_around(const Facts *facts, Text *text) {
    if (facts == NULL) return;
    print_loops_around(facts->outer, text);
    if (facts->loop != NULL) text_add(text, "%s%s", text->length > 0 ? ", " : "", facts->loop->loop.var->name);
}

/* An error at the node's place in the text when that is known. */
__attribute__((format(printf, 3, 4))) static Status fail_at(const Place *place, const void *node, const char *format,
                                                            ...) {
    char message[MESSAGE_BYTES + 2 * STATEMENT_BYTES];
    size_t offset = 0;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (!source_places_find(place->places, node, &offset))
        return diag_error(place->context, STATUS_INVALID, "%s", message);
    return diag_error_at(place->context, STATUS_INVALID, place->places->source, offset, "%s", message);
}

/* "malformed loop nest: WHAT, in 'STATEMENT' inside n, k" */
__attribute__((format(printf, 3, 4))) static Status fail(const Place *place, const Stmt *stmt, const char *format,
                                                         ...) {
    char message[MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    Text statement = text_new(place->context), loops = text_new(place->context);
    stmt_print_head(stmt, &statement);
    print_loops_around(place->facts, &loops);
    return fail_at(place, stmt, NEST_MALFORMED "%s: %s, in '%.*s'%s%s", place->is_ahead ? " (ahead)" : "", message,
                   STATEMENT_BYTES, text_string(&statement), loops.length > 0 ? " inside " : "", text_string(&loops));
}

/* A hole in the tree: what stands around it cannot be printed. */
static Status fail_missing(const Place *place, const char *what) {
    return diag_error(place->context, STATUS_INVALID, NEST_MALFORMED ": %s is missing", what);
}

/* The first loop that the expression uses and that is not around, NULL when there is none. */
static const Var *find_stray(const Facts *facts, const Affine *expr) {
    for (int i = 0; i < expr->count; i++) {
        const Term *term = &expr->terms[i];
        const Var *stray = NULL;
        if (term->kind != TERM_VAR) {
            stray = find_stray(facts, term->inner);
        } else if (!facts_know(facts, term->var)) {
            stray = term->var;
        }
        if (stray != NULL) return stray;
    }
    return NULL;
}

static Status verify_scope(const Place *place, const Stmt *stmt, const Affine *expr) {
    if (expr == NULL) return fail_missing(place, "an index, bound or condition");
    const Var *stray = find_stray(place->facts, expr);
    return stray == NULL ? STATUS_OK : fail(place, stmt, "loop %s is not around", stray->name);
}

/* Does nothing run at this place? Asked only when a proof has failed. */
static bool is_dead(const Place *place) {
    for (const Facts *facts = place->facts; facts != NULL; facts = facts->outer) {
        if (facts->loop != NULL && facts->values.first > facts->values.last) return true;
        for (int i = 0; facts->guard != NULL && i < facts->guard->guard.count; i++) {
            if (facts_refute(facts->outer, &facts->guard->guard.conds[i])) return true;
        }
    }
    return false;
}

static Status verify_inside(const Place *place, const Stmt *stmt, const Tensor *tensor, int axis, int64_t extent,
                            const Affine *index) {
    Context *context = place->context;
    Cond low = {.expr = index};
    Cond high = {.expr = affine_subtract(context, affine_constant(context, extent - 1), index)};
    if (facts_prove(place->facts, &low) && facts_prove(place->facts, &high)) return STATUS_OK;
    if (is_dead(place)) return STATUS_OK;
    Text text = text_new(context);
    affine_print(index, &text);
    return fail(place, stmt, "index %s of %s, axis %s, is not proved to lie in 0..%lld", text_string(&text),
                tensor->name, tensor->axes[axis].name, (long long)extent - 1);
}

static const Buffer *find_buffer(const Place *place, const Tensor *tensor) {
    const Buffer *buffer = place->buffers;
    while (buffer != NULL && buffer->tensor != tensor) buffer = buffer->outer;
    return buffer;
}

static bool is_listed(const Nest *nest, const Tensor *tensor) {
    for (int i = 0; i < nest->tensor_count; i++)
        if (nest->tensors[i] == tensor) return true;
    return false;
}

/* A loop that indexes a register buffer: inside the buffer, and gone or a lane when lowered. */
static Status verify_register_loop(const Place *place, const Stmt *stmt, const Buffer *buffer, const Var *var) {
    for (const Facts *facts = place->facts; facts != buffer->facts; facts = facts->outer) {
        if (facts->loop == NULL || facts->loop->loop.var != var) continue;
        bool is_unrolled = facts->loop->loop.mark == MARK_UNROLL && facts->loop->loop.factor == 0;
        if (is_unrolled || facts->loop->loop.mark == MARK_LANES) return STATUS_OK;
        return fail(place, stmt,
                    "%s is in registers, but its index uses loop %s, which is neither unrolled nor on lanes",
                    buffer->tensor->name, var->name);
    }
    return fail(place, stmt, "%s is in registers, but its index uses loop %s, which is outside of it",
                buffer->tensor->name, var->name);
}

static Status verify_register_index(const Place *place, const Stmt *stmt, const Buffer *buffer, const Affine *index) {
    for (int i = 0; i < index->count; i++) {
        const Term *term = &index->terms[i];
        if (term->kind == TERM_VAR) {
            TRY(verify_register_loop(place, stmt, buffer, term->var));
        } else {
            TRY(verify_register_index(place, stmt, buffer, term->inner));
        }
    }
    return STATUS_OK;
}

/* What reads and stores have in common. */
static Status verify_access(const Place *place, const Stmt *stmt, const Tensor *tensor, const Affine *const *index,
                            bool with_filling) {
    const Buffer *buffer = find_buffer(place, tensor);
    if (buffer == NULL && !is_listed(place->nest, tensor))
        return fail(place, stmt, "%s is neither a tensor of the nest nor a buffer around", tensor->name);
    for (int i = 0; i < tensor->rank; i++) {
        TRY(verify_scope(place, stmt, index[i]));
        int64_t extent = with_filling ? tensor_reach(tensor, i) : tensor->axes[i].extent;
        TRY(verify_inside(place, stmt, tensor, i, extent, index[i]));
        if (tensor->scope == SCOPE_REGISTERS && buffer != NULL)
            TRY(verify_register_index(place, stmt, buffer, index[i]));
    }
    return STATUS_OK;
}

typedef struct StoreSearch {
    const Tensor *tensor;
    bool is_found;
} StoreSearch;

static void search_plain_store(void *data, const Stmt *stmt) {
    StoreSearch *search = data;
    search->is_found |= stmt->kind == STMT_STORE && stmt->store.tensor == search->tensor && !stmt->store.add;
    if (!search->is_found) stmt_visit_children(stmt, search_plain_store, data);
}

/* May an earlier iteration of a loop inside the buffer have stored there? */
static bool is_written_before(const Place *place, const Buffer *buffer) {
    StoreSearch search = {.tensor = buffer->tensor};
    for (const Facts *facts = place->facts; facts != buffer->facts && !search.is_found; facts = facts->outer)
        if (facts->loop != NULL) search_plain_store(&search, facts->loop->loop.body);
    return search.is_found;
}

static Status verify_read(const Place *place, const Stmt *stmt, const Tensor *tensor, const Affine *const *index) {
    TRY(verify_access(place, stmt, tensor, index, false));
    const Buffer *buffer = find_buffer(place, tensor);
    if (buffer != NULL && !*buffer->is_written && !is_written_before(place, buffer))
        return fail(place, stmt, "%s is read and nothing was stored there before", tensor->name);
    bool is_given = tensor->scope == SCOPE_ARGUMENT || tensor->scope == SCOPE_WORKSPACE;
    if (place->is_ahead && buffer == NULL && is_given && strcmp(tensor->name, PIPELINE_WEIGHTS) != 0)
        return fail(place, stmt, "%s is not known ahead", tensor->name);
    return STATUS_OK;
}

static bool is_input(const Place *place, const Tensor *tensor) {
    return tensor->scope == SCOPE_ARGUMENT && pipeline_find_stage(place->nest->pipeline, tensor->name) == NULL;
}

static Status verify_target(const Place *place, const Stmt *stmt) {
    const Tensor *tensor = stmt->store.tensor;
    if (stmt->store.add) TRY(verify_read(place, stmt, tensor, stmt->store.index));
    TRY(verify_access(place, stmt, tensor, stmt->store.index, true));
    const Buffer *buffer = find_buffer(place, tensor);
    if (buffer != NULL) {
        *buffer->is_written = true;
        return STATUS_OK;
    }
    if (tensor->scope == SCOPE_CONSTANT || is_input(place, tensor))
        return fail(place, stmt, "%s is an input and cannot be written", tensor->name);
    if (place->is_ahead && tensor->scope != SCOPE_PACKED)
        return fail(place, stmt, "only packed tensors are written ahead, and %s is in scope %s", tensor->name,
                    scope_name(tensor->scope));
    if (!place->is_ahead && tensor->scope == SCOPE_PACKED)
        return fail(place, stmt, "%s is packed: it can only be written ahead", tensor->name);
    return STATUS_OK;
}

static Status verify_value(const Place *place, const Stmt *stmt, const Expr *expr) {
    if (expr == NULL) return fail_missing(place, "an operand");
    switch (expr->kind) {
    case EXPR_NUMBER: return STATUS_OK;
    case EXPR_ACCESS: return verify_read(place, stmt, expr->access.tensor, expr->access.index);
    case EXPR_PARTIAL: return fail(place, stmt, "a partial sum must be read from where it is kept");
    case EXPR_CAST: return verify_value(place, stmt, expr->cast.operand);
    case EXPR_ADD:
    case EXPR_SUBTRACT:
    case EXPR_MULTIPLY:
        TRY(verify_value(place, stmt, expr->binary.left));
        return verify_value(place, stmt, expr->binary.right);
    case EXPR_CALL:
        for (int i = 0; i < function_arguments(expr->call.function); i++)
            TRY(verify_value(place, stmt, expr->call.arguments[i]));
        return STATUS_OK;
    }
    return fail(place, stmt, "an operand of unknown kind");
}

/* Any address is good, as long as the arithmetic that leads there does not overflow. */
static Status verify_prefetch(const Place *place, const Stmt *stmt) {
    const Tensor *tensor = stmt->prefetch.tensor;
    const int64_t limit = (int64_t)1 << 50;
    if (place->is_ahead) return fail(place, stmt, "nothing is prefetched ahead");
    if (find_buffer(place, tensor) == NULL && !is_listed(place->nest, tensor))
        return fail(place, stmt, "%s is neither a tensor of the nest nor a buffer around", tensor->name);
    if (tensor->scope == SCOPE_REGISTERS || tensor->scope == SCOPE_TILE)
        return fail(place, stmt, "%s is not in memory", tensor->name);
    if (stmt->prefetch.level < 1 || stmt->prefetch.level > 2)
        return fail(place, stmt, "a cache of level %d, not 1 or 2", stmt->prefetch.level);
    TRY(verify_scope(place, stmt, stmt->prefetch.offset));
    Range range = facts_range(place->facts, stmt->prefetch.offset);
    if (range.first >= -limit && range.last <= limit) return STATUS_OK;
    return fail(place, stmt, "the offset is not proved to stay below 2^50");
}

static Status verify_bound(const Place *place, const Stmt *loop, const Bound *bound) {
    if (bound->count < 1 || bound->count > BOUND_MAX_TERMS)
        return fail(place, loop, "a bound has %d terms, not 1..%d", bound->count, BOUND_MAX_TERMS);
    for (int i = 0; i < bound->count; i++) TRY(verify_scope(place, loop, bound->terms[i]));
    return STATUS_OK;
}

static Status verify_variable(const Place *place, const Stmt *loop) {
    const Var *var = loop->loop.var;
    if (var->id < 0 || var->id >= place->nest->var_count)
        return fail(place, loop, "loop %s has the id %d, not one below %d", var->name, var->id, place->nest->var_count);
    for (const Facts *facts = place->facts; facts != NULL; facts = facts->outer) {
        if (facts->loop == NULL) continue;
        const Var *around = facts->loop->loop.var;
        bool is_same_name = strcmp(around->name, var->name) == 0 && strcmp(around->stage, var->stage) == 0;
        if (around->id == var->id || is_same_name) return fail(place, loop, "a loop %s is around already", var->name);
    }
    return STATUS_OK;
}

/* The outermost loop of a region on cores answers for all of it. */
static Status verify_cores(const Place *place, const Stmt *loop) {
    const Facts *around = place->facts;
    bool continues = around != NULL && around->loop != NULL && around->loop->loop.mark == MARK_CORES &&
                     around->loop->loop.body == loop;
    if (loop->loop.mark != MARK_CORES || continues) return STATUS_OK;
    if (place->is_ahead) return fail(place, loop, "'%s' is on cores, and packing uses one", loop->loop.var->name);
    const char *fault = cores_find_fault(place->context, place->nest, around, loop);
    return fault == NULL ? STATUS_OK : fail(place, loop, "%s", fault);
}

static Status verify_stmt(const Place *place, const Stmt *stmt);

static Status verify_loop(const Place *place, const Stmt *stmt) {
    TRY(verify_bound(place, stmt, &stmt->loop.lower));
    TRY(verify_bound(place, stmt, &stmt->loop.upper));
    TRY(verify_variable(place, stmt));
    if (stmt->loop.factor < 0 || (stmt->loop.factor > 0 && stmt->loop.mark != MARK_UNROLL))
        return fail(place, stmt, "a factor belongs to a loop that is unrolled");
    TRY(verify_cores(place, stmt));
    Facts facts = facts_in_loop(place->facts, stmt);
    Place inside = *place;
    inside.facts = &facts;
    return verify_stmt(&inside, stmt->loop.body);
}

static Status verify_guard(const Place *place, const Stmt *stmt) {
    for (int i = 0; i < stmt->guard.count; i++) TRY(verify_scope(place, stmt, stmt->guard.conds[i].expr));
    Facts facts = facts_in_guard(place->facts, stmt);
    Place inside = *place;
    inside.facts = &facts;
    return verify_stmt(&inside, stmt->guard.body);
}

static bool is_buffer_scope(Scope scope) {
    return scope == SCOPE_REGISTERS || scope == SCOPE_TILE || scope == SCOPE_STACK || scope == SCOPE_WORKSPACE;
}

static bool is_name_taken(const Place *place, const char *name) {
    for (const Buffer *buffer = place->buffers; buffer != NULL; buffer = buffer->outer)
        if (strcmp(buffer->tensor->name, name) == 0) return true;
    for (int i = 0; i < place->nest->tensor_count; i++)
        if (strcmp(place->nest->tensors[i]->name, name) == 0) return true;
    return false;
}

/* tensor_verify with the place of the tensor. */
static Status verify_tensor(const Place *place, const Tensor *tensor) {
    if (tensor_verify(place->context, tensor) == STATUS_OK) return STATUS_OK;
    return fail_at(place, tensor, "%s", diag_message(place->context));
}

static Status verify_buffer(const Place *place, const Stmt *stmt) {
    const Tensor *tensor = stmt->alloc.tensor;
    if (!is_buffer_scope(tensor->scope))
        return fail(place, stmt, "a buffer cannot be in scope %s", scope_name(tensor->scope));
    if (is_name_taken(place, tensor->name)) return fail(place, stmt, "the name %s is taken", tensor->name);
    if (tensor->rank > 0) TRY(verify_tensor(place, tensor));
    bool is_written = false;
    Buffer buffer = {.outer = place->buffers, .tensor = tensor, .facts = place->facts, .is_written = &is_written};
    Place inside = *place;
    inside.buffers = &buffer;
    return verify_stmt(&inside, stmt->alloc.body);
}

static Status verify_stmt(const Place *place, const Stmt *stmt) {
    if (stmt == NULL) return fail_missing(place, "a statement");
    switch (stmt->kind) {
    case STMT_FOR: return verify_loop(place, stmt);
    case STMT_IF: return verify_guard(place, stmt);
    case STMT_BLOCK:
        for (int i = 0; i < stmt->block.count; i++) TRY(verify_stmt(place, stmt->block.items[i]));
        return STATUS_OK;
    case STMT_REDUCE:
        TRY(verify_stmt(place, stmt->reduce.init));
        TRY(verify_stmt(place, stmt->reduce.update));
        return verify_stmt(place, stmt->reduce.finish);
    case STMT_ALLOC: return verify_buffer(place, stmt);
    case STMT_STORE: TRY(verify_value(place, stmt, stmt->store.value)); return verify_target(place, stmt);
    case STMT_PREFETCH: return verify_prefetch(place, stmt);
    }
    return diag_error(place->context, STATUS_INVALID, NEST_MALFORMED ": a statement of unknown kind");
}

static Status verify_tensors(const Place *place) {
    const Nest *nest = place->nest;
    for (int i = 0; i < nest->tensor_count; i++) {
        const Tensor *tensor = nest->tensors[i];
        TRY(verify_tensor(place, tensor));
        if (tensor->scope == SCOPE_CONSTANT && tensor->values == NULL)
            return fail_at(place, tensor, NEST_MALFORMED ": constant %s has no values", tensor->name);
        for (int j = 0; j < i; j++) {
            if (strcmp(nest->tensors[j]->name, tensor->name) == 0)
                return fail_at(place, tensor, NEST_MALFORMED ": two tensors %s", tensor->name);
        }
    }
    return STATUS_OK;
}

Status nest_verify_at(Context *context, const Nest *nest, const SourcePlaces *places) {
    Place place = {.context = context, .nest = nest, .is_ahead = true, .places = places};
    TRY(verify_tensors(&place));
    if (nest->ahead != NULL) TRY(verify_stmt(&place, nest->ahead));
    place.is_ahead = false;
    return verify_stmt(&place, nest->body);
}

const char *nest_verify_reason(const Context *context) {
    const char *message = diag_message(context);
    const char *malformed = strstr(message, NEST_MALFORMED),
               *reason = malformed == NULL ? NULL : strstr(malformed, ": ");
    return reason == NULL ? message : reason + 2;
}

Status nest_verify(Context *context, const Nest *nest) {
    return nest_verify_at(context, nest, NULL);
}
