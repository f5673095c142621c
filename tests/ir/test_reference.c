/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the reference: cases computed by hand, then random ones against the opposite formulation, in which each
 * input is scattered to the outputs that it reaches. Integer data, so that every sum is exact. */
#include "ir/reference.h"

#include <math.h>
#include <stddef.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A 1-D convolution of one channel, small enough to do in the head. */
typedef struct Case {
    Dimension dimension; /* without pad_end */
    bool transposed;
    float x[5], w[3];
    double y[5];
} Case;

START_TEST(test_by_hand) {
    static const Case cases[] = {
        {{.input = 5, .output = 5, .kernel = 1, .stride = 1, .dilation = 1},
         false,
         {1, 2, 3, 4, 5},
         {1},
         {1, 2, 3, 4, 5}},
        {{3, 3, 3, 1, 1, 1, 0}, false, {1, 2, 3}, {1, 10, 100}, {210, 321, 32}},
        {{3, 2, 3, 1, 1, 0, 0}, false, {1, 2, 3}, {1, 10, 100}, {321, 32}}, /* padding at the end alone */
        {{3, 1, 3, 1, 1, 2, 0}, false, {1, 2, 3}, {1, 10, 100}, {100}},     /* at the beginning alone */
        {{5, 2, 2, 2, 1, 0, 0}, false, {1, 2, 3, 4, 5}, {1, 10}, {21, 43}}, /* the last input is not read */
        {{5, 3, 2, 1, 2, 0, 0}, false, {1, 2, 3, 4, 5}, {1, 10}, {31, 42, 53}},
        {{2, 2, 1, 2, 1, 2, 0}, false, {7, 8}, {1}, {0, 7}}, /* an output with no input at all */
        {{2, 5, 3, 2, 1, 0, 0}, true, {1, 2}, {1, 10, 100}, {1, 10, 102, 20, 200}},
        {{2, 3, 3, 2, 1, 1, 0}, true, {1, 2}, {1, 10, 100}, {10, 102, 20}},
        {{2, 4, 3, 2, 1, 1, 0}, true, {1, 2}, {1, 10, 100}, {10, 102, 20, 200}}, /* output padding 1 */
        {{2, 4, 2, 1, 2, 0, 0}, true, {1, 2}, {1, 10}, {1, 2, 10, 20}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        Problem problem = problem_default(1);
        problem.dimension[0] = cases[i].dimension;
        problem.transposed = cases[i].transposed;
        problem_derive_padding(&problem);
        double values[5], magnitudes[5];
        reference_convolve(&problem, cases[i].x, cases[i].w, NULL, NULL, false, NULL, problem.dimension[0].output,
                           values, magnitudes);
        for (int64_t q = 0; q < problem.dimension[0].output; q++)
            ck_assert_msg(values[q] == cases[i].y[q], "case %zu: y[%d] = %g, not %g", i, (int)q, values[q],
                          cases[i].y[q]);
    }
}
END_TEST

START_TEST(test_groups_by_hand) {
    static const float x[] = {1, 2, 3, 4};                 /* c = 4, one pixel */
    static const float w[] = {1, 10, 2, 20, 3, 30, 4, 40}; /* [k 4][c 2] */
    Problem problem = problem_default(2);
    problem.g = 2;
    problem.c = problem.k = 4;
    double y[4], magnitudes[4];
    reference_convolve(&problem, x, w, NULL, NULL, false, NULL, 4, y, magnitudes);
    ck_assert(y[0] == 21 && y[1] == 42 && y[2] == 129 && y[3] == 172);
    problem.transposed = true; /* [c 4][k of the group 2] */
    reference_convolve(&problem, x, w, NULL, NULL, false, NULL, 4, y, magnitudes);
    ck_assert(y[0] == 1 + 2 * 2 && y[1] == 10 + 2 * 20 && y[2] == 3 * 3 + 4 * 4 && y[3] == 3 * 30 + 4 * 40);
}
END_TEST

static void add_operation(Problem *problem, EpilogueKind kind, double first, double second) {
    problem->epilogue[problem->epilogue_count++] = (EpilogueOp){kind, {first, second}};
}

/* One output, 1 * -4 in the sum. */
static double run_epilogue(const Problem *problem, bool identity, double *magnitude) {
    static const float x = 1, w = -4, bias = 2, residual = -5;
    double value;
    reference_convolve(problem, &x, &w, &bias, &residual, identity, NULL, 1, &value, magnitude);
    return value;
}

START_TEST(test_epilogue_follows_its_order) {
    double magnitude;
    Problem problem = problem_default(2);
    add_operation(&problem, EPILOGUE_BIAS, 0, 0);
    add_operation(&problem, EPILOGUE_RELU, 0, 0);
    add_operation(&problem, EPILOGUE_ADD, 0, 0);
    ck_assert(run_epilogue(&problem, false, &magnitude) == -5);
    ck_assert(magnitude == 4 + 2 + 5);
    add_operation(&problem, EPILOGUE_CLAMP, -1, 1);
    ck_assert(run_epilogue(&problem, true, &magnitude) == -1);
}
END_TEST

START_TEST(test_activations) {
    static const struct {
        EpilogueOp op;
        double value;
    } cases[] = {
        {{EPILOGUE_RELU, {0}}, 0},
        {{EPILOGUE_RELU6, {0}}, 0},
        {{EPILOGUE_CLAMP, {-3, 6}}, -3},
        {{EPILOGUE_LEAKY_RELU, {0.5}}, -2},
        {{EPILOGUE_HARDSWISH, {0}}, 0},
        {{EPILOGUE_SIGMOID, {0}}, 0.01798620996209156},
        {{EPILOGUE_SILU, {0}}, -0.07194483984836623},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        double magnitude;
        Problem problem = problem_default(2);
        problem.epilogue[problem.epilogue_count++] = cases[i].op;
        double value = run_epilogue(&problem, false, &magnitude);
        ck_assert_msg(fabs(value - cases[i].value) < 1e-15, "%s: %.17g", epilogue_name(cases[i].op.kind), value);
        if (!epilogue_is_exact(cases[i].op.kind)) ck_assert(run_epilogue(&problem, true, &magnitude) == -4);
    }
}
END_TEST

START_TEST(test_index_is_taken_apart) {
    Problem problem = problem_default(3);
    problem.n = 2;
    problem.k = 3;
    for (int i = 0; i < 3; i++) problem.dimension[i].output = 4 + i;
    int64_t n, k, position[3];
    reference_unpack_index(&problem, (((1 * 3 + 2) * 4 + 3) * 5 + 1) * 6 + 5, &n, &k, position);
    ck_assert(n == 1 && k == 2 && position[0] == 3 && position[1] == 1 && position[2] == 5);
}
END_TEST

static int64_t draw(uint64_t *state, int64_t lo, int64_t hi) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return lo + (int64_t)((*state >> 33) % (uint64_t)(hi - lo + 1));
}

