/* SPDX-License-Identifier: Apache-2.0 */
/* Random small problems. */
#include "tests/support/random_problem.h"

static const double max_flops = 60000; /* interpreted in milliseconds */

/* Kinds of convolution, and how often of twenty each is drawn. Sizes are those of one dimension. */
typedef struct Kind {
    int share, spatial;
    bool transposed;
    int64_t largest_input, largest_kernel;
} Kind;

static const Kind kinds[] = {{12, 2, false, 8, 3}, {2, 1, false, 20, 5}, {2, 3, false, 4, 2},
                             {2, 2, true, 5, 3},   {1, 1, true, 9, 4},   {1, 3, true, 3, 2}};

static const Kind *draw_kind(Random *random) {
    int64_t rest = random_integer(random, 0, 19);
    const Kind *kind = kinds;
    for (; rest >= kind->share; kind++) rest -= kind->share;
    return kind;
}

/* Of one group; vectors of 4 and 8 are filled now and then. */
static int64_t draw_channels(Random *random, int64_t most) {
    if (random_once_in(random, 5)) return random_once_in(random, 2) ? 8 : 16;
    return random_integer(random, 1, most);
}

static void draw_groups(Random *random, Problem *problem) {
    int64_t inputs = draw_channels(random, 4), outputs = draw_channels(random, 6);
    problem->g = 1;
    switch (random_integer(random, 0, 5)) {
    case 0: /* depthwise */
        problem->g = draw_channels(random, 6);
        inputs = outputs = 1;
        break;
    case 1: /* depthwise with a multiplier */
        problem->g = random_integer(random, 2, 4);
        inputs = 1;
        outputs = random_integer(random, 2, 3);
        break;
    case 2: problem->g = random_integer(random, 2, 4); break;
    default: break;
    }
    problem->c = problem->g * inputs;
    problem->k = problem->g * outputs;
}

static void draw_dimension(Random *random, const Kind *kind, Dimension *d) {
    d->kernel = random_integer(random, 1, kind->largest_kernel);
    d->stride = random_once_in(random, 3) ? random_integer(random, 2, 3) : 1;
    d->dilation = random_once_in(random, 4) ? 2 : 1;
    d->pad_begin = random_integer(random, 0, 2);
    d->input = random_integer(random, 1, kind->largest_input);
    d->output = problem_output_extent(d, kind->transposed, d->pad_begin, random_integer(random, 0, 2));
    if (d->output < 1) d->output = 1;
}

static ActivationLayout draw_layout(Random *random) {
    switch (random_integer(random, 0, 4)) {
    case 0: return (ActivationLayout){LAYOUT_CHANNELS_FIRST, 0};
    case 1: return (ActivationLayout){LAYOUT_CHANNELS_BLOCKED, random_integer(random, 2, 5)};
    default: return (ActivationLayout){LAYOUT_CHANNELS_LAST, 0};
    }
}

static void add_operation(Problem *problem, EpilogueOp operation) {
    problem->epilogue[problem->epilogue_count++] = operation;
}

/* Bias, residual, activation; the residual now and then last. */
static void draw_epilogue(Random *random, Problem *problem) {
    static const EpilogueOp activations[] = {{EPILOGUE_RELU, {0}},      {EPILOGUE_RELU, {0}},
                                             {EPILOGUE_CLAMP, {-2, 9}}, {EPILOGUE_LEAKY_RELU, {0.25}},
                                             {EPILOGUE_HARDSWISH, {0}}, {EPILOGUE_SILU, {0}}};
    enum { COUNT = sizeof activations / sizeof activations[0] };
    bool has_residual = random_once_in(random, 3), residual_last = random_once_in(random, 4);
    if (!random_once_in(random, 3)) add_operation(problem, (EpilogueOp){.kind = EPILOGUE_BIAS});
    if (has_residual && !residual_last) add_operation(problem, (EpilogueOp){.kind = EPILOGUE_ADD});
    if (!random_once_in(random, 3)) add_operation(problem, activations[random_integer(random, 0, COUNT - 1)]);
    if (has_residual && residual_last) add_operation(problem, (EpilogueOp){.kind = EPILOGUE_ADD});
}

static Problem draw(Random *random) {
    const Kind *kind = draw_kind(random);
    Problem problem = problem_default(kind->spatial);
    problem.transposed = kind->transposed;
    problem.n = random_integer(random, 1, 2);
    draw_groups(random, &problem);
    for (int i = 0; i < kind->spatial; i++) draw_dimension(random, kind, &problem.dimension[i]);
    problem.x_layout = problem.y_layout = draw_layout(random);
    if (random_once_in(random, 3)) problem.y_layout = draw_layout(random);
    draw_epilogue(random, &problem);
    problem_derive_padding(&problem);
    return problem;
}

Problem random_problem(Random *random) {
    Problem problem = draw(random);
    while (problem_flops(&problem) > max_flops) problem = draw(random);
    return problem;
}
