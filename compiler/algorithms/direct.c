/* SPDX-License-Identifier: Apache-2.0 */
/* The convolution as it is written in books, in one stage. For a 2-D problem
 *
 *     y[n, g, k, p, q] = epilogue(b[g, k] + sum[c, r, s] x[n, g, c, h, w] * w[g, k, c, r, s])
 *                        h = p*stride + r*dilation - pad, and w likewise from q and s
 *
 * and with z, t, d in front of p, r, h in 3-D, without p, r, h in 1-D, without g when there is one group.
 * Transposed, it is a gather: output p receives from input (p + pad - r*dilation) div stride where the division has no
 * remainder.
 *
 * The sum starts from the bias when the epilogue begins with it; all else of the epilogue is applied behind the sum.
 *
 * Blocked channels of several groups: a layout divides one axis, while a block may lie inside a group, hold whole
 * groups, or neither. x then has one axis for the channels of all groups. y has its usual axes in the first two cases;
 * in the third its k runs over all groups, and group and filter are k div (K/G) and k mod (K/G). */
#include "compiler/algorithms/algorithms.h"

#include <string.h>

#include "ir/range.h"

enum { MAX_LOOPS = 4 + 2 * PROBLEM_MAX_SPATIAL, MAX_TENSORS = 7 };

typedef struct Direct {
    Context *context;
    const Problem *problem;
    bool has_groups, has_group_loop; /* the second is false in the third case of blocked channels */
    int tensor_count, var_count;
    Tensor *tensors[MAX_TENSORS];
    int64_t extents[MAX_LOOPS]; /* by loop id */
    const Var *loops[MAX_LOOPS];
    const Var *c, *filter[PROBLEM_MAX_SPATIAL];
    const Affine *group, *k; /* of an output, the filter within the group */
    const Affine *output[PROBLEM_MAX_SPATIAL], *input[PROBLEM_MAX_SPATIAL];
    int where_count;
    Cond where[PROBLEM_MAX_SPATIAL];
} Direct;

static Tensor *new_tensor(Direct *direct, const char *name, ScalarType type) {
    Tensor *tensor = ARENA_NEW(direct->context, Tensor);
    *tensor = (Tensor){.name = name, .type = type, .scope = SCOPE_ARGUMENT};
    direct->tensors[direct->tensor_count++] = tensor;
    return tensor;
}

static Tensor *find_tensor(const Direct *direct, const char *name) {
    for (int i = 0; i < direct->tensor_count; i++) {
        if (strcmp(direct->tensors[i]->name, name) == 0) return direct->tensors[i];
    }
    return NULL;
}

/* Adds an axis; returns its number. */
static int add_axis(Tensor *tensor, const char *name, int64_t extent) {
    tensor->axes[tensor->rank] = (Axis){.name = name, .extent = extent};
    return tensor->rank++;
}

/* Adds the physical axis of a logical one, whole or its blocks (/) or the places in a block (%). */
static void place_axis(Tensor *tensor, int axis) {
    tensor->layout.axes[tensor->layout.rank++] = (LayoutAxis){.axis = axis};
}

static void place_digit(Tensor *tensor, int axis, bool modulo, int64_t divisor) {
    LayoutAxis *physical = &tensor->layout.axes[tensor->layout.rank];
    place_axis(tensor, axis);
    physical->op_count = 1;
    physical->ops[0].modulo = modulo;
    physical->ops[0].divisor = divisor;
}

/* The axes of x or y: the image, [the group,] the channel, the position. */
typedef struct ActivationAxes {
    int image, group, channel, position, position_count; /* group -1: there is none */
} ActivationAxes;

static void place_position(Tensor *tensor, const ActivationAxes *axes) {
    for (int i = 0; i < axes->position_count; i++) place_axis(tensor, axes->position + i);
}

