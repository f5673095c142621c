/* SPDX-License-Identifier: Apache-2.0 */
/* Folding a Pad in front of a convolution into its padding: zeros around the image are what a convolution takes its
 * padding for. Not of a transposed one, whose padding is cut off its output. */
#include <string.h>

#include "compiler/frontend/onnx/shape.h"
#include "compiler/frontend/onnx/task.h"

/* Does it pad with the constant 0? The value is an attribute before operator set 11, then an input. */
static Status pads_with_zero(const OnnxGraph *graph, const OnnxNode *node, bool *out) {
    const char *mode;
    double number;
    TRY(onnx_attribute_string(graph, node, "mode", "constant", &mode));
    TRY(onnx_attribute_number(graph, node, "value", 0, &number));
    const OnnxValue *value = onnx_input(graph, node, 2);
    const OnnxTensor *constant = value != NULL ? value->constant : NULL;
    if (constant != NULL && constant->floats != NULL && constant->elements == 1) number = (double)constant->floats[0];
    bool known = value == NULL || (constant != NULL && constant->floats != NULL && constant->elements == 1);
    *out = known && number == 0 && strcmp(mode, "constant") == 0;
    return STATUS_OK;
}

/* Nothing is taken away, and neither images nor channels are added. */
static bool pads_image(const OnnxPads *pads, int rank) {
    for (int i = 0; i < rank; i++) {
        if (pads->begin[i] < 0 || pads->end[i] < 0) return false;
        if (i < 2 && (pads->begin[i] > 0 || pads->end[i] > 0)) return false;
    }
    return pads->known;
}

/* The Pad that gives x, when nothing else reads it. */
static const OnnxNode *find_pad(const OnnxGraph *graph, const OnnxTask *task) {
    const OnnxValue *x = &graph->values[task->x];
    if (x->producer == ONNX_NONE || x->uses != 1 || x->is_output || task->problem.transposed) return NULL;
    const OnnxNode *node = &graph->nodes[x->producer];
    bool pad = node->standard && strcmp(node->name.op, "Pad") == 0;
    return pad && onnx_input_shape(graph, node, 0) != NULL ? node : NULL;
}

Status onnx_fold_pad(const OnnxGraph *graph, OnnxTask *task) {
    const OnnxNode *node = find_pad(graph, task);
    if (node == NULL) return STATUS_OK;
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    Problem *problem = &task->problem, unpadded = *problem;
    OnnxPads pads;
    bool zero;
    TRY(pads_with_zero(graph, node, &zero));
    TRY(onnx_read_pads(graph, node, input->rank, &pads));
    if (!zero || !pads_image(&pads, input->rank)) return STATUS_OK;
    for (int i = 0; i < problem->spatial; i++) {
        unpadded.dimension[i].input = input->dims[2 + i];
        unpadded.dimension[i].pad_begin += pads.begin[2 + i];
    }
    problem_derive_padding(&unpadded);
    ProblemFault fault;
    if (problem_find_fault(graph->context, &unpadded, &fault)) return STATUS_OK;
    *problem = unpadded;
    task->x = node->inputs[0];
    VECTOR_PUSH(graph->context, &task->nodes, node->name);
    return STATUS_OK;
}