static ActivationLayout draw_layout(uint64_t *state) {
    ActivationLayout layout = {.order = (LayoutOrder)draw(state, 0, 2)};
    if (layout.order == LAYOUT_CHANNELS_BLOCKED) layout.block = draw(state, 2, 4);
    return layout;
}

static Problem draw_problem(uint64_t *state) {
    Problem problem = problem_default((int)draw(state, 1, 3));
    problem.transposed = draw(state, 0, 1) == 1;
    problem.n = draw(state, 1, 2);
    problem.g = draw(state, 1, 3);
    problem.c = problem.g * draw(state, 1, 3);
    problem.k = problem.g * draw(state, 1, 3);
    for (int i = 0; i < problem.spatial; i++)
        problem.dimension[i] = (Dimension){.input = draw(state, 1, 5),
                                           .output = draw(state, 1, 5),
                                           .kernel = draw(state, 1, 3),
                                           .stride = draw(state, 1, 3),
                                           .dilation = draw(state, 1, 2),
                                           .pad_begin = draw(state, 0, 2)};
    problem_derive_padding(&problem);
    problem.x_layout = draw_layout(state);
    problem.y_layout = draw_layout(state);
    return problem;
}

/* The output that an input reaches by a tap, in one dimension. */
static bool reaches(const Problem *problem, int i, int64_t input, int64_t tap, int64_t *output) {
    const Dimension *d = &problem->dimension[i];
    int64_t shifted = problem->transposed ? input * d->stride + tap * d->dilation - d->pad_begin
                                          : input + d->pad_begin - tap * d->dilation;
    *output = problem->transposed ? shifted : shifted / d->stride;
    bool whole = problem->transposed || shifted % d->stride == 0;
    return whole && shifted >= 0 && *output < d->output;
}

