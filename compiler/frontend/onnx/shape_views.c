/* SPDX-License-Identifier: Apache-2.0 */
/* Shape rules of operators that give the same elements another shape or order. */
#include <string.h>

#include "compiler/frontend/onnx/shape.h"

/* 0 stands for the extent of the input (unless allowzero), one -1 for what is left. */
static Status reshape_dims(const OnnxGraph *graph, const OnnxNode *node, const OnnxShape *input, bool allow_zero,
                           OnnxShape *shape) {
    int64_t elements, known;
    int open = ONNX_NONE;
    OnnxShape others = *shape;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dims[i] == 0 && !allow_zero) others.dims[i] = shape->dims[i] = i < input->rank ? input->dims[i] : -2;
        if (shape->dims[i] != -1) continue;
        if (open != ONNX_NONE) return onnx_node_error(graph, node, "its shape has two dimensions of -1");
        open = i;
        others.dims[i] = 1;
    }
    if (!onnx_shape_elements(input, &elements) || !onnx_shape_elements(&others, &known))
        return onnx_node_error(graph, node, "it asks for the impossible shape %s",
                               onnx_shape_text(graph->context, shape));
    if (open != ONNX_NONE && known > 0) shape->dims[open] = elements / known;
    if (onnx_shape_elements(shape, &known) && known == elements) return STATUS_OK;
    return onnx_node_error(graph, node, "a tensor of shape %s cannot become one of shape %s",
                           onnx_shape_text(graph->context, input), onnx_shape_text(graph->context, shape));
}

Status onnx_shape_reshape(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    OnnxList list;
    int64_t allow_zero;
    TRY(onnx_read_list(graph, node, "shape", 1, &list));
    TRY(onnx_attribute_integer(graph, node, "allowzero", 0, &allow_zero));
    if (input == NULL || list.state != ONNX_LIST_KNOWN || list.count > ONNX_MAX_RANK) return STATUS_OK;
    OnnxShape shape = {.rank = (int)list.count};
    if (list.count > 0) memcpy(shape.dims, list.items, list.count * sizeof *list.items);
    TRY(reshape_dims(graph, node, input, allow_zero != 0, &shape));
    onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}

/* The axis may be the rank: all in front of it, and a 1 behind. */
Status onnx_shape_flatten(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    if (input == NULL) return STATUS_OK;
    int64_t axis;
    TRY(onnx_attribute_integer(graph, node, "axis", 1, &axis));
    if (axis < -input->rank || axis > input->rank)
        return onnx_node_error(graph, node, "attribute 'axis' is %lld; the tensor has %d dimensions", (long long)axis,
                               input->rank);
    if (axis < 0) axis += input->rank;
    OnnxShape shape = {.rank = 2, .dims = {1, 1}};
    for (int i = 0; i < input->rank; i++) shape.dims[i >= axis] *= input->dims[i];
    onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}

Status onnx_shape_squeeze(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    OnnxList list;
    TRY(onnx_read_list(graph, node, "axes", 1, &list));
    if (input == NULL || list.state == ONNX_LIST_UNKNOWN) return STATUS_OK;
    bool axes[ONNX_MAX_RANK];
    TRY(onnx_read_axes(graph, node, &list, input->rank, axes));
    OnnxShape shape = {0};
    for (int i = 0; i < input->rank; i++) {
        bool drop = list.state == ONNX_LIST_ABSENT ? input->dims[i] == 1 : axes[i];
        if (drop && input->dims[i] != 1)
            return onnx_node_error(graph, node, "axis %d has the size %lld, not 1", i, (long long)input->dims[i]);
        if (!drop) shape.dims[shape.rank++] = input->dims[i];
    }
    onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}

Status onnx_shape_unsqueeze(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    OnnxList list;
    TRY(onnx_read_list(graph, node, "axes", 1, &list));
    if (input == NULL || list.state != ONNX_LIST_KNOWN || list.count + (size_t)input->rank > ONNX_MAX_RANK)
        return STATUS_OK;
    OnnxShape shape = {.rank = input->rank + (int)list.count};
    bool axes[ONNX_MAX_RANK];
    TRY(onnx_read_axes(graph, node, &list, shape.rank, axes));
    for (int i = 0, j = 0; i < shape.rank; i++) shape.dims[i] = axes[i] ? 1 : input->dims[j++];
    onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}

Status onnx_read_permutation(const OnnxGraph *graph, const OnnxNode *node, int rank, int *out) {
    OnnxList list = {.state = ONNX_LIST_KNOWN};
    TRY(onnx_attribute_list(graph, node, "perm", &list.items, &list.count));
    if (list.items != NULL && list.count != (size_t)rank)
        return onnx_node_error(graph, node, "attribute 'perm' has %zu values where %d are needed", list.count, rank);
    bool axes[ONNX_MAX_RANK];
    TRY(onnx_read_axes(graph, node, &list, rank, axes));
    for (int i = 0; i < rank; i++) {
        int64_t axis = list.items != NULL ? list.items[i] : rank - 1 - i;
        out[i] = (int)(axis < 0 ? axis + rank : axis);
    }
    return STATUS_OK;
}

Status onnx_shape_transpose(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    if (input == NULL) return STATUS_OK;
    int permutation[ONNX_MAX_RANK] = {0};
    TRY(onnx_read_permutation(graph, node, input->rank, permutation));
    OnnxShape shape = {.rank = input->rank};
    for (int i = 0; i < shape.rank; i++) shape.dims[i] = input->dims[permutation[i]];
    onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}

/* [n, c, h, w] and a block that moves between channels and space. */
static Status read_block(const OnnxGraph *graph, const OnnxNode *node, const OnnxShape *input, int64_t *out) {
    TRY(onnx_attribute_integer(graph, node, "blocksize", 0, out));
    bool fits = *out >= 1 && *out <= INT16_MAX && input->rank == 4;
    return fits ? STATUS_OK
                : onnx_node_error(graph, node, "attribute 'blocksize' is %lld, its input has the shape %s",
                                  (long long)*out, onnx_shape_text(graph->context, input));
}

Status onnx_shape_depth_to_space(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    if (input == NULL) return STATUS_OK;
    int64_t block;
    TRY(read_block(graph, node, input, &block));
    OnnxShape shape = *input;
    shape.dims[1] /= block * block;
    shape.dims[2] *= block;
    shape.dims[3] *= block;
    onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}

Status onnx_shape_space_to_depth(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    if (input == NULL) return STATUS_OK;
    int64_t block;
    TRY(read_block(graph, node, input, &block));
    OnnxShape shape = *input;
    shape.dims[1] *= block * block;
    shape.dims[2] /= block;
    shape.dims[3] /= block;
    onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}
