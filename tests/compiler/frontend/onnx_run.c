/* SPDX-License-Identifier: Apache-2.0 */
/* Running a model by reference_convolve, or by kernels. */
#include "tests/compiler/frontend/onnx_run.h"

#include <check.h>
#include <string.h>

#include "compiler/llvm/emit.h"
#include "ir/reference.h"
#include "tuner/kernel.h"
#include "tuner/resolve.h"

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

/* A convolution with its operands, as a kernel takes them. */
typedef struct Call {
    const OnnxConvolution *convolution;
    const Problem *problem;
    const float *x, *residual;
} Call;

/* Whole cache lines, aligned to them. */
static void *aligned_memory(Context *context, int64_t bytes) {
    char *memory = arena_alloc(context, (size_t)bytes + 64);
    return memory + (64 - (uintptr_t)memory % 64);
}

static Status run_kernel(OnnxRun *run, const Call *call, float *y) {
    const PlanRequest request = {.name = "kernel", .problem = call->problem, .target = run->target};
    const OnnxConvolution *convolution = call->convolution;
    const Plan *plan;
    const char *bytes;
    size_t length;
    const void *packed;
    Kernel kernel;
    TRY(resolve_plan(run->context, &request, NULL, &plan));
    TRY(emit_kernel(run->context, plan, EMIT_OBJECT, &bytes, &length));
    TRY(emit_packed(run->context, plan, &convolution->w_values, 1, &packed));
    TRY(kernel_load(run->context, "kernel", call->problem, bytes, length, &kernel));
    void *workspace = aligned_memory(run->context, (int64_t)kernel.info()->workspace_bytes);
    int status = kernel_call(&kernel, call->x, packed, convolution->bias_values, call->residual, y, workspace);
    ck_assert_msg(status == SEPTET_OK, "'%s': %s", convolution->name, kernel_status_text(status));
    kernel_unload(&kernel);
    return STATUS_OK;
}

/* Adds y to the values. The reference gives its results, and the magnitudes of the sums, in logical order; the model's
 * are in the layout of y. */
static Status compute(OnnxRun *run, const Call *call) {
    const Problem *problem = call->problem;
    int64_t count = problem_output_count(problem);
    float *y = ARENA_ARRAY(run->context, float, (size_t)count);
    double *values = ARENA_ARRAY(run->context, double, (size_t)count);
    double *magnitudes = ARENA_ARRAY(run->context, double, (size_t)count);
    double *y_magnitudes = ARENA_ARRAY(run->context, double, (size_t)count);
    reference_convolve(problem, call->x, call->convolution->w_values, call->convolution->bias_values, call->residual,
                       false, NULL, count, values, magnitudes);
    for (int64_t i = 0; i < count; i++) {
        int64_t n, k, position[PROBLEM_MAX_SPATIAL];
        reference_unpack_index(problem, i, &n, &k, position);
        int64_t offset = problem_y_offset(problem, n, k, position);
        y[offset] = (float)values[i];
        y_magnitudes[offset] = magnitudes[i];
    }
    if (run->target != NULL) {
        memset(y, 0x7F, (size_t)count * sizeof *y); /* what is not written is found out */
        TRY(run_kernel(run, call, y));
    }
    onnx_run_set(run, call->convolution->y, y, count);
    run->values[run->count - 1].magnitudes = y_magnitudes;
    return STATUS_OK;
}

static Status run_convolution(OnnxRun *run, const OnnxConvolution *convolution, const Problem *problem) {
    ck_assert_msg(convolution->w_values != NULL, "'%s' has no weights", convolution->name);
    ck_assert(problem_has(problem, EPILOGUE_BIAS) == (convolution->bias_values != NULL));
    ck_assert(problem_has(problem, EPILOGUE_ADD) == (convolution->residual != NULL));
    int64_t count = problem_output_count(problem);
    Call call = {convolution, problem, operand(run, convolution->x, problem_x_elements(problem)),
                 convolution->residual_values};
    if (call.residual == NULL && convolution->residual != NULL)
        call.residual = operand(run, convolution->residual, count);
    return compute(run, &call);
}

Status onnx_run(OnnxRun *run, const OnnxModel *model) {
    for (size_t i = 0; i < model->convolution_count; i++) {
        const OnnxConvolution *convolution = &model->convolutions[i];
        TRY(run_convolution(run, convolution, &model->layers.items[convolution->layer].problem));
    }
    return STATUS_OK;
}