/* Blocks of one axis: [... /divisor, position, %divisor ...]. */
static void place_around_position(Tensor *tensor, const ActivationAxes *axes, int axis, int64_t divisor) {
    place_digit(tensor, axis, false, divisor);
    place_position(tensor, axes);
    place_digit(tensor, axis, true, divisor);
}

/* Do blocks lie inside of groups, or hold whole groups? */
static bool blocks_fit_groups(int64_t block, int64_t channels) {
    return channels % block == 0 || block % channels == 0;
}

static void place_blocked(Tensor *tensor, const ActivationAxes *axes, int64_t block) {
    int64_t channels = tensor->axes[axes->channel].extent;
    if (axes->group >= 0 && channels % block != 0) {
        place_around_position(tensor, axes, axes->group, block / channels);
        place_axis(tensor, axes->channel);
        return;
    }
    if (axes->group >= 0) place_axis(tensor, axes->group);
    place_around_position(tensor, axes, axes->channel, block);
}

static void place_activation(Tensor *tensor, const ActivationAxes *axes, ActivationLayout layout) {
    bool is_last = layout.order == LAYOUT_CHANNELS_LAST;
    place_axis(tensor, axes->image);
    if (layout.order == LAYOUT_CHANNELS_BLOCKED) {
        place_blocked(tensor, axes, layout.block);
        return;
    }
    if (is_last) place_position(tensor, axes);
    if (axes->group >= 0) place_axis(tensor, axes->group);
    place_axis(tensor, axes->channel);
    if (!is_last) place_position(tensor, axes);
}

/* Adds image, group and channel; the caller adds the position. groups 0: no such axis. */
static ActivationAxes add_activation_axes(const Problem *problem, Tensor *tensor, int64_t groups, const char *channel,
                                          int64_t channels) {
    ActivationAxes axes = {.group = -1, .position_count = problem->spatial};
    axes.image = add_axis(tensor, "n", problem->n);
    if (groups > 0) axes.group = add_axis(tensor, "g", groups);
    axes.channel = add_axis(tensor, channel, channels);
    axes.position = tensor->rank;
    return axes;
}

/* Has x one axis for the channels of all groups? */
static bool joins_groups_of_x(const Direct *direct) {
    return !direct->has_groups || direct->problem->x_layout.order == LAYOUT_CHANNELS_BLOCKED;
}

static void make_x(Direct *direct) {
    const Problem *problem = direct->problem;
    Tensor *x = new_tensor(direct, "x", problem->x_type);
    bool is_joined = joins_groups_of_x(direct);
    ActivationAxes axes = add_activation_axes(problem, x, is_joined ? 0 : problem->g, "c",
                                              is_joined ? problem->c : problem->c / problem->g);
    for (int i = 0; i < problem->spatial; i++)
        add_axis(x, problem_letters(problem->spatial, i).input, problem->dimension[i].input);
    place_activation(x, &axes, problem->x_layout);
}

/* KCRS with groups outermost; CKRS for transposed problems. */
static void make_w(Direct *direct) {
    const Problem *problem = direct->problem;
    Tensor *w = new_tensor(direct, "w", problem->w_type);
    if (direct->has_groups) add_axis(w, "g", problem->g);
    int k = add_axis(w, "k", problem->k / problem->g);
    int c = add_axis(w, "c", problem->c / problem->g);
    for (int i = 0; i < problem->spatial; i++)
        add_axis(w, problem_letters(problem->spatial, i).kernel, problem->dimension[i].kernel);
    w->layout = layout_identity(w->rank);
    if (!problem->transposed) return;
    w->layout.axes[k].axis = c;
    w->layout.axes[c].axis = k;
}

/* y, or a residual of its shape. */
static Tensor *make_output(Direct *direct, const char *name) {
    const Problem *problem = direct->problem;
    Tensor *output = new_tensor(direct, name, problem->y_type);
    int64_t groups = direct->has_group_loop ? problem->g : 0;
    int64_t channels = direct->has_group_loop ? problem->k / problem->g : problem->k;
    ActivationAxes axes = add_activation_axes(problem, output, groups, "k", channels);
    for (int i = 0; i < problem->spatial; i++)
        add_axis(output, problem_letters(problem->spatial, i).output, problem->dimension[i].output);
    place_activation(output, &axes, problem->y_layout);
    return output;
}