/* Splits `index` over extents that `which` picks; the rest is returned. */
static int64_t unpack(const Problem *problem, int64_t index, bool taps, int64_t *position) {
    for (int i = problem->spatial - 1; i >= 0; i--) {
        int64_t extent = taps ? problem->dimension[i].kernel : problem->dimension[i].input;
        position[i] = index % extent;
        index /= extent;
    }
    return index;
}

/* Adds what one input contributes through one weight of the logical tensors x [n c ...] and w [k c ...]. */
static void scatter(const Problem *problem, int64_t x_index, int64_t tap_index, int64_t k, const float *x,
                    const float *w, double *y) {
    int64_t input[PROBLEM_MAX_SPATIAL], tap[PROBLEM_MAX_SPATIAL], output[PROBLEM_MAX_SPATIAL];
    int64_t plane = unpack(problem, x_index, false, input);
    int64_t n = plane / problem->c, c = plane % problem->c;
    int64_t group_c = problem->c / problem->g, group_k = problem->k / problem->g;
    if (c / group_c != k / group_k) return;
    unpack(problem, tap_index, true, tap);
    int64_t index = n * problem->k + k, taps = 1;
    for (int i = 0; i < problem->spatial; i++) {
        if (!reaches(problem, i, input[i], tap[i], &output[i])) return;
        index = index * problem->dimension[i].output + output[i];
        taps *= problem->dimension[i].kernel;
    }
    int64_t w_plane = problem->transposed ? c * group_k + k % group_k : k * group_c + c % group_c;
    y[index] += (double)x[problem_x_offset(problem, n, c, input)] * (double)w[w_plane * taps + tap_index];
}

static void scatter_all(const Problem *problem, const float *x, const float *w, double *y) {
    int64_t inputs = problem->n * problem->c, taps = 1;
    for (int i = 0; i < problem->spatial; i++) {
        inputs *= problem->dimension[i].input;
        taps *= problem->dimension[i].kernel;
    }
    for (int64_t input = 0; input < inputs; input++)
        for (int64_t tap = 0; tap < taps; tap++)
            for (int64_t k = 0; k < problem->k; k++) scatter(problem, input, tap, k, x, w, y);
}

static float *draw_data(Context *context, uint64_t *state, int64_t count) {
    float *data = ARENA_ARRAY(context, float, (size_t)count);
    for (int64_t i = 0; i < count; i++) data[i] = (float)draw(state, -9, 9);
    return data;
}

static Status compare_random(Context *context, void *data) {
    uint64_t *state = data;
    Problem problem = draw_problem(state);
    TRY(problem_check(context, &problem));
    const float *x = draw_data(context, state, problem_x_elements(&problem));
    const float *w = draw_data(context, state, problem_w_elements(&problem));
    int64_t count = problem_output_count(&problem);
    double *expected = ARENA_ARRAY(context, double, (size_t)count);
    double *values = ARENA_ARRAY(context, double, (size_t)count);
    double *magnitudes = ARENA_ARRAY(context, double, (size_t)count);
    scatter_all(&problem, x, w, expected);
    reference_convolve(&problem, x, w, NULL, NULL, false, NULL, count, values, magnitudes);
    for (int64_t i = 0; i < count; i++) {
        ck_assert(values[i] == expected[i]);
        ck_assert(magnitudes[i] >= fabs(values[i]));
    }
    int64_t last = count - 1;
    double value, magnitude;
    reference_convolve(&problem, x, w, NULL, NULL, false, &last, 1, &value, &magnitude);
    ck_assert(value == expected[last] && magnitude == magnitudes[last]);
    return STATUS_OK;
}

START_TEST(test_random_problems_against_scattering) {
    uint64_t state = 7;
    for (int i = 0; i < 300; i++) run_in_context(compare_random, &state);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("reference");
    tcase_add_test(tests, test_by_hand);
    tcase_add_test(tests, test_groups_by_hand);
    tcase_add_test(tests, test_epilogue_follows_its_order);
    tcase_add_test(tests, test_activations);
    tcase_add_test(tests, test_index_is_taken_apart);
    tcase_add_test(tests, test_random_problems_against_scattering);
    return run_tests(tests);
}
