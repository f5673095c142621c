/* SPDX-License-Identifier: Apache-2.0 */
/* Draws small legal problems, every kind of convolution often enough that a few dozen meet them all. */
#include "tuner/check.h"

enum { MAX_ATTEMPTS = 1000 };
static const double max_flops = 2e7; /* keeps one check in the range of milliseconds */

/* Kinds of convolution, and how often of each hundred each is drawn. Sizes are those of one dimension. */
typedef struct Kind {
    int percent;
    int spatial;
    bool transposed;
    int64_t largest_input, largest_kernel;
} Kind;

static const Kind kinds[] = {
    {50, 2, false, 33, 7}, {10, 1, false, 80, 12}, {10, 3, false, 9, 4},
    {20, 2, true, 17, 5},  {5, 1, true, 40, 9},    {5, 3, true, 6, 4},
};

static const Kind *draw_kind(Random *random) {
    int64_t rest = random_integer(random, 0, 99);
    const Kind *kind = kinds;
    for (; rest >= kind->percent; kind++) rest -= kind->percent;
    return kind;
}

/* Channels of one group: often multiples of a vector, often one off, sometimes tiny. */
static int64_t draw_channels(Random *random) {
    static const int64_t favourites[] = {1, 2, 3, 8, 15, 16, 17, 24, 31, 32, 33, 48, 64};
    enum { COUNT = sizeof favourites / sizeof favourites[0] };
    if (random_once_in(random, 2)) return favourites[random_integer(random, 0, COUNT - 1)];
    return random_integer(random, 1, 40);
}

static void draw_groups(Random *random, Problem *problem) {
    int64_t inputs = draw_channels(random), outputs = draw_channels(random);
    switch (random_integer(random, 0, 5)) {
    case 0: /* depthwise */
        problem->g = draw_channels(random);
        inputs = outputs = 1;
        break;
    case 1: /* depthwise with a multiplier */
        problem->g = random_integer(random, 1, 20);
        inputs = 1;
        outputs = random_integer(random, 2, 5);
        break;
    case 2: /* grouped */ problem->g = random_integer(random, 2, 6); break;
    default: /* dense */ problem->g = 1;
    }
    problem->c = problem->g * inputs;
    problem->k = problem->g * outputs;
}

/* Draws the output size too, in 1 .. the largest that the drawn padding gives: what is left over becomes negative
 * padding at the end, which is the output padding of a transposed convolution. */
static void draw_dimension(Random *random, const Kind *kind, Dimension *dimension) {
    dimension->kernel = random_once_in(random, 3) ? 1 : random_integer(random, 1, kind->largest_kernel);
    dimension->stride = random_once_in(random, 2) ? 1 : random_integer(random, 1, 4);
    dimension->dilation = random_once_in(random, 3) ? random_integer(random, 1, 3) : 1;
    dimension->input = random_once_in(random, 6) ? 1 : random_integer(random, 1, kind->largest_input);
    int64_t reach = (dimension->kernel - 1) * dimension->dilation;
    dimension->pad_begin = random_once_in(random, 3) ? random_integer(random, 0, reach) : reach / 2;
    int64_t pad_end = random_once_in(random, 3) ? random_integer(random, 0, reach) : reach / 2;
    dimension->output = problem_output_extent(dimension, kind->transposed, dimension->pad_begin, pad_end);
    if (kind->transposed && random_once_in(random, 3))
        dimension->output += random_integer(random, 0, dimension->stride);
    if (dimension->output > 1 && random_once_in(random, 5))
        dimension->output = random_integer(random, 1, dimension->output);
}

static void add_operation(Problem *problem, EpilogueKind kind) {
    problem->epilogue[problem->epilogue_count++] = (EpilogueOp){.kind = kind};
}

/* Activations, drawn evenly; EPILOGUE_COUNT is none. */
static const EpilogueOp activations[] = {
    {EPILOGUE_COUNT, {0}},       {EPILOGUE_COUNT, {0}}, {EPILOGUE_RELU, {0}},         {EPILOGUE_RELU, {0}},
    {EPILOGUE_CLAMP, {-0.5, 6}}, {EPILOGUE_RELU6, {0}}, {EPILOGUE_LEAKY_RELU, {0.1}}, {EPILOGUE_HARDSWISH, {0}},
    {EPILOGUE_SIGMOID, {0}},     {EPILOGUE_SILU, {0}},
};

static void draw_activation(Random *random, Problem *problem) {
    enum { COUNT = sizeof activations / sizeof activations[0] };
    const EpilogueOp *drawn = &activations[random_integer(random, 0, COUNT - 1)];
    if (drawn->kind != EPILOGUE_COUNT) problem->epilogue[problem->epilogue_count++] = *drawn;
}

/* Bias and residual in either order, before or behind the activation. */
static void draw_epilogue(Random *random, Problem *problem) {
    bool has_bias = !random_once_in(random, 3), has_residual = random_once_in(random, 3);
    bool bias_first = !random_once_in(random, 4), residual_last = random_once_in(random, 4);
    problem->epilogue_count = 0;
    if (has_bias && bias_first) add_operation(problem, EPILOGUE_BIAS);
    if (has_residual && !residual_last) add_operation(problem, EPILOGUE_ADD);
    if (has_bias && !bias_first) add_operation(problem, EPILOGUE_BIAS);
    draw_activation(random, problem);
    if (has_residual && residual_last) add_operation(problem, EPILOGUE_ADD);
}

/* Layouts of x and y, drawn evenly: what stands twice is drawn twice as often. Block 0 is any. */
static const ActivationLayout layouts[] = {
    {LAYOUT_CHANNELS_LAST, 0},     {LAYOUT_CHANNELS_LAST, 0},    {LAYOUT_CHANNELS_LAST, 0},
    {LAYOUT_CHANNELS_FIRST, 0},    {LAYOUT_CHANNELS_FIRST, 0},   {LAYOUT_CHANNELS_BLOCKED, 16},
    {LAYOUT_CHANNELS_BLOCKED, 16}, {LAYOUT_CHANNELS_BLOCKED, 8}, {LAYOUT_CHANNELS_BLOCKED, 0}};

static ActivationLayout draw_layout(Random *random) {
    enum { COUNT = sizeof layouts / sizeof layouts[0] };
    ActivationLayout layout = layouts[random_integer(random, 0, COUNT - 1)];
    bool is_odd = layout.order == LAYOUT_CHANNELS_BLOCKED && layout.block == 0;
    if (is_odd) layout.block = random_integer(random, 2, 40);
    return layout;
}

/* Mostly the same for x and y. */
static void draw_layouts(Random *random, Problem *problem) {
    problem->x_layout = problem->y_layout = draw_layout(random);
    if (random_once_in(random, 3)) problem->y_layout = draw_layout(random);
}

static bool acceptable(const Problem *problem) {
    for (int i = 0; i < problem->spatial; i++) {
        if (problem->dimension[i].output < 1) return false;
    }
    return problem_flops(problem) <= max_flops;
}

void check_draw_problem(Random *random, Problem *out) {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const Kind *kind = draw_kind(random);
        *out = problem_default(kind->spatial);
        out->transposed = kind->transposed;
        out->n = random_once_in(random, 4) ? random_integer(random, 1, 3) : 1;
        draw_groups(random, out);
        for (int i = 0; i < out->spatial; i++) draw_dimension(random, kind, &out->dimension[i]);
        problem_derive_padding(out);
        draw_layouts(random, out);
        draw_epilogue(random, out);
        if (acceptable(out)) return;
    }
    *out = problem_default(2);
}