static const Var *new_loop(Direct *direct, const char *name, int64_t extent, bool reduction) {
    Var *var = ARENA_NEW(direct->context, Var);
    *var = (Var){.name = name, .stage = "y", .id = direct->var_count, .reduction = reduction};
    direct->extents[direct->var_count] = extent;
    direct->loops[direct->var_count++] = var;
    return var;
}

/* The loops over y's axes, and what they say about group, filter and position. */
static void make_output_loops(Direct *direct, const Tensor *y) {
    Context *context = direct->context;
    const Problem *problem = direct->problem;
    const Affine *loops[TENSOR_MAX_RANK];
    for (int i = 0; i < y->rank; i++)
        loops[i] = affine_variable(context, new_loop(direct, y->axes[i].name, y->axes[i].extent, false));
    int k = tensor_find_axis(y, "k");
    direct->group = direct->has_group_loop ? loops[k - 1] : affine_div(context, loops[k], problem->k / problem->g);
    direct->k = direct->has_group_loop ? loops[k] : affine_mod(context, loops[k], problem->k / problem->g);
    if (!direct->has_groups) direct->k = loops[k];
    for (int i = 0; i < problem->spatial; i++) direct->output[i] = loops[k + 1 + i];
}

static void make_reduction_loops(Direct *direct) {
    const Problem *problem = direct->problem;
    direct->c = new_loop(direct, "c", problem->c / problem->g, true);
    for (int i = 0; i < problem->spatial; i++)
        direct->filter[i] =
            new_loop(direct, problem_letters(problem->spatial, i).kernel, problem->dimension[i].kernel, true);
}

/* output*stride + tap*dilation - pad */
static const Affine *input_index(Context *context, const Dimension *dimension, const Affine *output,
                                 const Affine *tap) {
    const Affine *start = affine_scale(context, output, dimension->stride);
    const Affine *index = affine_add(context, start, affine_scale(context, tap, dimension->dilation));
    return affine_offset(context, index, -dimension->pad_begin);
}

/* (output + pad - tap*dilation) div stride, where that has no remainder. */
static const Affine *transposed_index(Direct *direct, const Dimension *dimension, const Affine *output,
                                      const Affine *tap) {
    Context *context = direct->context;
    const Affine *scaled = affine_subtract(context, output, affine_scale(context, tap, dimension->dilation));
    scaled = affine_offset(context, scaled, dimension->pad_begin);
    if (dimension->stride > 1) {
        const Affine *remainder = affine_mod(context, scaled, dimension->stride);
        direct->where[direct->where_count++] = (Cond){.expr = remainder, .equality = true};
    }
    return affine_div(context, scaled, dimension->stride);
}

/* The position in x of each tap; x is padded when one can fall outside. */
static void make_input_position(Direct *direct, Tensor *x) {
    const Problem *problem = direct->problem;
    for (int i = 0; i < problem->spatial; i++) {
        const Dimension *dimension = &problem->dimension[i];
        const Affine *tap = affine_variable(direct->context, direct->filter[i]);
        direct->input[i] = problem->transposed ? transposed_index(direct, dimension, direct->output[i], tap)
                                               : input_index(direct->context, dimension, direct->output[i], tap);
        Range range;
        bool is_known = range_of(direct->input[i], direct->extents, &range);
        if (!is_known || range.first < 0 || range.last >= dimension->input) x->padded = true;
    }
}

