/* SPDX-License-Identifier: Apache-2.0 */
/* Folding gates: y * Sigmoid(y), which is silu, and y * HardSigmoid(y), which with a slope of 1/6 and an offset of 1/2
 * is hardswish. Networks have them as two nodes, both of which read y. */
#include <math.h>
#include <string.h>

#include "compiler/frontend/onnx/attribute.h"
#include "compiler/frontend/onnx/task.h"

static bool is_op(const OnnxNode *node, const char *op) {
    return node->standard && strcmp(node->name.op, op) == 0;
}

/* The Mul that is the last of two readers of y. */
static const OnnxNode *find_product(const OnnxGraph *graph, const OnnxTask *task) {
    const OnnxValue *y = &graph->values[task->y];
    if (y->is_output || y->uses != 2 || y->consumer == ONNX_NONE) return NULL;
    const OnnxNode *node = &graph->nodes[y->consumer];
    return is_op(node, "Mul") && node->input_count == 2 && node->output_count == 1 ? node : NULL;
}

/* The other reader of y: a node of y alone whose value nothing but the product reads. */
static const OnnxNode *find_gate(const OnnxGraph *graph, const OnnxTask *task, const OnnxNode *product) {
    int gate = product->inputs[product->inputs[0] == task->y ? 1 : 0];
    if (gate == ONNX_NONE || gate == task->y) return NULL;
    const OnnxValue *value = &graph->values[gate];
    if (value->producer == ONNX_NONE || value->uses != 1 || value->is_output) return NULL;
    const OnnxNode *node = &graph->nodes[value->producer];
    return node->input_count == 1 && node->inputs[0] == task->y ? node : NULL;
}

/* The word for y * gate(y). A slope that is the f32 next to 1/6 counts as 1/6. */
static Status find_word(const OnnxGraph *graph, const OnnxNode *gate, bool *known, EpilogueKind *out) {
    double alpha, beta;
    *known = is_op(gate, "Sigmoid");
    *out = EPILOGUE_SILU;
    if (!is_op(gate, "HardSigmoid")) return STATUS_OK;
    TRY(onnx_attribute_number(graph, gate, "alpha", (double)0.2F, &alpha));
    TRY(onnx_attribute_number(graph, gate, "beta", 0.5, &beta));
    *known = fabs(alpha - 1.0 / 6) <= 0x1p-24 && beta == 0.5;
    *out = EPILOGUE_HARDSWISH;
    return STATUS_OK;
}

Status onnx_fold_gate(const OnnxGraph *graph, OnnxTask *task, bool *folded) {
    bool known;
    EpilogueKind word;
    *folded = false;
    const OnnxNode *product = find_product(graph, task);
    const OnnxNode *gate = product != NULL ? find_gate(graph, task, product) : NULL;
    if (gate == NULL) return STATUS_OK;
    TRY(find_word(graph, gate, &known, &word));
    if (!known || !onnx_add_word(task, word, 0, 0)) return STATUS_OK;
    VECTOR_PUSH(graph->context, &task->nodes, gate->name);
    VECTOR_PUSH(graph->context, &task->nodes, product->name);
    task->y = product->outputs[0];
    *folded = true;
    return STATUS_OK;
}
