/* SPDX-License-Identifier: Apache-2.0 */
/* prefetch T at L [by d] [in M] [into l1|l2]: while one iteration of L runs, the cache lines of T that the d-th next
 * one reads or writes (d is 1 unless said) are asked for, so that they have come when it runs.
 *
 *     for qo 4 { …                             prefetch x at qo in c:
 *         for c 64; unroll qi 14 …                 for c 64 {
 *             acc += x[n, c, p, qo*14 + qi]…           if (c < 56) prefetch x + … + c*16 into l1
 *
 * All lines at the beginning of the iteration would wait for one another; `in M` spreads them over a loop inside L, and
 * all loops between the two: the same number in each iteration, where there are fewer lines than iterations one in each
 * of the first. Which lines: the offset of each access in memory is a sum of loops; those inside L, by rising stride,
 * make up runs of neighbouring elements and rows of these, whatever the axes are.
 *
 * Nothing is computed, and no address is wrong: behind the last iteration the step asks for what follows in memory
 * (mostly what the next one of the loop around begins with), which costs a line of cache at worst. */
#include <stdlib.h>

#include "base/integer.h"
#include "compiler/schedule/internal.h"
#include "ir/problem.h"

enum { LINE_BYTES = 64, MAX_ROWS = 8, MAX_LINES = 16 };

/* A loop inside L, as it moves an access: `extent` places, `stride` elements apart. */
typedef struct Row {
    int64_t stride, extent;
} Row;

/* What one access touches in an iteration of L. */
typedef struct Walk {
    const Affine *base; /* the first element, in the iteration that is fetched for */
    int64_t run;        /* elements side by side */
    int count;
    Row rows[MAX_ROWS]; /* places where a run begins, by rising stride */
} Walk;

typedef struct Prefetch {
    const Application *application;
    const Tensor *tensor;
    const VarList *within; /* empty: at the beginning of L */
    /* Of the loop L that is being rewritten. */
    const Var *loop;
    const Facts *around; /* what is known in its body */
    VECTOR(Walk) walks;
    int inserted; /* loops M so far */
    Status status;
} Prefetch;

static int64_t line_elements(const Prefetch *prefetch) {
    return LINE_BYTES / (int64_t)type_bytes(prefetch->tensor->type);
}

/* The first reason counts. */
static void refuse_once(Prefetch *prefetch, const char *message) {
    const Application *application = prefetch->application;
    if (prefetch->status == STATUS_OK) prefetch->status = refuse(application, application->step->offset, "%s", message);
}

/* The loop inside L that a div or mod of the expression hides; NULL when there is none. */
static const Var *find_hidden(const Prefetch *prefetch, const Affine *expr, bool is_hidden) {
    const Var *found = NULL;
    for (int i = 0; i < expr->count && found == NULL; i++) {
        const Term *term = &expr->terms[i];
        if (term->kind != TERM_VAR) found = find_hidden(prefetch, term->inner, true);
        if (term->kind == TERM_VAR && is_hidden && !facts_know(prefetch->around, term->var)) found = term->var;
    }
    return found;
}

static int compare_rows(const void *a, const void *b) {
    const Row *left = a, *right = b;
    return (left->stride > right->stride) - (left->stride < right->stride);
}

/* Puts together what follows one another, but for gaps that lie in one line: runs first, then rows that an outer row
 * goes on with (or overlaps, as those of two loops in p + r do). */
static void merge_rows(const Prefetch *prefetch, Walk *walk) {
    int kept = 0;
    qsort(walk->rows, (size_t)walk->count, sizeof *walk->rows, compare_rows);
    walk->run = 1;
    for (int i = 0; i < walk->count; i++) {
        Row row = walk->rows[i], *last = kept > 0 ? &walk->rows[kept - 1] : NULL;
        bool goes_on = last != NULL && row.stride % last->stride == 0 && row.stride <= last->stride * last->extent;
        if (last == NULL && row.stride < walk->run + line_elements(prefetch)) {
            walk->run += row.stride * (row.extent - 1);
        } else if (goes_on) {
            last->extent += row.stride / last->stride * (row.extent - 1);
        } else {
            walk->rows[kept++] = row;
        }
    }
    walk->count = kept;
}