static const Expr *read_x(const Direct *direct, const Tensor *x) {
    const Affine *index[TENSOR_MAX_RANK];
    const Affine *c = affine_variable(direct->context, direct->c);
    int count = 0;
    index[count++] = affine_variable(direct->context, direct->loops[0]);
    if (joins_groups_of_x(direct)) {
        const Problem *problem = direct->problem;
        if (direct->has_groups)
            c = affine_add(direct->context, affine_scale(direct->context, direct->group, problem->c / problem->g), c);
    } else {
        index[count++] = direct->group;
    }
    index[count++] = c;
    for (int i = 0; i < direct->problem->spatial; i++) index[count++] = direct->input[i];
    return expr_access(direct->context, x, index);
}

static const Expr *read_w(const Direct *direct, const Tensor *w) {
    const Affine *index[TENSOR_MAX_RANK];
    int count = 0;
    if (direct->has_groups) index[count++] = direct->group;
    index[count++] = direct->k;
    index[count++] = affine_variable(direct->context, direct->c);
    for (int i = 0; i < direct->problem->spatial; i++)
        index[count++] = affine_variable(direct->context, direct->filter[i]);
    return expr_access(direct->context, w, index);
}

/* A number for each filter: bias, scale, zero point. */
static const Expr *read_per_filter(Direct *direct, const char *name, ScalarType type) {
    Tensor *tensor = find_tensor(direct, name);
    if (tensor == NULL) {
        tensor = new_tensor(direct, name, type);
        if (direct->has_groups) add_axis(tensor, "g", direct->problem->g);
        add_axis(tensor, "k", direct->problem->k / direct->problem->g);
        tensor->layout = layout_identity(tensor->rank);
    }
    const Affine *index[] = {direct->group, direct->k};
    return expr_access(direct->context, tensor, direct->has_groups ? index : index + 1);
}

/* Integer convolutions have an integer bias. */
static const Expr *read_bias(Direct *direct) {
    ScalarType type = direct->problem->x_type;
    bool is_integer = type == TYPE_S8 || type == TYPE_U8 || type == TYPE_S32;
    return read_per_filter(direct, "b", is_integer ? TYPE_S32 : TYPE_F32);
}

static const Expr *read_residual(Direct *direct) {
    Tensor *residual = find_tensor(direct, PIPELINE_RESIDUAL);
    if (residual == NULL) residual = make_output(direct, PIPELINE_RESIDUAL);
    const Affine *index[TENSOR_MAX_RANK];
    for (int i = 0; i < residual->rank; i++) index[i] = affine_variable(direct->context, direct->loops[i]);
    return expr_access(direct->context, residual, index);
}

static const Expr *add(const Direct *direct, const Expr *left, const Expr *right) {
    return expr_binary(direct->context, EXPR_ADD, left, right);
}

/* A function of the value and up to two numbers. */
static const Expr *call(const Direct *direct, FunctionKind function, const Expr *value, double second, double third) {
    const Expr *arguments[] = {value, expr_number(direct->context, second), expr_number(direct->context, third)};
    return expr_call(direct->context, function, arguments);
}

/* value * scales[k] + zero_points[k]; storing in y rounds and saturates. */
static const Expr *requantize(Direct *direct, const Expr *value) {
    const Expr *scale = read_per_filter(direct, "scales", TYPE_F32);
    const Expr *zero_point = read_per_filter(direct, "zero_points", TYPE_S32);
    return add(direct, expr_binary(direct->context, EXPR_MULTIPLY, value, scale), zero_point);
}

static const Expr *apply(Direct *direct, const EpilogueOp *op, const Expr *value) {
    switch (op->kind) {
    case EPILOGUE_BIAS: return add(direct, value, read_bias(direct));
    case EPILOGUE_ADD: return add(direct, value, read_residual(direct));
    case EPILOGUE_RELU: return call(direct, FUNCTION_RELU, value, 0, 0);
    case EPILOGUE_RELU6: return call(direct, FUNCTION_CLAMP, value, 0, 6);
    case EPILOGUE_CLAMP: return call(direct, FUNCTION_CLAMP, value, op->parameters[0], op->parameters[1]);
    case EPILOGUE_LEAKY_RELU: return call(direct, FUNCTION_LEAKY_RELU, value, op->parameters[0], 0);
    case EPILOGUE_HARDSWISH: return call(direct, FUNCTION_HARDSWISH, value, 0, 0);
    case EPILOGUE_SIGMOID: return call(direct, FUNCTION_SIGMOID, value, 0, 0);
    case EPILOGUE_SILU: return call(direct, FUNCTION_SILU, value, 0, 0);
    case EPILOGUE_REQUANT: return requantize(direct, value);
    case EPILOGUE_COUNT: break;
    }
    return value;
}

