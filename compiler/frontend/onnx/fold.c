/* SPDX-License-Identifier: Apache-2.0 */
/* Folding: a task takes over the node that reads its result when nothing else does, and when the epilogue can say what
 * the node computes. */
#include "compiler/frontend/onnx/attribute.h"
#include "compiler/frontend/onnx/shape.h"
#include "compiler/frontend/onnx/task.h"

#include <string.h>

/* The node behind the task; NULL with the reason when there is not exactly one. */
static const OnnxNode *next_node(const OnnxGraph *graph, OnnxTask *task) {
    const OnnxValue *y = &graph->values[task->y];
    const char *name = onnx_value_name(graph, task->y);
    if (y->is_output) {
        task->stopped = arena_format(graph->context, "'%s' is an output of the model", name);
    } else if (y->uses == 0) {
        task->stopped = arena_format(graph->context, "nothing reads '%s'", name);
    } else if (y->uses > 1) {
        task->stopped = arena_format(graph->context, "'%s' is read %d times", name, y->uses);
    } else if (y->consumer == ONNX_NONE) {
        task->stopped = arena_format(graph->context, "'%s' is read inside of a subgraph", name);
    }
    return task->stopped == NULL ? &graph->nodes[y->consumer] : NULL;
}

/* Does it have a first output, and does nobody read the others (a mask, statistics)? */
static bool gives_one_value(const OnnxGraph *graph, const OnnxNode *node) {
    if (node->output_count == 0 || node->outputs[0] == ONNX_NONE) return false;
    for (size_t i = 1; i < node->output_count; i++) {
        if (node->outputs[i] == ONNX_NONE) continue;
        const OnnxValue *value = &graph->values[node->outputs[i]];
        if (value->uses > 0 || value->is_output) return false;
    }
    return true;
}

/* Is the value there when the task begins? All tasks so far begin before it, and so does what they give. */
static bool is_ready(const OnnxGraph *graph, const OnnxTask *task, const int *owner, int value) {
    int producer = graph->values[value].producer;
    if (producer == ONNX_NONE || graph->values[value].constant != NULL) return true;
    return owner[producer] != ONNX_NONE || (size_t)producer < task->node->name.index;
}

static Status fold_residual(const OnnxGraph *graph, OnnxTask *task, const int *owner, int other) {
    const char *name = onnx_value_name(graph, other);
    const OnnxValue *value = &graph->values[other];
    if (task->residual != ONNX_NONE) {
        task->stopped = "there is a residual already";
    } else if (!value->known || !onnx_shape_equal(&value->shape, &graph->values[task->y].shape)) {
        task->stopped = arena_format(graph->context, "'%s', which is added, does not have the shape of '%s'", name,
                                     onnx_value_name(graph, task->y));
    } else if (!is_ready(graph, task, owner, other)) {
        task->stopped = arena_format(graph->context, "'%s', which is added, is computed later", name);
    } else if (!onnx_add_word(task, EPILOGUE_ADD, 0, 0)) {
        task->stopped = "the epilogue is full";
    } else {
        task->residual = other;
        task->operand_factor = 1;
    }
    return STATUS_OK;
}

/* Add, or Sum of two: a constant for each channel goes into the bias, a tensor of y's shape is a residual. */
static Status fold_addition(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node, const int *owner) {
    if (node->input_count != 2) {
        task->stopped = "more than two operands are added";
        return STATUS_OK;
    }
    int other = node->inputs[node->inputs[0] == task->y ? 1 : 0];
    if (other == ONNX_NONE) return onnx_node_error(graph, node, "it needs two operands");
    if (onnx_is_per_channel(graph, task, node, other)) return onnx_fold_affine(graph, task, node);
    return fold_residual(graph, task, owner, other);
}

/* In inference a Dropout does nothing. How a model says that it is for inference has changed twice. */
static Status fold_dropout(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node) {
    int64_t is_test;
    TRY(onnx_attribute_integer(graph, node, "is_test", 0, &is_test));
    const OnnxValue *training = onnx_input(graph, node, 2);
    bool off = training == NULL || (training->constant != NULL && training->constant->integers != NULL &&
                                    training->constant->elements == 1 && training->constant->integers[0] == 0);
    if (!off || (graph->opset < 7 && is_test == 0)) task->stopped = "Dropout is in training mode";
    return STATUS_OK;
}

static Status fold_nothing(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node) {
    (void)graph, (void)task, (void)node;
    return STATUS_OK;
}

static OnnxFoldRule *find_rule(const char *op) {
    static const struct {
        const char *op;
        OnnxFoldRule *fold;
    } rules[] = {
        {"BatchNormalization", onnx_fold_normalization},
        {"Sub", onnx_fold_affine},
        {"Mul", onnx_fold_affine},
        {"Div", onnx_fold_affine},
        {"Relu", onnx_fold_relu},
        {"Clip", onnx_fold_clip},
        {"LeakyRelu", onnx_fold_leaky_relu},
        {"Sigmoid", onnx_fold_sigmoid},
        {"HardSwish", onnx_fold_hard_swish},
        {"Dropout", fold_dropout},
        {"Identity", fold_nothing},
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(op, rules[i].op) == 0) return rules[i].fold;
    }
    return NULL;
}

static Status fold_node(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node, const int *owner) {
    const char *op = node->name.op;
    if (!gives_one_value(graph, node)) {
        task->stopped = arena_format(graph->context, "node '%s' (%s) gives several values", node->name.name, op);
        return STATUS_OK;
    }
    if (node->standard && (strcmp(op, "Add") == 0 || strcmp(op, "Sum") == 0))
        return fold_addition(graph, task, node, owner);
    OnnxFoldRule *rule = node->standard ? find_rule(op) : NULL;
    if (rule != onnx_fold_affine && node->inputs[0] != task->y) rule = NULL; /* y may be a bound, a scale ... */
    if (rule != NULL) return rule(graph, task, node);
    task->stopped = arena_format(graph->context, "node '%s' (%s) is none that is folded", node->name.name, op);
    return STATUS_OK;
}

Status onnx_fold(const OnnxGraph *graph, OnnxTask *task, const int *owner) {
    for (;;) {
        bool gated;
        TRY(onnx_fold_gate(graph, task, &gated));
        if (gated) continue;
        const OnnxNode *node = next_node(graph, task);
        if (node == NULL) break;
        TRY(fold_node(graph, task, node, owner));
        if (task->stopped != NULL) break;
        VECTOR_PUSH(graph->context, &task->nodes, node->name);
        task->y = node->outputs[0];
    }
    return STATUS_OK;
}
