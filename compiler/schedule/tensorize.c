/* SPDX-License-Identifier: Apache-2.0 */
/* tensorize L … NAME: the iterations of loops that directly hold one another run as one operation of the machine. What
 * the operation computes is a loop nest itself (intrinsics.def), and the step applies where that is what the loops
 * compute:
 *
 *     transpose16: for i 16, j 16: out[j, i] = in[i, j]
 *
 *     for kl 16, q 14: y[n, kl, p, q] = acc[q, kl]        tensorize q kl transpose16        tile kl 16, q 14: …
 *
 *     dot16_bf16: for i 16, j 2: out[i] += a[j] * b[i*2 + j]
 *
 *     for …, kl 16, ci 2: acc[fr, kl] += xh[n, cb*2 + ci, f] * wh[…, kl, ci]      tensorize kl ci dot16_bf16
 *
 * The loops are named in the order of the intrinsic's; how they are nested does not matter. The statements have the
 * same form, but for the order of factors, and each access the same strides in memory: those of the innermost axis,
 * any along others, 0 along loops that are no index. Vectors are read whole, so that a loop along which something is
 * read has the intrinsic's extent; of others what is surplus is dropped. Where the intrinsic adds, it is the sum that
 * runs as one: the loops around its start and its end stay. The mark `tile` remains; compiler/llvm/tile.c sees from the
 * statement what it is. */
#include <string.h>

#include "compiler/schedule/internal.h"

enum { MAX_LOOPS = 4 };

typedef struct Intrinsic {
    const char *name, *text;
} Intrinsic;

static const Intrinsic intrinsics[] = {
#define INTRINSIC(name, text) {name, text},
#include "compiler/schedule/intrinsics.def"
#undef INTRINSIC
};

enum { INTRINSICS = sizeof intrinsics / sizeof *intrinsics };

/* An intrinsic's loops and statement, and those of the nest that are to be it. */
typedef struct Match {
    const Application *application;
    int count;
    const Stmt *pattern_loops[MAX_LOOPS];
    const Stmt *pattern; /* the store */
    VarList loops[MAX_LOOPS];
    const Stmt *found[MAX_LOOPS]; /* in the nest: which is which of the intrinsic's */
    const char *fault;            /* NULL: none so far */
} Match;

static Status find_intrinsic(const Application *application, const Intrinsic **out) {
    Text names = text_new(application->context);
    for (size_t i = 0; i < INTRINSICS; i++) {
        *out = &intrinsics[i];
        if (strcmp(intrinsics[i].name, application->step->intrinsic) == 0) return STATUS_OK;
        text_add(&names, " %s", intrinsics[i].name);
    }
    return refuse(application, application->step->offset, "there is no intrinsic '%s'; there are%s",
                  application->step->intrinsic, text_string(&names));
}

static Status read_pattern(const Application *application, const Intrinsic *intrinsic, Match *match) {
    Source *source = ARENA_NEW(application->context, Source);
    const Nest *nest = NULL;
    *source = (Source){intrinsic->name, intrinsic->text, strlen(intrinsic->text)};
    TRY(nest_parse(application->context, source, &nest));
    const Stmt *stmt = nest->body;
    for (; stmt->kind == STMT_FOR && match->count < MAX_LOOPS; stmt = stmt->loop.body)
        match->pattern_loops[match->count++] = stmt;
    match->pattern = stmt;
    return STATUS_OK;
}

static int64_t extent_of(const Stmt *loop) {
    return loop->loop.upper.terms[0]->constant - loop->loop.lower.terms[0]->constant;
}

static void fail(Match *match, const char *fault) {
    if (match->fault == NULL) match->fault = fault;
}

/* The stride that an access of the intrinsic has along a loop. */
typedef struct Stride {
    int64_t least;
    bool is_exact; /* along the innermost axis, or no index; else it may be any from 1 on */
} Stride;

static Stride wanted_stride(const Tensor *pattern, const Affine *const *index, const Var *var) {
    int64_t innermost = affine_coefficient(index[pattern->rank - 1], var);
    if (innermost != 0) return (Stride){innermost, true};
    for (int i = 0; i < pattern->rank; i++)
        if (affine_uses(index[i], var)) return (Stride){1, false};
    return (Stride){0, true};
}

