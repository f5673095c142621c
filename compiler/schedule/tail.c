/* SPDX-License-Identifier: Apache-2.0 */
/* split L size tail=shift|pad: all tiles are full ones, ceil(extent/size) of them, in one copy of the code.
 *
 * tail=shift  the last tile moves inward, so that it ends where the loop ends. With T tiles that reach S beyond the
 * end, L = outer*size + inner - (outer div (T - 1))*S What two tiles share is computed twice, from the start, and
 * stored twice, the same number: so nothing that the loop stores may be read in between. The residual may be the same
 * memory as y, and is read; partial sums in y would be added up twice. tail=pad    the loop runs on, and what is
 * surplus is dropped where the output is stored. There is no guard around sums, so that what they read must be there:
 * packed weights, whose blocks are filled up. Arguments end where they end: a start value that is one (the bias) is
 * guarded and 0 beyond; of a term, it is refused unless outside of it lies padding.
 *
 * Both give the loop an axis of its own in the partial sums (sums.h), in workspace until `accumulate` finds a better
 * place: shifted tiles have sums of their own, and surplus iterations have some at all. */
#include "compiler/schedule/tail.h"

#include <string.h>

#include "base/integer.h"
#include "base/vector.h"
#include "compiler/schedule/sums.h"

typedef struct FullTiles {
    int64_t size;
    Tail tail;
    const Var *outer, *inner;
    SumsAxis sums;
    Status status; /* of the first store that is refused */
    /* while the stores of a padded loop are looked at */
    const Application *application;
    const Stmt *loop; /* as it was */
    Cond inside;      /* the iteration exists */
} FullTiles;

static bool is_sums(const FullTiles *tiles, const Tensor *tensor) {
    for (size_t i = 0; i < tiles->sums.tensors.count; i++)
        if (tiles->sums.tensors.items[i] == tensor) return true;
    return false;
}

/* outer*size + inner */
static const Affine *place_in_tiles(Context *context, const FullTiles *tiles) {
    const Affine *start = affine_scale(context, affine_variable(context, tiles->outer), tiles->size);
    return affine_add(context, start, affine_variable(context, tiles->inner));
}

/* How far tile `outer` moves inward: only the last one does, and not where tiles divide the loop. */
static const Affine *shift_of(Context *context, const FullTiles *tiles, int64_t extent) {
    int64_t count = integer_ceil_div(extent, tiles->size);
    if (extent % tiles->size == 0) return affine_constant(context, 0);
    const Affine *is_last = affine_div(context, affine_variable(context, tiles->outer), count - 1);
    return affine_scale(context, is_last, count * tiles->size - extent);
}

static Status check_extent(const Application *application, const Stmt *loop, int64_t extent) {
    const Step *step = application->step;
    const char *name = loop->loop.var->name;
    if (loop->loop.mark != MARK_NONE)
        return refuse(application, step->offset, "loop '%s' is marked %s already; split it before", name,
                      mark_name(loop->loop.mark));
    if (step->tail == TAIL_SHIFT && extent < step->sizes[0])
        return refuse(application, step->offset,
                      "loop '%s' has %lld iterations, fewer than a tile: there is no place to move it to; say "
                      "tail=guard or tail=peel",
                      name, (long long)extent);
    return STATUS_OK;
}

static Status refuse_reduction(const Application *application, const Var *loop) {
    const Step *step = application->step;
    if (step->tail == TAIL_SHIFT)
        return refuse(application, step->offset,
                      "'%s' is summed over, and a tile that moves inward would add terms twice; say tail=guard or "
                      "tail=peel",
                      loop->name);
    return refuse(application, step->offset,
                  "'%s' is summed over: both factors of a padded term must be there and 0, and tensors that are zero "
                  "beyond their end are not supported in this version; say tail=guard or tail=peel",
                  loop->name);
}

/* What a shifted tile may not do: read memory that it writes again. Sums that start anew in each tile are no such
 * memory, but sums so far, which a block of a sum outside loads and stores, are. */
typedef struct ShiftCheck {
    const FullTiles *tiles;
    VECTOR(const Tensor *) stored; /* at indices of the loop */
    Status status;
} ShiftCheck;

static bool uses_tile(const FullTiles *tiles, const Stmt *store) {
    for (int i = 0; i < store->store.tensor->rank; i++)
        if (affine_uses(store->store.index[i], tiles->outer) || affine_uses(store->store.index[i], tiles->inner))
            return true;
    return false;
}

