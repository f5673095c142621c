/* SPDX-License-Identifier: Apache-2.0 */
/* Folding what is one factor and one summand for each channel into weights and bias. */
#include <math.h>
#include <string.h>

#include "compiler/frontend/onnx/attribute.h"
#include "compiler/frontend/onnx/shape.h"
#include "compiler/frontend/onnx/task.h"

/* Is nothing but the sum and a bias computed so far, and are weights and bias known before the model runs? */
static bool is_affine(const OnnxGraph *graph, OnnxTask *task) {
    const Problem *problem = &task->problem;
    if (problem->epilogue_count > (problem_has(problem, EPILOGUE_BIAS) ? 1 : 0)) {
        task->stopped = "what precedes it in the epilogue is not linear, or adds a residual";
    } else if (graph->values[task->w].constant == NULL ||
               (task->bias != ONNX_NONE && graph->values[task->bias].constant == NULL)) {
        task->stopped = "weights or bias are not constant";
    }
    return task->stopped == NULL;
}

static float channel_value(const OnnxTensor *tensor, int64_t k) {
    return tensor->floats[tensor->elements > 1 ? k : 0];
}

/* Makes the arrays scale and shift when weights were asked for; false when they were not, or cannot be had. */
static bool start_factors(const OnnxGraph *graph, OnnxTask *task) {
    const OnnxTensor *w = graph->values[task->w].constant;
    const OnnxTensor *bias = task->bias != ONNX_NONE ? graph->values[task->bias].constant : NULL;
    if (!graph->weights || task->scale != NULL) return graph->weights;
    if (w->floats == NULL || (bias != NULL && bias->floats == NULL)) {
        task->stopped = "the values of weights or bias cannot be read";
        return false;
    }
    size_t k = (size_t)task->problem.k;
    task->scale = ARENA_ARRAY(graph->context, double, k);
    task->shift = ARENA_ARRAY(graph->context, double, k);
    for (size_t i = 0; i < k; i++) {
        task->scale[i] = task->w_factor;
        if (bias != NULL) task->shift[i] = task->operand_factor * (double)channel_value(bias, (int64_t)i);
    }
    return true;
}

/* Input `index` of a BatchNormalization: a constant [k]. Without its values when weights were not asked for. */
static const OnnxTensor *statistics(const OnnxGraph *graph, const OnnxTask *task, const OnnxNode *node, size_t index) {
    const OnnxValue *value = onnx_input(graph, node, index);
    const OnnxTensor *tensor = value != NULL ? value->constant : NULL;
    if (tensor == NULL || tensor->elements != task->problem.k || !onnx_is_real(tensor)) return NULL;
    return graph->weights && tensor->floats == NULL ? NULL : tensor;
}

/* Before operator set 7 it was for training unless is_test said otherwise; before 9 it could have other statistics for
 * each pixel (spatial = 0); since 14 training_mode. */
static Status is_inference(const OnnxGraph *graph, const OnnxNode *node, bool *out) {
    int64_t is_test, spatial, training;
    TRY(onnx_attribute_integer(graph, node, "is_test", 0, &is_test));
    TRY(onnx_attribute_integer(graph, node, "spatial", 1, &spatial));
    TRY(onnx_attribute_integer(graph, node, "training_mode", 0, &training));
    *out = (graph->opset >= 7 || is_test != 0) && spatial != 0 && training == 0;
    return STATUS_OK;
}