/* `facts` hold at the store. Has the access in the nest the strides of the intrinsic's? */
static void match_access(Match *match, const Facts *facts, const Tensor *pattern, const Affine *const *pattern_index,
                         const Tensor *tensor, const Affine *const *index, bool is_read) {
    Context *context = match->application->context;
    const Affine *offset = facts_simplify(context, facts, tensor_offset(context, tensor, index));
    if (tensor->type != pattern->type)
        fail(match, arena_format(context, "%s is %s, not %s", tensor->name, type_name(tensor->type),
                                 type_name(pattern->type)));
    for (int i = 0; i < match->count; i++) {
        const Var *var = match->found[i]->loop.var;
        Stride want = wanted_stride(pattern, pattern_index, match->pattern_loops[i]->loop.var);
        int64_t stride = affine_coefficient(offset, var);
        bool is_same = want.is_exact ? stride == want.least : stride >= want.least;
        bool is_whole = extent_of(match->found[i]) == extent_of(match->pattern_loops[i]);
        if (!is_same || affine_hides(offset, var))
            fail(match,
                 arena_format(context, "%s has stride %lld along '%s'", tensor->name, (long long)stride, var->name));
        if (is_read && want.is_exact && want.least > 0 && !is_whole)
            fail(match, arena_format(context, "'%s' has %lld iterations, and %s is read %lld at a time", var->name,
                                     (long long)extent_of(match->found[i]), tensor->name,
                                     (long long)extent_of(match->pattern_loops[i])));
    }
}

static void match_value(Match *match, const Facts *facts, const Expr *pattern, const Expr *expr);

/* In this order or the other; the fault is that of the first. */
static void match_operands(Match *match, const Facts *facts, const Expr *pattern, const Expr *expr) {
    Match swapped = *match;
    if (match->fault != NULL) return;
    match_value(match, facts, pattern->binary.left, expr->binary.left);
    match_value(match, facts, pattern->binary.right, expr->binary.right);
    if (match->fault == NULL || expr->kind == EXPR_SUBTRACT) return;
    match_value(&swapped, facts, pattern->binary.left, expr->binary.right);
    match_value(&swapped, facts, pattern->binary.right, expr->binary.left);
    if (swapped.fault == NULL) match->fault = NULL;
}

static void match_value(Match *match, const Facts *facts, const Expr *pattern, const Expr *expr) {
    if (pattern->kind != expr->kind) {
        fail(match, "the statement has another form");
        return;
    }
    switch (pattern->kind) {
    case EXPR_ACCESS:
        match_access(match, facts, pattern->access.tensor, pattern->access.index, expr->access.tensor,
                     expr->access.index, true);
        return;
    case EXPR_ADD:
    case EXPR_SUBTRACT:
    case EXPR_MULTIPLY: match_operands(match, facts, pattern, expr); return;
    default: fail(match, "the statement has another form"); return;
    }
}

typedef struct TensorUse {
    const Tensor *tensor;
    bool is_used;
} TensorUse;

static void note_use(void *data, const Expr *access) {
    TensorUse *use = data;
    use->is_used |= access->access.tensor == use->tensor;
}

static void match_store(Match *match, const Facts *facts, const Stmt *store) {
    TensorUse use = {.tensor = store->store.tensor};
    expr_visit(store->store.value, note_use, &use);
    if (store->store.add != match->pattern->store.add || use.is_used) fail(match, "the statement has another form");
    match_access(match, facts, match->pattern->store.tensor, match->pattern->store.index, store->store.tensor,
                 store->store.index, store->store.add);
    match_value(match, facts, match->pattern->store.value, store->store.value);
}

/* Which of the intrinsic's loops is this one? -1: none. */
static int position_of(const Match *match, const Stmt *loop) {
    for (int i = 0; i < match->count; i++)
        if (match->found[i] == NULL && contains_var(&match->loops[i], loop->loop.var)) return i;
    return -1;
}

