/* SPDX-License-Identifier: Apache-2.0 */
/* The obvious loop nest of a tensor expression: one loop an index, outputs outside, sums inside, in the order in which
 * they are written.
 *
 *     for spatial loops
 *       init:   out = start value
 *       for reduction loops
 *               if (padded reads are inside, where holds) out += term
 *       finish: out = epilogue(out)
 *
 * The partial sums live in the output itself where its type holds them and finish reads nothing that may be the same
 * memory. Else they get a tensor of the output's shape in workspace, until a step `accumulate` finds them a better
 * place.
 *
 * A result whose layout has blocks that are not full gets zeros there, from a nest of its own behind all others. */
#include <string.h>

#include "base/vector.h"
#include "ir/nest.h"
#include "ir/range.h"

typedef VECTOR(Cond) CondList;
typedef VECTOR(const Stmt *) StmtList;

typedef struct Builder {
    Context *context;
    const Stage *stage;
    const Affine *const *index; /* of the output: its loops */
    const Tensor *sums;         /* where the partial sums live */
} Builder;

/* Conditions under which the reads of padded tensors lie inside them. */
typedef struct ReadGuards {
    Context *context;
    const Stage *stage;
    CondList conds;
} ReadGuards;

static int64_t loop_extent(const Stage *stage, const Var *var) {
    for (int i = 0; i < stage->reduction_count; i++)
        if (stage->reductions[i] == var) return stage->reduction_extents[i];
    for (int i = 0; i < stage->output->rank; i++)
        if (stage->loops[i] == var) return stage->output->axes[i].extent;
    return 1;
}

static bool range_of_loop(const void *data, const Var *var, Range *out) {
    *out = (Range){0, loop_extent(data, var) - 1};
    return true;
}

static bool read_stays_inside(const Stage *stage, const Affine *index, int64_t extent) {
    Range range;
    return range_of_expression(index, range_of_loop, stage, &range) && range.first >= 0 && range.last < extent;
}

static void add_condition(ReadGuards *guards, const Affine *expr) {
    Cond cond = cond_multiply_out(guards->context, (Cond){.expr = expr});
    for (size_t i = 0; i < guards->conds.count; i++)
        if (affine_equal(guards->conds.items[i].expr, cond.expr)) return;
    VECTOR_PUSH(guards->context, &guards->conds, cond);
}

static void guard_read(void *data, const Expr *access) {
    ReadGuards *guards = data;
    const Tensor *tensor = access->access.tensor;
    if (!tensor->padded) return;
    for (int i = 0; i < tensor->rank; i++) {
        const Affine *index = access->access.index[i];
        int64_t extent = tensor->axes[i].extent;
        if (read_stays_inside(guards->stage, index, extent)) continue;
        add_condition(guards, index);
        const Affine *room = affine_subtract(guards->context, affine_constant(guards->context, extent - 1), index);
        add_condition(guards, room);
    }
}

static CondList read_guards(const Builder *builder, const Expr *value, bool with_where) {
    ReadGuards guards = {.context = builder->context, .stage = builder->stage};
    expr_visit(value, guard_read, &guards);
    for (int i = 0; with_where && i < builder->stage->where_count; i++)
        VECTOR_PUSH(builder->context, &guards.conds, builder->stage->where[i]);
    return guards.conds;
}

static bool same_conditions(const CondList *a, const CondList *b) {
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->items[i].equality != b->items[i].equality || !affine_equal(a->items[i].expr, b->items[i].expr))
            return false;
    return true;
}

/* One update for each addend whose reads have guards of their own; addends with the same guards stay together. */
static void add_updates(const Builder *builder, const Expr *term, StmtList *updates) {
    if (term->kind == EXPR_ADD) {
        CondList left = read_guards(builder, term->binary.left, true);
        CondList right = read_guards(builder, term->binary.right, true);
        if (!same_conditions(&left, &right)) {
            add_updates(builder, term->binary.left, updates);
            add_updates(builder, term->binary.right, updates);
            return;
        }
    }
    CondList conds = read_guards(builder, term, true);
    const Stmt *store = stmt_store(builder->context, builder->sums, builder->index, true, term);
    VECTOR_PUSH(builder->context, updates, stmt_guard(builder->context, (int)conds.count, conds.items, store));
}

