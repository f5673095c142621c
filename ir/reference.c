/* SPDX-License-Identifier: Apache-2.0 */
/* The naive convolution. For one output: every tap that meets an input, and below it the channels of the group. It is
 * always a gather: a transposed convolution asks which inputs reach this output. */
#include "ir/reference.h"

#include <math.h>
#include <stddef.h>

typedef struct Operands {
    const Problem *problem;
    const float *x, *weights, *bias, *residual;
    bool identity;
} Operands;

/* One output: where it is, and what has been summed. */
typedef struct Output {
    int64_t n, k;
    int64_t position[PROBLEM_MAX_SPATIAL];
    double value, magnitude;
} Output;

void reference_unpack_index(const Problem *problem, int64_t index, int64_t *n, int64_t *k, int64_t *position) {
    for (int i = problem->spatial - 1; i >= 0; i--) {
        position[i] = index % problem->dimension[i].output;
        index /= problem->dimension[i].output;
    }
    *k = index % problem->k;
    *n = index / problem->k;
}

/* The input that `tap` joins to the output at `position` of one dimension; false when there is none. */
static bool find_input(const Dimension *dimension, bool transposed, int64_t position, int64_t tap, int64_t *input) {
    if (transposed) {
        int64_t shifted = position + dimension->pad_begin - tap * dimension->dilation;
        if (shifted % dimension->stride != 0) return false;
        *input = shifted / dimension->stride;
    } else {
        *input = position * dimension->stride - dimension->pad_begin + tap * dimension->dilation;
    }
    return *input >= 0 && *input < dimension->input;
}

/* Adds `count` products of elements that lie x_step and w_step apart. */
static void add_products(Output *output, int64_t count, const float *x, int64_t x_step, const float *w,
                         int64_t w_step) {
    double value = 0, magnitude = 0;
    for (int64_t i = 0; i < count; i++) {
        double product = (double)x[i * x_step] * (double)w[i * w_step];
        value += product;
        magnitude += fabs(product);
    }
    output->value += value;
    output->magnitude += magnitude;
}

/* Where the weights of one output lie: the first, and the step from an input channel to the next. */
static int64_t first_weight(const Problem *problem, int64_t k, int64_t taps, int64_t *c_step) {
    int64_t group_c = problem->c / problem->g, group_k = problem->k / problem->g;
    *c_step = problem->transposed ? group_k * taps : taps;
    return problem->transposed ? (k / group_k * group_c * group_k + k % group_k) * taps : k * group_c * taps;
}

/* Adds the products of tap number `tap` of `taps` with all channels of the output's group, as many at a time as lie
 * evenly spaced in x: all of them, or those of one block. */
static void add_tap(const Operands *operands, Output *output, const int64_t *input, int64_t tap, int64_t taps) {
    static const int64_t origin[PROBLEM_MAX_SPATIAL] = {0};
    const Problem *problem = operands->problem;
    int64_t group_c = problem->c / problem->g;
    int64_t first_c = output->k / (problem->k / problem->g) * group_c;
    int64_t x_step = problem_x_offset(problem, 0, 1, origin);
    int64_t w_step = 0;
    const float *w = operands->weights + first_weight(problem, output->k, taps, &w_step) + tap;
    int64_t block = problem->x_layout.order == LAYOUT_CHANNELS_BLOCKED ? problem->x_layout.block : problem->c;
    for (int64_t c = 0, run = 0; c < group_c; c += run) {
        run = block - (first_c + c) % block;
        if (run > group_c - c) run = group_c - c;
        const float *x = operands->x + problem_x_offset(problem, output->n, first_c + c, input);
        add_products(output, run, x, x_step, w + c * w_step, w_step);
    }
}

/* Where the walk over the taps of one output stands: the input that the dimensions so far lead to, and the tap's
 * number in them. */
typedef struct Tap {
    int dimension;
    int64_t number, count;
    int64_t input[PROBLEM_MAX_SPATIAL];
} Tap;

/* A tap that meets nothing along one dimension is done with, whatever the others: of a transposed filter of 64 x 64
 * taps with stride 32, 4 are left. */