static Status match_loop(Match *match, const Stmt *loop, int position) {
    const Application *application = match->application;
    const char *name = loop->loop.var->name;
    int64_t lower = 0, extent = 0, most = extent_of(match->pattern_loops[position]);
    TRY(constant_range(application, loop, &lower, &extent));
    if (loop->loop.mark != MARK_NONE && loop->loop.mark != MARK_TILE)
        return refuse(application, application->step->offset, "loop '%s' is marked %s already", name,
                      mark_name(loop->loop.mark));
    if (lower != 0) return refuse(application, application->step->offset, "loop '%s' does not start at 0", name);
    if (extent < 2 || extent > most)
        return refuse(application, application->step->offset, "loop '%s' has %lld iterations, and %s takes 2 to %lld",
                      name, (long long)extent, application->step->intrinsic, (long long)most);
    match->found[position] = loop;
    return STATUS_OK;
}

/* The loops from `loop` on, marked. */
static Status mark_tile(Match *match, const Facts *facts, const Stmt *loop, int depth, const Stmt **out) {
    const Application *application = match->application;
    const Stmt *body = loop;
    if (depth < match->count) {
        int position = loop->kind == STMT_FOR ? position_of(match, loop) : -1;
        if (position < 0)
            return refuse(application, application->step->offset,
                          "the loops do not directly hold one another; reorder them");
        TRY(match_loop(match, loop, position));
        Facts inside = facts_in_loop(facts, loop);
        TRY(mark_tile(match, &inside, loop->loop.body, depth + 1, &body));
        *out = stmt_loop(application->context, loop->loop.var, loop->loop.lower, loop->loop.upper, MARK_TILE, 0, body);
        return STATUS_OK;
    }
    *out = loop;
    if (loop->kind != STMT_STORE)
        return refuse(application, application->step->offset, "they hold a guard or more than one store");
    match_store(match, facts, loop);
    if (match->fault == NULL) return STATUS_OK;
    return refuse(application, application->step->offset, "it is no %s: %s", application->step->intrinsic,
                  match->fault);
}

/* Is one of the intrinsic's loops that are summed over here, or inside? */
static bool is_summed(const Match *match, const Stmt *loop) {
    StmtList all = {0};
    VECTOR_PUSH(match->application->context, &all, loop);
    collect_loops(match->application->context, loop->loop.body, &all);
    for (size_t i = 0; i < all.count; i++)
        if (all.items[i]->loop.var->reduction && position_of(match, all.items[i]) >= 0) return true;
    return false;
}

static Status tensorize_at(LoopRewrite *self, const Facts *facts, const Stmt *loop, const Stmt **out) {
    Match match = *(const Match *)self->data;
    *out = loop;
    if (match.pattern->store.add && !is_summed(&match, loop)) return STATUS_OK; /* of init or finish */
    return mark_tile(&match, facts, loop, 0, out);
}

/* Which of the step's loops holds the others; -1: none does. */
static int find_outermost(const Match *match) {
    Context *context = match->application->context;
    StmtList all = {0};
    collect_loops(context, match->application->nest->body, &all);
    for (size_t i = 0; i < all.count; i++) {
        int position = position_of(match, all.items[i]), held = 0;
        StmtList inside = {0};
        if (position < 0) continue;
        collect_loops(context, all.items[i]->loop.body, &inside);
        for (size_t j = 0; j < inside.count; j++) held += position_of(match, inside.items[j]) >= 0;
        if (held == match->count - 1) return position;
    }
    return -1;
}

Status schedule_tensorize(const Application *application, const Nest **out) {
    const Step *step = application->step;
    const Intrinsic *intrinsic = NULL;
    Match match = {.application = application};
    TRY(find_intrinsic(application, &intrinsic));
    TRY(read_pattern(application, intrinsic, &match));
    if (step->loop_count != match.count)
        return refuse(application, step->offset, "%s has %d loops: name one for each", intrinsic->name, match.count);
    for (int i = 0; i < match.count; i++) TRY(find_loops(application, &step->loops[i], &match.loops[i]));
    int outermost = find_outermost(&match);
    if (outermost < 0)
        return refuse(application, step->offset, "the loops do not directly hold one another; reorder them");
    LoopRewrite rewrite = {
        .application = application, .loops = &match.loops[outermost], .rewrite = tensorize_at, .data = &match};
    return rewrite_loops(&rewrite, out);
}
