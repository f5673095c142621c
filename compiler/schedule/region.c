/* SPDX-License-Identifier: Apache-2.0 */
/* Region inference.
 *
 * The index of a read is freed from the loops inside the place, innermost first, by putting in the ends of their
 * ranges: for the lower limit of an index, a loop that makes it rise at its first value, one that makes it fall at its
 * last. `a div d` rises with a; `a mod d` lies in 0 .. d-1. A loop whose bound has several terms (after clip) has
 * several ends, each of which holds; so a read has several limits:
 *
 *     x[p + r - 1], r in max(0, 1 - p)..min(3, 57 - p)    lower limits p - 1 and 0, upper ones p + 1 and 55
 *
 * A limit serves as the region's when it is proved to hold for every read. Of the pairs of a lower and an upper one
 * that which lie least far apart are taken, whatever the loops around are; 0 and the end of the axis are always there.
 * Last, every read is proved to lie in the region, because proofs are what the verifier will ask for. */
#include "compiler/schedule/region.h"

#include "base/integer.h"
#include "base/vector.h"
#include "ir/simplify.h"

/* More limits than bounds of clipped loops give; what is beyond is not tried. */
enum { MAX_LIMITS = 16 };

/* Limits of one index, each valid by itself, over loops around the place. */
typedef struct Limits {
    int count;
    const Affine *items[MAX_LIMITS];
} Limits;

typedef enum Side { SIDE_LOWER, SIDE_UPPER } Side;

/* One read: its limits on each axis. */
typedef struct Read {
    Limits limits[TENSOR_MAX_RANK][2]; /* by side */
} Read;

typedef struct Search {
    Context *context;
    const Facts *outside; /* around the place */
    const Facts *inside;  /* around the read */
    const Tensor *tensor;
    VECTOR(Read *) reads;
    const Region *region;            /* that reads are proved against */
    bool is_proved[TENSOR_MAX_RANK]; /* on that axis, of all reads */
} Search;

static Side other_side(Side side) {
    return side == SIDE_LOWER ? SIDE_UPPER : SIDE_LOWER;
}

static void add_limit(Limits *limits, const Affine *limit) {
    for (int i = 0; i < limits->count; i++)
        if (affine_equal(limits->items[i], limit)) return;
    if (limits->count < MAX_LIMITS) limits->items[limits->count++] = limit;
}

/* The ends of a loop's range: ends[SIDE_LOWER] <= var <= ends[SIDE_UPPER]. */
typedef struct Ends {
    const Var *var;
    const Affine *ends[2];
} Ends;

static const Affine *replace_by_end(Context *context, const Affine *expr, const Ends *loop, Side side);

/* A limit of coefficient * term on the given side. */
static const Affine *limit_term(Context *context, const Term *term, const Ends *loop, Side side) {
    Side inner_side = term->coefficient > 0 ? side : other_side(side);
    const Affine *value = NULL;
    if (term->kind == TERM_VAR) {
        value = term->var == loop->var ? loop->ends[inner_side] : affine_variable(context, term->var);
    } else if (term->kind == TERM_DIV) {
        const Affine *inner = replace_by_end(context, term->inner, loop, inner_side);
        value = affine_div(context, inner, term->divisor);
    } else if (affine_uses(term->inner, loop->var)) {
        value = affine_constant(context, inner_side == SIDE_LOWER ? 0 : term->divisor - 1);
    } else {
        value = affine_mod(context, term->inner, term->divisor);
    }
    return affine_scale(context, value, term->coefficient);
}

/* An expression without the loop that is a limit of `expr` on the given side. */
static const Affine *replace_by_end(Context *context, const Affine *expr, const Ends *loop, Side side) {
    const Affine *sum = affine_constant(context, expr->constant);
    for (int i = 0; i < expr->count; i++)
        sum = affine_add(context, sum, limit_term(context, &expr->terms[i], loop, side));
    return sum;
}

/* Adds the limits of an expression at a place where `facts` hold. */
static void find_limits(const Search *search, const Facts *facts, const Affine *expr, Side side, Limits *out) {
    Context *context = search->context;
    expr = facts_simplify(context, facts, expr);
    while (facts != search->outside && (facts->loop == NULL || !affine_uses(expr, facts->loop->loop.var)))
        facts = facts->outer;
    if (facts == search->outside) {
        add_limit(out, facts_simplify(context, facts, expr));
        return;
    }
    const Bound *lower = &facts->loop->loop.lower, *upper = &facts->loop->loop.upper;
    for (int i = 0; i < lower->count * upper->count && out->count < MAX_LIMITS; i++) {
        const Affine *last = affine_offset(context, upper->terms[i / lower->count], -1);
        Ends loop = {facts->loop->loop.var, {lower->terms[i % lower->count], last}};
        find_limits(search, facts->outer, replace_by_end(context, expr, &loop, side), side, out);
    }
}