static const Stmt *wrap_loop(Context *context, const Var *var, int64_t extent, const Stmt *body) {
    Bound lower = bound_constant(context, 0), upper = bound_constant(context, extent);
    return stmt_loop(context, var, lower, upper, MARK_NONE, 0, body);
}

static const Expr *read_sums(void *data, Context *context, const Expr *leaf) {
    const Builder *builder = data;
    return leaf->kind == EXPR_PARTIAL ? expr_access(context, builder->sums, builder->index) : leaf;
}

static const Stmt *build_reduction(Builder *builder) {
    Context *context = builder->context;
    const Stage *stage = builder->stage;
    StmtList updates = {0};
    add_updates(builder, stage->sum, &updates);
    const Stmt *update = stmt_block(context, (int)updates.count, updates.items);
    for (int i = stage->reduction_count - 1; i >= 0; i--)
        update = wrap_loop(context, stage->reductions[i], stage->reduction_extents[i], update);
    const Expr *start = stage->init != NULL ? stage->init : expr_number(context, 0);
    const Expr *end = expr_rewrite(context, stage->finish, read_sums, builder);
    const Stmt *init = stmt_store(context, builder->sums, builder->index, false, start);
    bool is_done = stage->finish->kind == EXPR_PARTIAL && builder->sums == stage->output;
    const Stmt *finish =
        is_done ? stmt_block(context, 0, NULL) : stmt_store(context, stage->output, builder->index, false, end);
    return stmt_reduce(context, init, update, finish);
}

static const Expr *padded_to_zero(void *data, Context *context, const Expr *leaf) {
    (void)data;
    bool is_padded = leaf->kind == EXPR_ACCESS && leaf->access.tensor->padded;
    return is_padded ? expr_number(context, 0) : leaf;
}

/* A stage without a sum: reads outside a padded tensor count as zero. */
static const Stmt *build_plain(Builder *builder) {
    Context *context = builder->context;
    const Stage *stage = builder->stage;
    const Stmt *store = stmt_store(context, stage->output, builder->index, false, stage->finish);
    CondList conds = read_guards(builder, stage->finish, true);
    if (conds.count == 0) return store;
    const Expr *outside = expr_rewrite(context, stage->finish, padded_to_zero, NULL);
    const Stmt *items[] = {stmt_store(context, stage->output, builder->index, false, outside),
                           stmt_guard(context, (int)conds.count, conds.items, store)};
    return stmt_block(context, 2, items);
}

/* The type that sums of a stage are kept in: integers are summed exactly. */
static ScalarType sum_type(const Tensor *output) {
    switch (output->type) {
    case TYPE_F64: return TYPE_F64;
    case TYPE_S32:
    case TYPE_S8:
    case TYPE_U8: return TYPE_S32;
    default: return TYPE_F32;
    }
}

static void note_residual(void *data, const Expr *access) {
    bool *is_read = data;
    *is_read |= strcmp(access->access.tensor->name, PIPELINE_RESIDUAL) == 0;
}

static const char *unused_name(Context *context, const Pipeline *pipeline, const char *name) {
    while (pipeline_find_tensor(pipeline, name) != NULL) name = arena_format(context, "%s_", name);
    return name;
}

/* Packed tensors are f32 where they are summed, and there is no workspace ahead. */
static const Tensor *choose_sums(Context *context, const Pipeline *pipeline, const Stage *stage) {
    bool reads_residual = false;
    expr_visit(stage->finish, note_residual, &reads_residual);
    bool fits_output = sum_type(stage->output) == stage->output->type && !reads_residual;
    if (stage->sum == NULL || stage->ahead || fits_output) return stage->output;
    Tensor *sums = ARENA_NEW(context, Tensor);
    *sums = *stage->output;
    sums->name = unused_name(context, pipeline, arena_format(context, "%s_sums", stage->output->name));
    sums->type = sum_type(stage->output);
    sums->scope = SCOPE_WORKSPACE;
    return sums;
}

