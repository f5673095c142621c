/* SPDX-License-Identifier: Apache-2.0 */
/* The values of weights, bias and constant residuals in the order and scale that the kernel wants. What the file has in
 * that form is not copied. */
#include "compiler/frontend/onnx/task.h"

#include <assert.h>

/* Room for floats; NULL when too much has been copied already. */
static float *new_floats(OnnxGraph *graph, int64_t count) {
    return onnx_may_copy(graph, count) ? ARENA_ARRAY(graph->context, float, (size_t)count) : NULL;
}

static double w_scale(const OnnxTask *task, int64_t k) {
    return task->scale != NULL ? task->scale[k] : task->w_factor;
}

/* The filters of one group and channel: [k/g][c/g * taps], transposed [c/g][k/g][taps]. Both are rows of weights that
 * belong to one k each. */
static void scale_weights(const OnnxTask *task, const float *w, float *out) {
    const Problem *problem = &task->problem;
    int64_t taps = 1;
    for (int i = 0; i < problem->spatial; i++) taps *= problem->dimension[i].kernel;
    int64_t group_c = problem->c / problem->g, group_k = problem->k / problem->g;
    int64_t row = problem->transposed ? taps : group_c * taps;
    int64_t rows = problem->transposed ? problem->c * group_k : problem->k;
    for (int64_t i = 0; i < rows; i++) {
        int64_t k = problem->transposed ? i / (group_k * group_c) * group_k + i % group_k : i;
        double scale = w_scale(task, k);
        for (int64_t j = 0; j < row; j++) out[i * row + j] = (float)(scale * (double)w[i * row + j]);
    }
}

/* [c][k] to [k][c]. */
static void swap_weights(const OnnxTask *task, const float *w, float *out) {
    int64_t channels = task->problem.c, filters = task->problem.k;
    for (int64_t k = 0; k < filters; k++) {
        double scale = w_scale(task, k);
        for (int64_t c = 0; c < channels; c++) out[k * channels + c] = (float)(scale * (double)w[c * filters + k]);
    }
}

static const float *weight_values(OnnxGraph *graph, const OnnxTask *task, const OnnxTensor *w) {
    if (w == NULL || w->floats == NULL) return NULL;
    assert(w->elements == problem_w_elements(&task->problem));
    if (task->scale == NULL && task->w_factor == 1 && !task->w_swapped) return w->floats;
    float *out = new_floats(graph, w->elements);
    if (out == NULL) return NULL;
    if (task->w_swapped) {
        swap_weights(task, w->floats, out);
    } else {
        scale_weights(task, w->floats, out);
    }
    return out;
}

/* The bias: what was folded, or the operand of the node, for each channel. */
static const float *bias_values(OnnxGraph *graph, const OnnxTask *task, const OnnxTensor *bias) {
    int64_t k = task->problem.k;
    bool read = task->shift != NULL || (bias != NULL && bias->floats != NULL);
    if (!problem_has(&task->problem, EPILOGUE_BIAS) || !read) return NULL;
    if (task->shift == NULL && bias->elements == k && task->operand_factor == 1) return bias->floats;
    float *out = new_floats(graph, k);
    for (int64_t i = 0; out != NULL && i < k; i++) {
        out[i] = task->shift != NULL ? (float)task->shift[i]
                                     : (float)(task->operand_factor * (double)bias->floats[bias->elements > 1 ? i : 0]);
    }
    return out;
}

/* A constant residual has y's shape, or is an operand of Gemm: [m, k] or [m, 1]. */
static const float *residual_values(OnnxGraph *graph, const OnnxTask *task, const OnnxTensor *residual) {
    if (residual == NULL || residual->floats == NULL) return NULL;
    int64_t elements = problem_output_count(&task->problem);
    if (residual->elements == elements && task->operand_factor == 1) return residual->floats;
    float *out = new_floats(graph, elements);
    int64_t repeat = elements / residual->elements;
    for (int64_t i = 0; out != NULL && i < elements; i++)
        out[i] = (float)(task->operand_factor * (double)residual->floats[i / repeat]);
    return out;
}

static const OnnxTensor *constant(const OnnxGraph *graph, int value) {
    return value != ONNX_NONE ? graph->values[value].constant : NULL;
}

void onnx_task_values(OnnxGraph *graph, const OnnxTask *task, OnnxConvolution *out) {
    if (!graph->weights) return;
    out->w_values = weight_values(graph, task, constant(graph, task->w));
    out->bias_values = bias_values(graph, task, constant(graph, task->bias));
    out->residual_values = residual_values(graph, task, constant(graph, task->residual));
}