static void list_stored(void *data, const Stmt *stmt) {
    ShiftCheck *check = data;
    stmt_visit_children(stmt, list_stored, check);
    if (stmt->kind != STMT_STORE || is_sums(check->tiles, stmt->store.tensor)) return;
    if (uses_tile(check->tiles, stmt))
        VECTOR_PUSH(check->tiles->application->context, &check->stored, stmt->store.tensor);
}

static void check_shifted_read(void *data, const Expr *access) {
    ShiftCheck *check = data;
    const Application *application = check->tiles->application;
    const Tensor *read = access->access.tensor;
    for (size_t i = 0; i < check->stored.count && check->status == STATUS_OK; i++) {
        const Tensor *target = check->stored.items[i];
        bool is_residual = strcmp(read->name, PIPELINE_RESIDUAL) == 0 && target->scope == SCOPE_ARGUMENT;
        if (read != target && !is_residual) continue;
        check->status = refuse(
            application, application->step->offset,
            "a tile that moves inward stores some of %s twice, and %s is read before%s; say tail=guard or tail=peel",
            target->name, read->name, is_residual ? ", which may be the same memory" : "");
    }
}

static void check_shifted(void *data, const Stmt *stmt) {
    stmt_visit_children(stmt, check_shifted, data);
    if (stmt->kind == STMT_STORE) expr_visit(stmt->store.value, check_shifted_read, data);
}

typedef struct Reads {
    Context *context;
    const Facts *facts;
    const Tensor *outside; /* one that is left without the condition */
} Reads;

static void check_inside(void *data, const Expr *access) {
    Reads *reads = data;
    Context *context = reads->context;
    const Tensor *tensor = access->access.tensor;
    for (int i = 0; i < tensor->rank; i++) {
        const Affine *index = access->access.index[i];
        const Affine *end = affine_constant(context, tensor->axes[i].extent - 1);
        Cond low = {.expr = index}, high = {.expr = affine_subtract(context, end, index)};
        bool is_inside = facts_prove(reads->facts, &low) && facts_prove(reads->facts, &high);
        if (!is_inside) reads->outside = tensor;
    }
}

static Status refuse_read(const FullTiles *tiles, const Tensor *tensor) {
    const Application *application = tiles->application;
    const char *name = tiles->loop->loop.var->name;
    int64_t size = tiles->size;
    if (strcmp(tensor->name, PIPELINE_WEIGHTS) == 0)
        return refuse(application, application->step->offset,
                      "%s is an argument and ends where '%s' ends; pack it before, in blocks of %lld", tensor->name,
                      name, (long long)size);
    if (tensor->scope == SCOPE_PACKED)
        return refuse(application, application->step->offset,
                      "%s has no room for the surplus of '%s'; pack it in blocks that tiles of %lld fill", tensor->name,
                      name, (long long)size);
    return refuse(application, application->step->offset,
                  "%s ends where '%s' ends, and beyond there is nothing to read; say tail=guard or tail=peel",
                  tensor->name, name);
}

/* Has the surplus a place there: sums, and buffers inside the loop, which each iteration has for itself? */
static bool has_room(const FullTiles *tiles, const Stmt *store) {
    const Tensor *target = store->store.tensor;
    if (is_sums(tiles, target)) return true;
    bool is_buffer = target->scope != SCOPE_ARGUMENT && target->scope != SCOPE_PACKED &&
                     pipeline_find_stage(tiles->application->nest->pipeline, target->name) == NULL;
    return is_buffer && !uses_tile(tiles, store);
}

/* A store of a padded loop: without a guard where it has room and reads nothing outside. */
static const Stmt *pad_store(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    FullTiles *tiles = data;
    if (stmt->kind != STMT_STORE || tiles->status != STATUS_OK) return stmt;
    const Stmt *guarded = stmt_guard(context, 1, &tiles->inside, stmt);
    if (!has_room(tiles, stmt)) return guarded;
    Reads reads = {.context = context, .facts = facts};
    expr_visit(stmt->store.value, check_inside, &reads);
    if (reads.outside == NULL) return stmt;
    if (stmt->store.add) {
        if (!reads.outside->padded) tiles->status = refuse_read(tiles, reads.outside);
        return guarded;
    }
    const Stmt *zero = stmt_store(context, stmt->store.tensor, stmt->store.index, false, expr_number(context, 0));
    return stmt_block(context, 2, (const Stmt *const[]){zero, guarded});
}