/* Takes the loops inside L out of the offset: its base, and a row for each. */
static bool take_rows(Prefetch *prefetch, const Facts *facts, const Affine *offset, Walk *walk) {
    Context *context = prefetch->application->context;
    walk->base = offset;
    for (int i = 0; i < offset->count; i++) {
        const Term *term = &offset->terms[i];
        if (term->kind != TERM_VAR || facts_know(prefetch->around, term->var)) continue;
        Range values = facts_range(facts, affine_variable(context, term->var));
        bool is_known = values.first > -INT64_MAX && values.last < INT64_MAX && walk->count < MAX_ROWS;
        if (!is_known || values.first > values.last) return false;
        int64_t first = term->coefficient > 0 ? values.first : values.last;
        walk->base = affine_substitute(context, walk->base, term->var, affine_constant(context, first));
        if (values.first < values.last)
            walk->rows[walk->count++] = (Row){llabs(term->coefficient), values.last - values.first + 1};
    }
    merge_rows(prefetch, walk);
    return true;
}

static bool same_walk(const Walk *a, const Walk *b) {
    bool is_same = affine_equal(a->base, b->base) && a->run == b->run && a->count == b->count;
    for (int i = 0; i < a->count && is_same; i++)
        is_same = a->rows[i].stride == b->rows[i].stride && a->rows[i].extent == b->rows[i].extent;
    return is_same;
}

static void add_access(Prefetch *prefetch, const Facts *facts, const Tensor *tensor, const Affine *const *index) {
    Context *context = prefetch->application->context;
    if (tensor != prefetch->tensor || prefetch->status != STATUS_OK) return;
    const Affine *offset = facts_simplify(context, facts, tensor_offset(context, tensor, index));
    const Var *hidden = find_hidden(prefetch, offset, false);
    Walk walk = {.count = 0};
    if (hidden != NULL) {
        refuse_once(prefetch, arena_format(context, "'%s' does not walk %s evenly", hidden->name, tensor->name));
        return;
    }
    if (!take_rows(prefetch, facts, offset, &walk)) return;
    const Affine *next =
        affine_offset(context, affine_variable(context, prefetch->loop), prefetch->application->step->factor);
    if (prefetch->application->step->factor == 0) next = affine_offset(context, next, 1);
    walk.base = affine_substitute(context, walk.base, prefetch->loop, next);
    for (size_t i = 0; i < prefetch->walks.count; i++)
        if (same_walk(&prefetch->walks.items[i], &walk)) return;
    VECTOR_PUSH(context, &prefetch->walks, walk);
}

typedef struct Reading {
    Prefetch *prefetch;
    const Facts *facts;
} Reading;

static void add_read(void *data, const Expr *access) {
    const Reading *reading = data;
    add_access(reading->prefetch, reading->facts, access->access.tensor, access->access.index);
}

static const Stmt *note_accesses(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    (void)context;
    Reading reading = {data, facts};
    if (stmt->kind != STMT_STORE) return stmt;
    expr_visit(stmt->store.value, add_read, &reading);
    add_access(data, facts, stmt->store.tensor, stmt->store.index);
    return stmt;
}

/* Iterations of the loops from L, excluded, to the place, and which of them runs, counted from 0. */
typedef struct Position {
    int64_t count;
    const Affine *number;
} Position;

static Position position_at(Prefetch *prefetch, const Facts *facts) {
    Context *context = prefetch->application->context;
    Position position = {1, affine_constant(context, 0)};
    for (; facts != prefetch->around; facts = facts->outer) {
        if (facts->loop == NULL) continue;
        const Stmt *loop = facts->loop;
        const char *name = loop->loop.var->name;
        if (loop->loop.mark == MARK_LANES || loop->loop.mark == MARK_TILE)
            refuse_once(prefetch, arena_format(context, "the iterations of '%s' run at the same time", name));
        Range values = facts->values;
        bool is_bounded = values.first > -INT64_MAX && values.last < INT64_MAX;
        int64_t iterations = is_bounded ? values.last - values.first + 1 : INT64_MAX;
        if (iterations > PROBLEM_MAX_EXTENT / position.count)
            refuse_once(prefetch, arena_format(context, "'%s' runs too often", name));
        if (prefetch->status != STATUS_OK) break;
        if (iterations <= 1) continue;
        const Affine *value = affine_offset(context, affine_variable(context, loop->loop.var), -values.first);
        position.number = affine_add(context, position.number, affine_scale(context, value, position.count));
        position.count *= iterations;
    }
    return position;
}