static const Stmt *build_stage(Context *context, const Stage *stage, const Tensor *sums) {
    const Affine *index[TENSOR_MAX_RANK];
    for (int i = 0; i < stage->output->rank; i++) index[i] = affine_variable(context, stage->loops[i]);
    Builder builder = {.context = context, .stage = stage, .index = index, .sums = sums};
    const Stmt *body = stage->sum != NULL ? build_reduction(&builder) : build_plain(&builder);
    for (int i = stage->output->rank - 1; i >= 0; i--)
        body = wrap_loop(context, stage->loops[i], stage->output->axes[i].extent, body);
    return body;
}

/* The axes of a tensor in the order of memory, by where their innermost parts lie. */
static void memory_order(const Tensor *tensor, int *order) {
    int count = tensor->rank;
    bool is_placed[TENSOR_MAX_RANK] = {false};
    for (int i = tensor->layout.rank - 1; i >= 0; i--) {
        int axis = tensor->layout.axes[i].axis;
        if (!is_placed[axis]) order[--count] = axis;
        is_placed[axis] = true;
    }
}

/* result[..., i + extent, ...] = 0 for the filling of one axis; along axes in front of it with their filling, along
 * those behind it without, so that every place is written once. */
static const Stmt *build_filling(Context *context, Nest *nest, const Tensor *result, int filled) {
    const Affine *index[TENSOR_MAX_RANK];
    const Var *loops[TENSOR_MAX_RANK];
    int64_t extents[TENSOR_MAX_RANK];
    int order[TENSOR_MAX_RANK] = {0};
    const char *stage = arena_format(context, "%s" NEST_FILLING_SUFFIX, result->name);
    for (int i = 0; i < result->rank; i++) {
        int64_t extent = result->axes[i].extent, reach = tensor_reach(result, i);
        loops[i] = nest_new_var(context, nest, result->axes[i].name, stage, false);
        extents[i] = i < filled ? reach : i == filled ? reach - extent : extent;
        index[i] = affine_offset(context, affine_variable(context, loops[i]), i == filled ? extent : 0);
    }
    memory_order(result, order);
    const Stmt *body = stmt_store(context, result, index, false, expr_number(context, 0));
    for (int i = result->rank - 1; i >= 0; i--) body = wrap_loop(context, loops[order[i]], extents[order[i]], body);
    return body;
}

static void add_fillings(Context *context, Nest *nest, const Tensor *result, StmtList *body) {
    for (int i = 0; i < result->rank; i++)
        if (tensor_reach(result, i) > result->axes[i].extent)
            VECTOR_PUSH(context, body, build_filling(context, nest, result, i));
}

const Nest *nest_build(Context *context, const Pipeline *pipeline) {
    StmtList ahead = {0}, body = {0};
    Nest *nest = ARENA_NEW(context, Nest);
    nest->pipeline = pipeline;
    nest->tensor_count = pipeline->tensor_count;
    nest->tensors = pipeline->tensors;
    nest->var_count = pipeline->var_count;
    for (int i = 0; i < pipeline->stage_count; i++) {
        const Stage *stage = pipeline->stages[i];
        StmtList *list = stage->ahead ? &ahead : &body;
        const Tensor *sums = choose_sums(context, pipeline, stage);
        if (sums != stage->output) nest_add_tensor(context, nest, sums);
        VECTOR_PUSH(context, list, build_stage(context, stage, sums));
    }
    if (pipeline->stage_count > 0)
        add_fillings(context, nest, pipeline->stages[pipeline->stage_count - 1]->output, &body);
    nest->ahead = ahead.count == 0 ? NULL : stmt_block(context, (int)ahead.count, ahead.items);
    nest->body = stmt_block(context, (int)body.count, body.items);
    return nest;
}
