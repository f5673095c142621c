/* SPDX-License-Identifier: Apache-2.0 */
/* Applying steps: the table of primitives, verification after every step, and the walk that most primitives are made
 * of. */
#include <stdarg.h>
#include <stdio.h>

#include "compiler/schedule/internal.h"
#include "ir/nest_cores.h"
#include "ir/nest_verify.h"

/* Copies of loops multiply with every step that makes them; a kernel that is peeled on all sides has some hundred. */
enum { MAX_STATEMENTS = 4096 };

typedef Status Primitive(const Application *application, const Nest **out);

#define PRIMITIVE_1(word) schedule_##word
#define PRIMITIVE_0(word) NULL
static Primitive *const primitives[STEP_COUNT] = {
#define STEP(id, word, form, available) [STEP_##id] = PRIMITIVE_##available(word),
#include "ir/steps.def"
#undef STEP
};

Status refuse(const Application *application, size_t offset, const char *format, ...) {
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    const char *word = step_name(application->step->kind);
    return diag_error_at(application->context, STATUS_REFUSED, application->source, offset, "%s does not apply: %s",
                         word, message);
}

/* What is wrong with loops on cores, after a step that did not mind them. */
typedef struct CoresSearch {
    const Nest *nest;
    const char *fault; /* NULL: nothing */
} CoresSearch;

static const Stmt *search_cores(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    CoresSearch *search = data;
    if (stmt->kind != STMT_FOR || stmt->loop.mark != MARK_CORES || search->fault != NULL) return stmt;
    for (const Facts *around = facts; around != NULL; around = around->outer)
        if (around->loop != NULL && around->loop->loop.mark == MARK_CORES) return stmt; /* the outermost one answers */
    search->fault = cores_find_fault(context, search->nest, facts, stmt);
    return stmt;
}

/* The result of a step is thrown away: nest_verify said why. */
static Status leave_unproved(const Application *application, const Nest *result) {
    Context *context = application->context;
    const char *reason = arena_string(context, nest_verify_reason(context));
    CoresSearch cores = {.nest = result};
    stmt_rewrite_with_facts(context, NULL, result->body, search_cores, &cores);
    if (cores.fault != NULL)
        return refuse(application, application->step->offset, "%s; put loops on cores last", cores.fault);
    return diag_error_at(context, STATUS_UNPROVED, application->source, application->step->offset,
                         "%s does not apply: it cannot be proved that its result is right: %s",
                         step_name(application->step->kind), reason);
}

static void count_statement(void *data, const Stmt *stmt) {
    int *count = data;
    if (*count > MAX_STATEMENTS) return;
    ++*count;
    stmt_visit_children(stmt, count_statement, data);
}

/* Statements of a nest, one more than MAX_STATEMENTS when there are more. */
static int count_statements(const Nest *nest) {
    int count = 0;
    count_statement(&count, nest->body);
    if (nest->ahead != NULL) count_statement(&count, nest->ahead);
    return count;
}

/* What the statements of a nest's body access, and the first prefetch of what none of them does. */
typedef struct PrefetchSearch {
    Context *context;
    VECTOR(const Tensor *) used;
    const Tensor *stale;
} PrefetchSearch;

static bool is_used(const PrefetchSearch *search, const Tensor *tensor) {
    for (size_t i = 0; i < search->used.count; i++)
        if (search->used.items[i] == tensor) return true;
    return false;
}

static void note_read(void *data, const Expr *access) {
    PrefetchSearch *search = data;
    if (!is_used(search, access->access.tensor)) VECTOR_PUSH(search->context, &search->used, access->access.tensor);
}

static void note_used(void *data, const Stmt *stmt) {
    PrefetchSearch *search = data;
    if (stmt->kind == STMT_STORE) {
        expr_visit(stmt->store.value, note_read, search);
        if (!is_used(search, stmt->store.tensor)) VECTOR_PUSH(search->context, &search->used, stmt->store.tensor);
    }
    stmt_visit_children(stmt, note_used, data);
}

static void find_stale(void *data, const Stmt *stmt) {
    PrefetchSearch *search = data;
    if (stmt->kind == STMT_PREFETCH && !is_used(search, stmt->prefetch.tensor)) search->stale = stmt->prefetch.tensor;
    stmt_visit_children(stmt, find_stale, data);
}