/* The offset of a line, by its number. */
static const Affine *line_offset(const Prefetch *prefetch, const Walk *walk, const Affine *number) {
    Context *context = prefetch->application->context;
    int64_t line = line_elements(prefetch), lines = integer_ceil_div(walk->run, line);
    const Affine *rest = walk->count > 0 ? affine_div(context, number, lines) : NULL;
    const Affine *in_run = walk->count > 0 ? affine_mod(context, number, lines) : number;
    const Affine *offset = affine_add(context, walk->base, affine_scale(context, in_run, line));
    for (int i = 0; i < walk->count; i++) {
        const Row *row = &walk->rows[i];
        const Affine *place = i + 1 < walk->count ? affine_mod(context, rest, row->extent) : rest;
        offset = affine_add(context, offset, affine_scale(context, place, row->stride));
        if (i + 1 < walk->count) rest = affine_div(context, rest, row->extent);
    }
    return offset;
}

static int64_t count_lines(const Prefetch *prefetch, const Walk *walk) {
    int64_t lines = integer_ceil_div(walk->run, line_elements(prefetch));
    for (int i = 0; i < walk->count && lines <= PROBLEM_MAX_EXTENT; i++) lines *= walk->rows[i].extent;
    return lines;
}

/* The lines of one access that are asked for at a place. More iterations than lines: only the first ask. */
static void add_lines(Prefetch *prefetch, const Facts *facts, const Position *position, const Walk *walk,
                      StmtList *out) {
    const Application *application = prefetch->application;
    Context *context = application->context;
    int64_t lines = count_lines(prefetch, walk), each = integer_ceil_div(lines, position->count);
    int64_t last = (lines - 1) / each; /* iteration that asks for something */
    int level = application->step->cache == 0 ? 1 : application->step->cache;
    StmtList items = {0};
    if (each > MAX_LINES) {
        refuse_once(prefetch,
                    arena_format(context, "%lld lines of %s would be asked for at once; spread them: in a loop inside",
                                 (long long)each, prefetch->tensor->name));
        return;
    }
    for (int64_t i = 0; i < each; i++) {
        const Affine *number = affine_offset(context, affine_scale(context, position->number, each), i);
        const Affine *offset = facts_simplify(context, facts, line_offset(prefetch, walk, number));
        VECTOR_PUSH(context, &items, stmt_prefetch(context, prefetch->tensor, offset, level));
    }
    const Stmt *block = stmt_block(context, (int)items.count, items.items);
    Cond asks = {.expr = affine_subtract(context, affine_constant(context, last), position->number)};
    bool is_guarded = position->count - (last + 1) > position->count / 8;
    VECTOR_PUSH(context, out, is_guarded ? stmt_guard(context, 1, &asks, block) : block);
}

/* The loop with prefetches at the beginning of its body; `facts` hold there. */
static const Stmt *ask_in(Prefetch *prefetch, const Facts *facts, const Stmt *loop) {
    Context *context = prefetch->application->context;
    StmtList items = {0}, flat = {0};
    Position position = position_at(prefetch, facts);
    if (loop->loop.mark == MARK_CORES && loop->loop.body->kind == STMT_FOR && loop->loop.body->loop.mark == MARK_CORES)
        refuse_once(prefetch, arena_format(context, "'%s' directly holds a loop on cores", loop->loop.var->name));
    for (size_t i = 0; i < prefetch->walks.count && prefetch->status == STATUS_OK; i++)
        add_lines(prefetch, facts, &position, &prefetch->walks.items[i], &items);
    VECTOR_PUSH(context, &items, loop->loop.body);
    prefetch->inserted++;
    stmt_flatten(context, stmt_block(context, (int)items.count, items.items), &flat);
    return stmt_loop(context, loop->loop.var, loop->loop.lower, loop->loop.upper, loop->loop.mark, loop->loop.factor,
                     stmt_block(context, (int)flat.count, flat.items));
}

