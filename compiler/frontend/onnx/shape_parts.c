/* SPDX-License-Identifier: Apache-2.0 */
/* Shape rules of operators that put tensors together or take parts of them. */
#include <string.h>

#include "compiler/frontend/onnx/shape.h"

/* The axis had the default 1 before it had to be given. */
Status onnx_shape_concat(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *first = onnx_input_shape(graph, node, 0);
    if (first == NULL) return STATUS_OK;
    int axis;
    TRY(onnx_attribute_axis(graph, node, "axis", first->rank, 1, &axis));
    OnnxShape shape = *first;
    for (size_t i = 1; i < node->input_count; i++) {
        const OnnxShape *other = onnx_input_shape(graph, node, i);
        if (other == NULL) return STATUS_OK;
        OnnxShape like = *other;
        if (like.rank == shape.rank) like.dims[axis] = shape.dims[axis];
        if (!onnx_shape_equal(&like, &shape) || shape.dims[axis] > PROBLEM_MAX_EXTENT)
            return onnx_node_error(graph, node, "tensors of shape %s and %s cannot be joined along axis %d",
                                   onnx_shape_text(graph->context, &shape), onnx_shape_text(graph->context, other),
                                   axis);
        shape.dims[axis] += other->dims[axis];
    }
    onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}

/* Equal parts, the last one smaller when they do not divide. */
static int64_t equal_part(int64_t extent, size_t parts, size_t index) {
    int64_t part = (extent + (int64_t)parts - 1) / (int64_t)parts;
    int64_t left = extent - part * (int64_t)index;
    return left < part ? left : part;
}

Status onnx_shape_split(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    OnnxList list;
    TRY(onnx_read_list(graph, node, "split", 1, &list));
    if (input == NULL || list.state == ONNX_LIST_UNKNOWN) return STATUS_OK;
    int axis;
    TRY(onnx_attribute_axis(graph, node, "axis", input->rank, 0, &axis));
    if (list.state == ONNX_LIST_KNOWN && list.count != node->output_count)
        return onnx_node_error(graph, node, "'split' has %zu values for %zu outputs", list.count, node->output_count);
    for (size_t i = 0; i < node->output_count; i++) {
        OnnxShape shape = *input;
        shape.dims[axis] =
            list.state == ONNX_LIST_KNOWN ? list.items[i] : equal_part(input->dims[axis], node->output_count, i);
        onnx_set_shape(graph, node, i, &shape);
    }
    return STATUS_OK;
}

static int64_t clamp(int64_t value, int64_t lo, int64_t hi) {
    if (value < lo) return lo;
    return value < hi ? value : hi;
}

int64_t onnx_slice_count(int64_t extent, int64_t start, int64_t end, int64_t step, int64_t *first) {
    *first = 0;
    if (extent == 0) return 0;
    if (start < 0) start += extent;
    if (end < 0) end = end < -extent ? -1 : end + extent;
    bool up = step > 0;
    start = clamp(start, 0, up ? extent : extent - 1);
    end = clamp(end, up ? 0 : -1, up ? extent : extent - 1);
    *first = start;
    int64_t distance = up ? end - start : start - end;
    int64_t stride = up ? step : -step;
    return distance > 0 ? (distance - 1) / stride + 1 : 0;
}

enum { SLICE_STARTS, SLICE_ENDS, SLICE_AXES, SLICE_STEPS, SLICE_LISTS };

/* Reads the four lists; false in *known when one of them depends on data. */
static Status read_slice_lists(const OnnxGraph *graph, const OnnxNode *node, int rank, OnnxList *lists, bool *known) {
    static const char *const names[SLICE_LISTS] = {"starts", "ends", "axes", "steps"};
    *known = true;
    for (size_t i = 0; i < SLICE_LISTS; i++) {
        TRY(onnx_read_list(graph, node, names[i], i + 1, &lists[i]));
        bool optional = i >= SLICE_AXES && lists[i].state == ONNX_LIST_ABSENT;
        *known = *known && (optional || lists[i].state == ONNX_LIST_KNOWN);
    }
    for (size_t i = 0; *known && i < SLICE_LISTS; i++) {
        bool given = lists[i].state == ONNX_LIST_KNOWN;
        if (given && (lists[i].count != lists[0].count || lists[i].count > (size_t)rank))
            return onnx_node_error(graph, node, "'%s' has %zu values for %d dimensions", names[i], lists[i].count,
                                   rank);
    }
    return STATUS_OK;
}