static void add_taps(const Operands *operands, Output *output, const Tap *outer) {
    const Problem *problem = operands->problem;
    int i = outer->dimension;
    if (i == problem->spatial) {
        add_tap(operands, output, outer->input, outer->number, outer->count);
        return;
    }
    const Dimension *dimension = &problem->dimension[i];
    Tap tap = *outer;
    tap.dimension = i + 1;
    tap.count *= dimension->kernel;
    for (int64_t t = 0; t < dimension->kernel; t++) {
        tap.number = outer->number * dimension->kernel + t;
        if (find_input(dimension, problem->transposed, output->position[i], t, &tap.input[i]))
            add_taps(operands, output, &tap);
    }
}

/* NaN becomes lo, as functions.def says. */
static double clamp(double value, double lo, double hi) {
    double raised = value > lo ? value : lo;
    return raised < hi ? raised : hi;
}

static double activate(const EpilogueOp *op, double value) {
    switch (op->kind) {
    case EPILOGUE_RELU: return value > 0 ? value : 0;
    case EPILOGUE_RELU6: return clamp(value, 0, 6);
    case EPILOGUE_CLAMP: return clamp(value, op->parameters[0], op->parameters[1]);
    case EPILOGUE_LEAKY_RELU: return value > 0 ? value : op->parameters[0] * value;
    case EPILOGUE_HARDSWISH: return value * clamp(value + 3, 0, 6) / 6;
    case EPILOGUE_SIGMOID: return 1 / (1 + exp(-value));
    case EPILOGUE_SILU: return value == -INFINITY ? 0 : value / (1 + exp(-value));
    case EPILOGUE_BIAS:
    case EPILOGUE_ADD:
    case EPILOGUE_REQUANT:
    case EPILOGUE_COUNT: break;
    }
    return value;
}

/* The largest slope of an activation, rounded up. */
static double steepness(const EpilogueOp *op) {
    switch (op->kind) {
    case EPILOGUE_LEAKY_RELU: return fmax(1, fabs(op->parameters[0]));
    case EPILOGUE_HARDSWISH: return 1.5;
    case EPILOGUE_SIGMOID: return 0.25;
    case EPILOGUE_SILU: return 1.1;
    default: return 1;
    }
}

static void apply_activation(const EpilogueOp *op, Output *output) {
    output->value = activate(op, output->value);
    if (epilogue_is_exact(op->kind)) return;
    output->magnitude = output->magnitude * steepness(op) + fabs(output->value);
}

static void add_operand(Output *output, double operand) {
    output->value += operand;
    output->magnitude += fabs(operand);
}

static void apply_epilogue(const Operands *operands, Output *output) {
    const Problem *problem = operands->problem;
    for (int i = 0; i < problem->epilogue_count; i++) {
        const EpilogueOp *op = &problem->epilogue[i];
        if (op->kind == EPILOGUE_BIAS) {
            add_operand(output, (double)operands->bias[output->k]);
        } else if (op->kind == EPILOGUE_ADD) {
            int64_t offset = problem_y_offset(problem, output->n, output->k, output->position);
            add_operand(output, (double)operands->residual[offset]);
        } else if (!operands->identity || epilogue_is_exact(op->kind)) {
            apply_activation(op, output);
        }
    }
}

void reference_convolve(const Problem *problem, const float *x, const float *weights, const float *bias,
                        const float *residual, bool identity, const int64_t *indices, int64_t count, double *values,
                        double *magnitudes) {
    const Operands operands = {problem, x, weights, bias, residual, identity};
    const Tap first = {.count = 1};
    for (int64_t i = 0; i < count; i++) {
        Output output = {.value = 0};
        int64_t index = indices != NULL ? indices[i] : i;
        reference_unpack_index(problem, index, &output.n, &output.k, output.position);
        add_taps(&operands, &output, &first);
        apply_epilogue(&operands, &output);
        values[i] = output.value;
        magnitudes[i] = output.magnitude;
    }
}