static void apply_epilogue(Direct *direct, Stage *stage) {
    const Problem *problem = direct->problem;
    bool starts_from_bias = problem->epilogue_count > 0 && problem->epilogue[0].kind == EPILOGUE_BIAS;
    if (starts_from_bias) stage->init = read_bias(direct);
    stage->finish = expr_partial(direct->context);
    for (int i = starts_from_bias ? 1 : 0; i < problem->epilogue_count; i++)
        stage->finish = apply(direct, &problem->epilogue[i], stage->finish);
}

static const Stage *make_stage(Direct *direct, const Tensor *y) {
    Stage *stage = ARENA_NEW(direct->context, Stage);
    stage->output = y;
    const Var **loops = ARENA_ARRAY(direct->context, const Var *, MAX_LOOPS);
    int64_t *extents = ARENA_ARRAY(direct->context, int64_t, MAX_LOOPS);
    memcpy(loops, direct->loops, sizeof direct->loops);
    memcpy(extents, direct->extents, sizeof direct->extents);
    stage->loops = loops;
    stage->reduction_count = direct->var_count - y->rank;
    stage->reductions = loops + y->rank;
    stage->reduction_extents = extents + y->rank;
    const Expr *x = read_x(direct, find_tensor(direct, "x")), *w = read_w(direct, find_tensor(direct, "w"));
    stage->sum = expr_binary(direct->context, EXPR_MULTIPLY, x, w);
    Cond *where = ARENA_ARRAY(direct->context, Cond, PROBLEM_MAX_SPATIAL);
    memcpy(where, direct->where, sizeof direct->where);
    stage->where_count = direct->where_count;
    stage->where = where;
    apply_epilogue(direct, stage);
    return stage;
}

static const Pipeline *make_pipeline(Direct *direct, const Stage *stage) {
    Pipeline *pipeline = ARENA_NEW(direct->context, Pipeline);
    const Tensor **tensors = ARENA_ARRAY(direct->context, const Tensor *, MAX_TENSORS);
    const Stage **stages = ARENA_NEW(direct->context, const Stage *);
    for (int i = 0; i < direct->tensor_count; i++) tensors[i] = direct->tensors[i];
    stages[0] = stage;
    pipeline->tensor_count = direct->tensor_count;
    pipeline->tensors = tensors;
    pipeline->stage_count = 1;
    pipeline->stages = stages;
    pipeline->var_count = direct->var_count;
    return pipeline;
}

bool algorithm_direct_joins_groups(const Problem *problem) {
    bool is_blocked = problem->y_layout.order == LAYOUT_CHANNELS_BLOCKED;
    return problem->g > 1 && is_blocked && !blocks_fit_groups(problem->y_layout.block, problem->k / problem->g);
}

const Pipeline *algorithm_direct(Context *context, const Problem *problem) {
    Direct direct = {.context = context, .problem = problem, .has_groups = problem->g > 1};
    direct.has_group_loop = direct.has_groups && !algorithm_direct_joins_groups(problem);
    make_x(&direct);
    make_w(&direct);
    Tensor *y = make_output(&direct, "y");
    make_output_loops(&direct, y);
    make_reduction_loops(&direct);
    make_input_position(&direct, find_tensor(&direct, "x"));
    return make_pipeline(&direct, make_stage(&direct, y));
}