Status onnx_read_slice(const OnnxGraph *graph, const OnnxNode *node, int rank, OnnxSlice *out) {
    OnnxList lists[SLICE_LISTS];
    *out = (OnnxSlice){0};
    TRY(read_slice_lists(graph, node, rank, lists, &out->known));
    if (!out->known) return STATUS_OK;
    bool axes[ONNX_MAX_RANK];
    TRY(onnx_read_axes(graph, node, &lists[SLICE_AXES], rank, axes));
    for (size_t i = 0; i < lists[0].count; i++) {
        int64_t axis = lists[SLICE_AXES].items != NULL ? lists[SLICE_AXES].items[i] : (int64_t)i;
        int64_t step = lists[SLICE_STEPS].items != NULL ? lists[SLICE_STEPS].items[i] : 1;
        if (step == 0 || step == INT64_MIN) return onnx_node_error(graph, node, "it has a step of 0");
        out->axes[axis < 0 ? axis + rank : axis] =
            (OnnxSliceAxis){true, lists[SLICE_STARTS].items[i], lists[SLICE_ENDS].items[i], step};
    }
    return STATUS_OK;
}

Status onnx_shape_slice(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    if (input == NULL) return STATUS_OK;
    OnnxSlice slice;
    TRY(onnx_read_slice(graph, node, input->rank, &slice));
    if (!slice.known) return STATUS_OK;
    OnnxShape shape = *input;
    for (int i = 0; i < shape.rank; i++) {
        const OnnxSliceAxis *axis = &slice.axes[i];
        int64_t first;
        if (axis->cut) shape.dims[i] = onnx_slice_count(shape.dims[i], axis->start, axis->end, axis->step, &first);
    }
    onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}

/* Which axes the pads are of, in their order: all, or since version 18 those of an input, negative ones counted from
 * the end. */
static Status read_padded_axes(const OnnxGraph *graph, const OnnxNode *node, int rank, OnnxList *list, int64_t *axes) {
    bool named[ONNX_MAX_RANK];
    TRY(onnx_read_list(graph, node, NULL, 3, list));
    for (int i = 0; i < rank; i++) axes[i] = i;
    if (list->state != ONNX_LIST_KNOWN) return STATUS_OK;
    TRY(onnx_read_axes(graph, node, list, rank, named));
    for (size_t i = 0; i < list->count; i++) axes[i] = list->items[i] < 0 ? list->items[i] + rank : list->items[i];
    return STATUS_OK;
}

Status onnx_read_pads(const OnnxGraph *graph, const OnnxNode *node, int rank, OnnxPads *out) {
    OnnxList list, named;
    int64_t axes[ONNX_MAX_RANK];
    *out = (OnnxPads){.known = false};
    TRY(onnx_read_list(graph, node, onnx_attribute(node, "paddings") != NULL ? "paddings" : "pads", 1, &list));
    TRY(read_padded_axes(graph, node, rank, &named, axes));
    if (list.state != ONNX_LIST_KNOWN || named.state == ONNX_LIST_UNKNOWN) return STATUS_OK;
    size_t count = named.state == ONNX_LIST_KNOWN ? named.count : (size_t)rank;
    if (list.count != 2 * count)
        return onnx_node_error(graph, node, "'pads' has %zu values where %zu are needed", list.count, 2 * count);
    for (size_t i = 0; i < count; i++) {
        out->begin[axes[i]] = clamp(list.items[i], -PROBLEM_MAX_EXTENT, PROBLEM_MAX_EXTENT);
        out->end[axes[i]] = clamp(list.items[count + i], -PROBLEM_MAX_EXTENT, PROBLEM_MAX_EXTENT);
    }
    out->known = true;
    return STATUS_OK;
}

Status onnx_shape_pad(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    OnnxPads pads;
    if (input == NULL) return STATUS_OK;
    TRY(onnx_read_pads(graph, node, input->rank, &pads));
    if (!pads.known) return STATUS_OK;
    OnnxShape shape = *input;
    for (int i = 0; i < shape.rank; i++) shape.dims[i] += pads.begin[i] + pads.end[i];
    onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}

Status onnx_shape_gather(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    const OnnxShape *indices = onnx_input_shape(graph, node, 1);
    if (input == NULL || indices == NULL || input->rank + indices->rank > ONNX_MAX_RANK) return STATUS_OK;
    int axis;
    TRY(onnx_attribute_axis(graph, node, "axis", input->rank, 0, &axis));
    OnnxShape shape = {.rank = 0};
    for (int i = 0; i < axis; i++) shape.dims[shape.rank++] = input->dims[i];
    for (int i = 0; i < indices->rank; i++) shape.dims[shape.rank++] = indices->dims[i];
    for (int i = axis + 1; i < input->rank; i++) shape.dims[shape.rank++] = input->dims[i];
    onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}