static const Stmt *make_tiles(Context *context, const FullTiles *tiles, int64_t count, const Stmt *body) {
    Bound zero = bound_constant(context, 0);
    const Stmt *inside =
        stmt_loop(context, tiles->inner, zero, bound_constant(context, tiles->size), MARK_NONE, 0, body);
    return stmt_loop(context, tiles->outer, zero, bound_constant(context, count), MARK_NONE, 0, inside);
}

static Status cut_loop(LoopRewrite *self, const Facts *facts, const Stmt *loop, const Stmt **out) {
    const Application *application = self->application;
    Context *context = application->context;
    FullTiles *tiles = self->data;
    int64_t lower = 0, extent = 0;
    TRY(constant_range(application, loop, &lower, &extent));
    TRY(check_extent(application, loop, extent));
    const Affine *place = place_in_tiles(context, tiles), *position = affine_offset(context, place, lower);
    const Affine *shifted = position;
    if (tiles->tail == TAIL_SHIFT) shifted = affine_subtract(context, position, shift_of(context, tiles, extent));
    const Stmt *body = stmt_substitute(context, loop->loop.body, loop->loop.var, shifted);
    body = stmt_substitute(context, body, tiles->sums.slot, position);
    ShiftCheck check = {.tiles = tiles, .status = STATUS_OK};
    if (tiles->tail == TAIL_SHIFT) {
        list_stored(&check, body);
        check_shifted(&check, body);
    }
    *out = make_tiles(context, tiles, integer_ceil_div(extent, tiles->size), body);
    if (tiles->tail == TAIL_SHIFT || extent % tiles->size == 0) return check.status;
    tiles->loop = loop;
    tiles->inside = (Cond){.expr = affine_subtract(context, affine_constant(context, extent - 1), place)};
    *out = stmt_rewrite_with_facts(context, facts, *out, pad_store, tiles);
    return tiles->status;
}

/* Where the loop's tiles end, over all loops of that name in the nest; stages that are computed inside it are refused:
 * what they keep from one iteration to the next would not fit any more. */
static Status find_end(const Application *application, const Var *loop, int64_t *out) {
    StmtList all = {0};
    *out = 0;
    collect_loops(application->context, application->nest->body, &all);
    if (application->nest->ahead != NULL) collect_loops(application->context, application->nest->ahead, &all);
    for (size_t i = 0; i < all.count; i++) {
        int64_t lower = 0, extent = 0, size = application->step->sizes[0];
        if (all.items[i]->loop.var != loop) continue;
        TRY(constant_range(application, all.items[i], &lower, &extent));
        *out = integer_max(*out, lower + integer_ceil_div(extent, size) * size);
        StmtList inside = {0};
        collect_loops(application->context, all.items[i]->loop.body, &inside);
        for (size_t j = 0; j < inside.count; j++)
            if (strcmp(inside.items[j]->loop.var->stage, loop->stage) != 0)
                return refuse(application, application->step->offset,
                              "stage %s is computed inside '%s'; split it before placing that",
                              inside.items[j]->loop.var->stage, loop->name);
    }
    return STATUS_OK;
}

Status split_full_tiles(const Application *application, const Nest **out) {
    const Step *step = application->step;
    Context *context = application->context;
    const Var *loop = NULL;
    const Nest *moved = NULL;
    int64_t end = 0;
    TRY(find_loop(application, &step->loops[0], &loop));
    if (loop->reduction) return refuse_reduction(application, loop);
    TRY(find_end(application, loop, &end));
    FullTiles tiles = {.size = step->sizes[0], .tail = step->tail};
    TRY(sums_give_axis(application, loop, end, &tiles.sums, &moved));
    Application after = {context, application->source, step, moved};
    Nest *nest = nest_copy(context, moved);
    tiles.application = &after;
    tiles.outer = nest_new_var(context, nest, step->names[0], loop->stage, false);
    tiles.inner = nest_new_var(context, nest, step->names[1], loop->stage, false);
    VarList loops = {0};
    VECTOR_PUSH(context, &loops, loop);
    LoopRewrite rewrite = {.application = &after, .loops = &loops, .rewrite = cut_loop, .data = &tiles, .nest = nest};
    const Nest *cut = NULL;
    TRY(rewrite_loops(&rewrite, &cut));
    *out = nest_simplify(context, cut);
    return STATUS_OK;
}