static void note_read(void *data, const Expr *access) {
    Search *search = data;
    if (access->access.tensor != search->tensor) return;
    Read *read = ARENA_NEW(search->context, Read);
    for (int i = 0; i < search->tensor->rank; i++)
        for (Side side = SIDE_LOWER; side <= SIDE_UPPER; side++)
            find_limits(search, search->inside, access->access.index[i], side, &read->limits[i][side]);
    VECTOR_PUSH(search->context, &search->reads, read);
}

static const Stmt *note_reads(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    (void)context;
    Search *search = data;
    search->inside = facts;
    if (stmt->kind == STMT_STORE) expr_visit(stmt->store.value, note_read, search);
    return stmt;
}

static bool is_at_least(const Search *search, const Affine *a, const Affine *b) {
    Cond cond = {.expr = affine_subtract(search->context, a, b)};
    return facts_prove(search->outside, &cond);
}

/* Does the limit hold for every read? */
static bool serves_all(const Search *search, int axis, Side side, const Affine *limit) {
    for (size_t i = 0; i < search->reads.count; i++) {
        const Limits *limits = &search->reads.items[i]->limits[axis][side];
        bool serves = false;
        for (int j = 0; j < limits->count && !serves; j++)
            serves = side == SIDE_LOWER ? is_at_least(search, limits->items[j], limit)
                                        : is_at_least(search, limit, limits->items[j]);
        if (!serves) return false;
    }
    return true;
}

static Limits common_limits(const Search *search, int axis, Side side) {
    Limits common = {0};
    for (size_t i = 0; i < search->reads.count; i++) {
        const Limits *limits = &search->reads.items[i]->limits[axis][side];
        for (int j = 0; j < limits->count; j++)
            if (serves_all(search, axis, side, limits->items[j])) add_limit(&common, limits->items[j]);
    }
    return common;
}

/* What the distance of two limits is proved not to exceed, at least 0 and at most `most`. */
static int64_t greatest_distance(const Search *search, const Affine *lower, const Affine *upper, int64_t most) {
    Range distance = facts_range(search->outside, affine_subtract(search->context, upper, lower));
    return integer_max(0, integer_min(distance.last, most));
}

static void take_whole(Context *context, const Tensor *tensor, int axis, Region *region) {
    region->first[axis] = affine_constant(context, 0);
    region->extent[axis] = tensor->axes[axis].extent;
}

static void choose_axis(const Search *search, int axis, Region *region) {
    take_whole(search->context, search->tensor, axis, region);
    Limits lower = common_limits(search, axis, SIDE_LOWER), upper = common_limits(search, axis, SIDE_UPPER);
    for (int i = 0; i < lower.count; i++) {
        for (int j = 0; j < upper.count; j++) {
            int64_t least = region->extent[axis] - 1;
            int64_t distance = greatest_distance(search, lower.items[i], upper.items[j], least);
            if (distance >= least) continue;
            region->first[axis] = lower.items[i];
            region->extent[axis] = distance + 1;
        }
    }
}

static void prove_read(void *data, const Expr *access) {
    Search *search = data;
    const Region *region = search->region;
    if (access->access.tensor != search->tensor) return;
    for (int i = 0; i < search->tensor->rank; i++) {
        Context *context = search->context;
        Cond low = {.expr = affine_subtract(context, access->access.index[i], region->first[i])};
        Cond high = {.expr = affine_subtract(context, affine_constant(context, region->extent[i] - 1), low.expr)};
        bool is_inside = facts_prove(search->inside, &low) && facts_prove(search->inside, &high);
        search->is_proved[i] = search->is_proved[i] && is_inside;
    }
}

static const Stmt *prove_reads(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    (void)context;
    Search *search = data;
    search->inside = facts;
    if (stmt->kind == STMT_STORE) expr_visit(stmt->store.value, prove_read, search);
    return stmt;
}

Region region_of_reads(Context *context, const Facts *facts, const Stmt *body, const Tensor *tensor, int *reads) {
    Region region = {.rank = tensor->rank};
    Search search = {.context = context, .outside = facts, .tensor = tensor, .region = &region};
    stmt_rewrite_with_facts(context, facts, body, note_reads, &search);
    *reads = (int)search.reads.count;
    for (int i = 0; i < tensor->rank; i++) {
        choose_axis(&search, i, &region);
        search.is_proved[i] = true;
    }
    stmt_rewrite_with_facts(context, facts, body, prove_reads, &search);
    for (int i = 0; i < tensor->rank; i++)
        if (!search.is_proved[i]) take_whole(context, tensor, i, &region);
    return region;
}

bool region_is_whole(const Region *region, const Tensor *tensor, int axis) {
    const Affine *first = region->first[axis];
    return affine_is_constant(first) && first->constant == 0 && region->extent[axis] == tensor->axes[axis].extent;
}
