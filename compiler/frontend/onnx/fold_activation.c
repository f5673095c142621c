/* SPDX-License-Identifier: Apache-2.0 */
/* Folding activations: each becomes one word of the epilogue. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "compiler/frontend/onnx/attribute.h"
#include "compiler/frontend/onnx/shape.h"
#include "compiler/frontend/onnx/task.h"

static Status add(OnnxTask *task, EpilogueKind kind, double first, double second) {
    if (!onnx_add_word(task, kind, first, second)) task->stopped = "the epilogue is full";
    return STATUS_OK;
}

Status onnx_fold_relu(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node) {
    (void)graph, (void)node;
    return add(task, EPILOGUE_RELU, 0, 0);
}

Status onnx_fold_sigmoid(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node) {
    (void)graph, (void)node;
    return add(task, EPILOGUE_SIGMOID, 0, 0);
}

Status onnx_fold_hard_swish(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node) {
    (void)graph, (void)node;
    return add(task, EPILOGUE_HARDSWISH, 0, 0);
}

Status onnx_fold_leaky_relu(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node) {
    double alpha;
    TRY(onnx_attribute_number(graph, node, "alpha", (double)0.01F, &alpha));
    if (isfinite(alpha)) return add(task, EPILOGUE_LEAKY_RELU, alpha, 0);
    task->stopped = "the slope of LeakyRelu is not finite";
    return STATUS_OK;
}

/* A bound of Clip: an attribute before operator set 11, then an input. False when it depends on data. */
static bool read_bound(const OnnxGraph *graph, const OnnxNode *node, const char *name, size_t index, double *bound) {
    const OnnxAttribute *attribute = onnx_attribute(node, name);
    const OnnxValue *value = onnx_input(graph, node, index);
    if (attribute != NULL && attribute->kind == ONNX_FLOAT) *bound = attribute->number;
    if (value == NULL) return true;
    const OnnxTensor *tensor = value->constant;
    if (tensor == NULL || tensor->floats == NULL || tensor->elements != 1) return false;
    *bound = (double)tensor->floats[0];
    return true;
}

/* A bound that is left out is the largest float, which bounds nothing. */
Status onnx_fold_clip(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node) {
    double lo = -(double)FLT_MAX, hi = (double)FLT_MAX;
    bool known = read_bound(graph, node, "min", 1, &lo) && read_bound(graph, node, "max", 2, &hi);
    if (!known || isnan(lo) || isnan(hi) || lo > hi) {
        task->stopped = "the bounds of Clip are not constant, or none";
        return STATUS_OK;
    }
    lo = fmax(lo, -(double)FLT_MAX) + 0.0; /* -0 becomes 0 */
    hi = fmin(hi, (double)FLT_MAX) + 0.0;
    if (lo == -(double)FLT_MAX && hi == (double)FLT_MAX) return STATUS_OK;
    if (lo == 0 && hi == (double)FLT_MAX) return add(task, EPILOGUE_RELU, 0, 0);
    if (lo == 0 && hi == 6) return add(task, EPILOGUE_RELU6, 0, 0);
    return add(task, EPILOGUE_CLAMP, lo, hi);
}