/* A step that moves a tensor elsewhere comes before the prefetch. */
static Status check_prefetches(const Application *application, const Nest *result) {
    PrefetchSearch search = {.context = application->context};
    note_used(&search, result->body);
    find_stale(&search, result->body);
    if (search.stale == NULL) return STATUS_OK;
    return refuse(application, application->step->offset,
                  "%s is prefetched, and would no longer be used there; prefetch after this step", search.stale->name);
}

Status schedule_apply_step(Context *context, const Source *source, const Nest *nest, const Step *step,
                           const Nest **out) {
    Application application = {context, source, step, nest};
    Primitive *primitive = primitives[step->kind];
    if (primitive == NULL) return refuse(&application, step->offset, "it is not supported in this version");
    const Nest *result = NULL;
    TRY(primitive(&application, &result));
    if (count_statements(result) > MAX_STATEMENTS)
        return refuse(&application, step->offset, "the nest would have more than %d statements; peel less",
                      MAX_STATEMENTS);
    TRY(check_prefetches(&application, result));
    if (nest_verify(context, result) != STATUS_OK) return leave_unproved(&application, result);
    return note_places(&application, result, out);
}

Status schedule_apply(Context *context, const Nest *nest, const Schedule *schedule, ScheduleObserve *observe,
                      void *data, const Nest **out) {
    for (int i = 0; i < schedule->count; i++) {
        TRY(schedule_apply_step(context, schedule->source, nest, &schedule->steps[i], &nest));
        if (observe != NULL) observe(data, &schedule->steps[i], nest);
    }
    *out = nest;
    return STATUS_OK;
}

/* The walk of rewrite_loops; its first refusal is kept in `status`, after which nothing changes any more. */
typedef struct LoopWalk {
    LoopRewrite *rewrite;
    Status status;
} LoopWalk;

static bool is_within(const LoopRewrite *rewrite, const Facts *facts) {
    if (rewrite->within == NULL) return true;
    for (; facts != NULL; facts = facts->outer)
        if (facts->loop != NULL && contains_var(rewrite->within, facts->loop->loop.var)) return true;
    return false;
}

static const Stmt *walk_node(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    (void)context;
    LoopWalk *walk = data;
    LoopRewrite *rewrite = walk->rewrite;
    bool is_meant = stmt->kind == STMT_FOR && contains_var(rewrite->loops, stmt->loop.var) && is_within(rewrite, facts);
    if (walk->status != STATUS_OK || !is_meant) return stmt;
    const Stmt *result = stmt;
    walk->status = rewrite->rewrite(rewrite, facts, stmt, &result);
    return result;
}

Status rewrite_loops(LoopRewrite *rewrite, const Nest **out) {
    Context *context = rewrite->application->context;
    const Nest *nest = rewrite->application->nest;
    if (rewrite->nest == NULL) rewrite->nest = nest_copy(context, nest);
    LoopWalk walk = {.rewrite = rewrite, .status = STATUS_OK};
    rewrite->nest->body = stmt_rewrite_with_facts(context, NULL, nest->body, walk_node, &walk);
    if (nest->ahead != NULL)
        rewrite->nest->ahead = stmt_rewrite_with_facts(context, NULL, nest->ahead, walk_node, &walk);
    *out = rewrite->nest;
    return walk.status;
}

static void print_bound(const Bound *bound, const char *function, Text *text) {
    if (bound->count > 1) text_add(text, "%s(", function);
    for (int i = 0; i < bound->count; i++) {
        if (i > 0) text_add_string(text, ", ");
        affine_print(bound->terms[i], text);
    }
    if (bound->count > 1) text_add_string(text, ")");
}

Status constant_range(const Application *application, const Stmt *loop, int64_t *lower, int64_t *extent) {
    const Bound *first = &loop->loop.lower, *last = &loop->loop.upper;
    bool is_constant = first->count == 1 && last->count == 1 && affine_is_constant(first->terms[0]) &&
                       affine_is_constant(last->terms[0]);
    if (is_constant) {
        *lower = first->terms[0]->constant;
        *extent = last->terms[0]->constant - *lower;
        return STATUS_OK;
    }
    Text text = text_new(application->context);
    print_bound(first, "max", &text);
    text_add_string(&text, "..");
    print_bound(last, "min", &text);
    return refuse(application, application->step->offset,
                  "loop '%s' runs over %s, which is no fixed range; do this step before clip", loop->loop.var->name,
                  text_string(&text));
}