Status onnx_fold_normalization(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node) {
    double epsilon;
    bool inference;
    TRY(onnx_attribute_number(graph, node, "epsilon", (double)1e-5F, &epsilon));
    TRY(is_inference(graph, node, &inference));
    const OnnxTensor *constants[4]; /* scale, bias, mean, variance */
    bool known = inference && task->channel_axis == 1;
    for (size_t i = 0; i < 4; i++) {
        constants[i] = statistics(graph, task, node, i + 1);
        known = known && constants[i] != NULL;
    }
    if (!known) {
        task->stopped = "BatchNormalization is for training, or not constant for each channel";
        return STATUS_OK;
    }
    if (!is_affine(graph, task)) return STATUS_OK;
    bool factors = start_factors(graph, task);
    if (task->stopped != NULL) return STATUS_OK;
    for (int64_t k = 0; factors && k < task->problem.k; k++) {
        double factor = (double)constants[0]->floats[k] / sqrt((double)constants[3]->floats[k] + epsilon);
        task->scale[k] *= factor;
        task->shift[k] = (task->shift[k] - (double)constants[2]->floats[k]) * factor + (double)constants[1]->floats[k];
    }
    onnx_add_bias(task);
    return STATUS_OK;
}

/* The shape that an operand has beside y. Before operator set 7 it began at the attribute `axis`; now at the end. */
static OnnxShape operand_shape(const OnnxGraph *graph, const OnnxNode *node, const OnnxShape *operand, int y_rank) {
    OnnxShape shape = *operand;
    const OnnxAttribute *axis = onnx_attribute(node, "axis");
    if (graph->opset >= 7 || axis == NULL || axis->kind != ONNX_INT) return shape;
    if (axis->integer < 0 || axis->integer + operand->rank > y_rank) return shape;
    while (shape.rank < y_rank - (int)axis->integer) shape.dims[shape.rank++] = 1;
    return shape;
}

bool onnx_is_per_channel(const OnnxGraph *graph, const OnnxTask *task, const OnnxNode *node, int operand) {
    const OnnxShape *y = &graph->values[task->y].shape;
    const OnnxTensor *tensor = graph->values[operand].constant;
    if (tensor == NULL || !onnx_is_real(tensor) || (graph->weights && tensor->floats == NULL)) return false;
    OnnxShape shape = onnx_tensor_shape(tensor);
    shape = operand_shape(graph, node, &shape, y->rank);
    if (shape.rank > y->rank) return false;
    for (int i = 0; i < shape.rank; i++) {
        int axis = y->rank - shape.rank + i;
        if (shape.dims[i] != 1 && (axis != task->channel_axis || shape.dims[i] != y->dims[axis])) return false;
    }
    return true;
}

/* One channel: y becomes y op value, or value op y; the operation is its first letter, of Add, Sum, Sub, Mul, Div. */
static void combine(const OnnxNode *node, bool reversed, double value, double *scale, double *shift) {
    switch (node->name.op[0]) {
    case 'A': *shift += value; break;
    case 'M':
        *scale *= value;
        *shift *= value;
        break;
    case 'D':
        *scale /= value;
        *shift /= value;
        break;
    default: /* Sum, Sub */
        if (node->name.op[2] == 'm') {
            *shift += value;
        } else if (reversed) {
            *scale = -*scale;
            *shift = value - *shift;
        } else {
            *shift -= value;
        }
        break;
    }
}

Status onnx_fold_affine(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node) {
    if (node->input_count != 2) return onnx_node_error(graph, node, "it needs two operands");
    bool reversed = node->inputs[0] != task->y;
    int other = node->inputs[reversed ? 0 : 1];
    if (other == ONNX_NONE) return onnx_node_error(graph, node, "it needs two operands");
    if (!onnx_is_per_channel(graph, task, node, other) || (reversed && node->name.op[0] == 'D')) {
        task->stopped = arena_format(graph->context, "node '%s' (%s) is not constant for each channel", node->name.name,
                                     node->name.op);
        return STATUS_OK;
    }
    if (!is_affine(graph, task)) return STATUS_OK;
    bool factors = start_factors(graph, task);
    if (task->stopped != NULL) return STATUS_OK;
    const OnnxTensor *tensor = graph->values[other].constant;
    for (int64_t k = 0; factors && k < task->problem.k; k++)
        combine(node, reversed, (double)channel_value(tensor, k), &task->scale[k], &task->shift[k]);
    bool shifts = strcmp(node->name.op, "Mul") != 0 && strcmp(node->name.op, "Div") != 0;
    if (shifts) onnx_add_bias(task);
    return STATUS_OK;
}
