/* SPDX-License-Identifier: Apache-2.0 */
/* Shape rules of operators that compute: element by element, over windows, over whole dimensions. */
#include <math.h>
#include <string.h>

#include "compiler/frontend/onnx/shape.h"
#include "compiler/frontend/onnx/window.h"

Status onnx_shape_same(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    if (input != NULL) onnx_set_shape(graph, node, 0, input);
    return STATUS_OK;
}

/* Before operator set 7 the second operand was stretched to the first when `broadcast` said so, else they were equal.
 */
Status onnx_shape_broadcast(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    if (input == NULL) return STATUS_OK;
    OnnxShape shape = *input;
    for (size_t i = 1; i < node->input_count && graph->opset >= 7; i++) {
        const OnnxShape *other = onnx_input_shape(graph, node, i);
        if (other == NULL) return STATUS_OK;
        if (!onnx_broadcast(&shape, other, &shape))
            return onnx_node_error(graph, node, "its operands have the shapes %s and %s",
                                   onnx_shape_text(graph->context, &shape), onnx_shape_text(graph->context, other));
    }
    onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}

Status onnx_shape_pool(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    if (input == NULL) return STATUS_OK;
    if (input->rank < 3)
        return onnx_node_error(graph, node, "its input has the shape %s, without spatial dimensions",
                               onnx_shape_text(graph->context, input));
    int64_t kernel[ONNX_MAX_RANK];
    Dimension dimensions[ONNX_MAX_RANK];
    TRY(onnx_attribute_integers(graph, node, "kernel_shape", (size_t)input->rank - 2, 1, 0, kernel));
    TRY(onnx_read_window(graph, node, ONNX_POOLING, input, kernel, dimensions));
    OnnxShape shape = *input;
    for (int i = 2; i < shape.rank; i++) shape.dims[i] = dimensions[i - 2].output;
    onnx_set_shape(graph, node, 0, &shape);
    onnx_set_shape(graph, node, 1, &shape);
    return STATUS_OK;
}

Status onnx_shape_global_pool(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    if (input == NULL) return STATUS_OK;
    OnnxShape shape = *input;
    for (int i = 2; i < shape.rank; i++) shape.dims[i] = 1;
    onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}

/* The shape without the flagged axes, or with 1 in their place. */
static OnnxShape reduced(const OnnxShape *input, const bool *axes, bool keep) {
    OnnxShape shape = {0};
    for (int i = 0; i < input->rank; i++) {
        if (!axes[i]) shape.dims[shape.rank++] = input->dims[i];
        if (axes[i] && keep) shape.dims[shape.rank++] = 1;
    }
    return shape;
}

Status onnx_shape_reduce(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    OnnxList list;
    int64_t keep, noop;
    TRY(onnx_read_list(graph, node, "axes", 1, &list));
    TRY(onnx_attribute_integer(graph, node, "keepdims", 1, &keep));
    TRY(onnx_attribute_integer(graph, node, "noop_with_empty_axes", 0, &noop));
    if (input == NULL || list.state == ONNX_LIST_UNKNOWN) return STATUS_OK;
    bool axes[ONNX_MAX_RANK];
    TRY(onnx_read_axes(graph, node, &list, input->rank, axes));
    for (int i = 0; i < input->rank && list.count == 0; i++) axes[i] = noop == 0;
    OnnxShape shape = reduced(input, axes, keep != 0);
    onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}

Status onnx_shape_expand(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    OnnxList list;
    TRY(onnx_read_list(graph, node, "shape", 1, &list));
    if (input == NULL || list.state != ONNX_LIST_KNOWN || list.count > ONNX_MAX_RANK) return STATUS_OK;
    OnnxShape wanted = {.rank = (int)list.count};
    if (list.count > 0) memcpy(wanted.dims, list.items, list.count * sizeof *list.items);
    OnnxShape shape;
    if (onnx_broadcast(input, &wanted, &shape)) onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}

/* floor(extent * scale) for each dimension. */
static void set_scaled(const OnnxGraph *graph, const OnnxNode *node, const OnnxShape *input, const float *scales,
                       size_t count) {
    if (input == NULL || scales == NULL || count != (size_t)input->rank) return;
    OnnxShape shape = *input;
    for (int i = 0; i < shape.rank; i++) {
        double extent = floor((double)shape.dims[i] * (double)scales[i]);
        if (!(extent >= 0 && extent <= (double)PROBLEM_MAX_EXTENT)) return;
        shape.dims[i] = (int64_t)extent;
    }
    onnx_set_shape(graph, node, 0, &shape);
}

/* Scales that are the constant input `index`. */
static void scale_by_input(const OnnxGraph *graph, const OnnxNode *node, size_t index) {
    const OnnxValue *scales = onnx_input(graph, node, index);
    if (scales == NULL || scales->constant == NULL) return;
    set_scaled(graph, node, onnx_input_shape(graph, node, 0), scales->constant->floats,
               (size_t)scales->constant->elements);
}

/* Version 10 has scales as its second input; since 11 roi, scales, sizes follow the image. With `axes` (18) scales and
 * sizes are for some dimensions only, and with a policy for the aspect they are but hints: both are not inferred. */
Status onnx_shape_resize(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    const char *policy;
    OnnxList sizes;
    TRY(onnx_attribute_string(graph, node, "keep_aspect_ratio_policy", "stretch", &policy));
    TRY(onnx_read_list(graph, node, NULL, 3, &sizes));
    if (input == NULL || strcmp(policy, "stretch") != 0 || onnx_attribute(node, "axes") != NULL) return STATUS_OK;
    if (sizes.state == ONNX_LIST_KNOWN && sizes.count == (size_t)input->rank) {
        OnnxShape shape = {.rank = input->rank};
        memcpy(shape.dims, sizes.items, sizes.count * sizeof *sizes.items);
        onnx_set_shape(graph, node, 0, &shape);
    } else if (sizes.count == 0 && sizes.state != ONNX_LIST_UNKNOWN) {
        scale_by_input(graph, node, graph->opset >= 11 ? 2 : 1);
    }
    return STATUS_OK;
}

Status onnx_shape_upsample(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxAttribute *scales = onnx_attribute(node, "scales");
    if (scales != NULL && scales->kind == ONNX_FLOATS) {
        set_scaled(graph, node, onnx_input_shape(graph, node, 0), scales->floats, scales->count);
    } else {
        scale_by_input(graph, node, 1);
    }
    return STATUS_OK;
}
