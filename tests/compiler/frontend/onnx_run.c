/* SPDX-License-Identifier: Apache-2.0 */
/* Running a model by reference_convolve. */
#include "tests/compiler/frontend/onnx_run.h"

#include <check.h>
#include <string.h>

#include "ir/reference.h"

void onnx_run_set(OnnxRun *run, const char *name, const float *values, int64_t elements) {
    ck_assert_uint_lt(run->count, ONNX_RUN_VALUES);
    run->values[run->count++] = (OnnxRunValue){.name = name, .values = values, .elements = elements};
}

const OnnxRunValue *onnx_run_find(const OnnxRun *run, const char *name) {
    for (size_t i = 0; i < run->count; i++) {
        if (strcmp(run->values[i].name, name) == 0) return &run->values[i];
    }
    return NULL;
}

static const float *operand(const OnnxRun *run, const char *name, int64_t elements) {
    const OnnxRunValue *value = onnx_run_find(run, name);
    ck_assert_msg(value != NULL, "'%s' is not there when it is read", name);
    ck_assert_int_eq(value->elements, elements);
    return value->values;
}

/* The reference gives its results in logical order; the model's are in the layout of y. */
static void store(OnnxRun *run, const OnnxConvolution *convolution, const Problem *problem, const double *values,
                  const double *magnitudes) {
    int64_t count = problem_output_count(problem);
    float *y = ARENA_ARRAY(run->context, float, (size_t)count);
    double *y_magnitudes = ARENA_ARRAY(run->context, double, (size_t)count);
    for (int64_t i = 0; i < count; i++) {
        int64_t n, k, position[PROBLEM_MAX_SPATIAL];
        reference_unpack_index(problem, i, &n, &k, position);
        int64_t offset = problem_y_offset(problem, n, k, position);
        y[offset] = (float)values[i];
        y_magnitudes[offset] = magnitudes[i];
    }
    onnx_run_set(run, convolution->y, y, count);
    run->values[run->count - 1].magnitudes = y_magnitudes;
}

static void run_convolution(OnnxRun *run, const OnnxConvolution *convolution, const Problem *problem) {
    ck_assert_msg(convolution->w_values != NULL, "'%s' has no weights", convolution->name);
    ck_assert(problem_has(problem, EPILOGUE_BIAS) == (convolution->bias_values != NULL));
    ck_assert(problem_has(problem, EPILOGUE_ADD) == (convolution->residual != NULL));
    int64_t count = problem_output_count(problem);
    const float *x = operand(run, convolution->x, problem_x_elements(problem));
    const float *residual = convolution->residual_values;
    if (residual == NULL && convolution->residual != NULL) residual = operand(run, convolution->residual, count);
    double *values = ARENA_ARRAY(run->context, double, (size_t)count);
    double *magnitudes = ARENA_ARRAY(run->context, double, (size_t)count);
    reference_convolve(problem, x, convolution->w_values, convolution->bias_values, residual, false, NULL, count,
                       values, magnitudes);
    store(run, convolution, problem, values, magnitudes);
}

void onnx_run(OnnxRun *run, const OnnxModel *model) {
    for (size_t i = 0; i < model->convolution_count; i++) {
        const OnnxConvolution *convolution = &model->convolutions[i];
        run_convolution(run, convolution, &model->layers.items[convolution->layer].problem);
    }
}