static const Stmt *ask_in_loops(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    Prefetch *prefetch = data;
    (void)context;
    bool is_meant = stmt->kind == STMT_FOR && contains_var(prefetch->within, stmt->loop.var);
    if (!is_meant || prefetch->status != STATUS_OK) return stmt;
    Facts inside = facts_in_loop(facts, stmt);
    return ask_in(prefetch, &inside, stmt);
}

static Status check_loop(const Prefetch *prefetch, const Facts *facts, const Stmt *loop) {
    const Application *application = prefetch->application;
    const Step *step = application->step;
    int64_t most = facts_most_iterations(application->context, facts, loop);
    if (loop->loop.mark == MARK_LANES || loop->loop.mark == MARK_TILE)
        return refuse(application, step->loops[0].offset, "the iterations of '%s' run at the same time",
                      loop->loop.var->name);
    if (step->factor < most && (step->factor > 0 || most > 1)) return STATUS_OK;
    return refuse(application, step->loops[0].offset, "no iteration of '%s' comes %lld later: it has %lld",
                  loop->loop.var->name, (long long)integer_max(1, step->factor), (long long)most);
}

static Status prefetch_at(LoopRewrite *self, const Facts *facts, const Stmt *loop, const Stmt **out) {
    Prefetch *prefetch = self->data;
    const Application *application = self->application;
    Context *context = application->context;
    const char *name = loop->loop.var->name;
    Facts inside = facts_in_loop(facts, loop);
    TRY(check_loop(prefetch, facts, loop));
    prefetch->loop = loop->loop.var;
    prefetch->around = &inside;
    prefetch->walks.count = 0;
    stmt_rewrite_with_facts(context, &inside, loop->loop.body, note_accesses, prefetch);
    TRY(prefetch->status);
    if (prefetch->walks.count == 0)
        return refuse(application, application->step->offset, "nothing inside '%s' uses %s", name,
                      prefetch->tensor->name);
    if (prefetch->within->count == 0) {
        *out = ask_in(prefetch, &inside, loop);
        return prefetch->status;
    }
    int before = prefetch->inserted;
    const Stmt *body = stmt_rewrite_with_facts(context, &inside, loop->loop.body, ask_in_loops, prefetch);
    TRY(prefetch->status);
    if (prefetch->inserted == before)
        return refuse(application, application->step->within[0].offset, "loop '%s' is not inside '%s'",
                      application->step->within[0].name, name);
    *out = stmt_loop(context, loop->loop.var, loop->loop.lower, loop->loop.upper, loop->loop.mark, loop->loop.factor,
                     body);
    return STATUS_OK;
}

static Status check_tensor(const Application *application, const Tensor *tensor) {
    const Step *step = application->step;
    size_t offset = step->tensor_offsets[0];
    if (tensor == NULL) return refuse(application, offset, "there is no tensor '%s'", step->tensor);
    if (!nest_lists(application->nest, tensor) || tensor->scope == SCOPE_CONSTANT)
        return refuse(application, offset, "%s is %s; name a tensor that memory holds all the time", step->tensor,
                      tensor->scope == SCOPE_CONSTANT ? "known when compiling" : "a buffer, made where it is used");
    return STATUS_OK;
}

Status schedule_prefetch(const Application *application, const Nest **out) {
    const Step *step = application->step;
    VarList loops, within;
    const Tensor *tensor = nest_find_tensor(application->nest, step->tensor);
    TRY(check_tensor(application, tensor));
    TRY(find_loops(application, &step->loops[0], &loops));
    TRY(find_within(application, &within));
    StmtList ahead = {0};
    if (application->nest->ahead != NULL) collect_loops(application->context, application->nest->ahead, &ahead);
    for (size_t i = 0; i < ahead.count; i++)
        if (contains_var(&loops, ahead.items[i]->loop.var))
            return refuse(application, step->loops[0].offset, "'%s' is a loop of what is done ahead",
                          step->loops[0].name);
    Prefetch prefetch = {.application = application, .tensor = tensor, .within = &within, .status = STATUS_OK};
    LoopRewrite rewrite = {.application = application, .loops = &loops, .rewrite = prefetch_at, .data = &prefetch};
    return rewrite_loops(&rewrite, out);
}
