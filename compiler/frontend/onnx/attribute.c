/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up and checking attributes. */
#include "compiler/frontend/onnx/attribute.h"

#include <string.h>

const OnnxAttribute *onnx_attribute(const OnnxNode *node, const char *name) {
    for (size_t i = 0; i < node->attribute_count; i++) {
        if (strcmp(node->attributes[i].name, name) == 0) return &node->attributes[i];
    }
    return NULL;
}

/* The attribute when it is there; NULL when it is left out. */
static Status find(const OnnxGraph *graph, const OnnxNode *node, const char *name, OnnxAttributeKind kind,
                   const char *what, const OnnxAttribute **out) {
    *out = onnx_attribute(node, name);
    if (*out == NULL || (*out)->kind == kind) return STATUS_OK;
    return onnx_node_error(graph, node, "attribute '%s' is not %s", name, what);
}

Status onnx_attribute_integer(const OnnxGraph *graph, const OnnxNode *node, const char *name, int64_t otherwise,
                              int64_t *out) {
    const OnnxAttribute *attribute;
    TRY(find(graph, node, name, ONNX_INT, "an integer", &attribute));
    *out = attribute != NULL ? attribute->integer : otherwise;
    return STATUS_OK;
}

Status onnx_attribute_number(const OnnxGraph *graph, const OnnxNode *node, const char *name, double otherwise,
                             double *out) {
    const OnnxAttribute *attribute;
    TRY(find(graph, node, name, ONNX_FLOAT, "a number", &attribute));
    *out = attribute != NULL ? attribute->number : otherwise;
    return STATUS_OK;
}

Status onnx_attribute_string(const OnnxGraph *graph, const OnnxNode *node, const char *name, const char *otherwise,
                             const char **out) {
    const OnnxAttribute *attribute;
    TRY(find(graph, node, name, ONNX_STRING, "a string", &attribute));
    *out = attribute != NULL ? attribute->string : otherwise;
    return STATUS_OK;
}

Status onnx_attribute_list(const OnnxGraph *graph, const OnnxNode *node, const char *name, const int64_t **out,
                           size_t *count) {
    const OnnxAttribute *attribute;
    TRY(find(graph, node, name, ONNX_INTS, "a list of integers", &attribute));
    *count = attribute != NULL ? attribute->count : 0;
    *out = *count > 0 ? attribute->integers : NULL;
    return STATUS_OK;
}

Status onnx_attribute_integers(const OnnxGraph *graph, const OnnxNode *node, const char *name, size_t count, int64_t lo,
                               int64_t otherwise, int64_t *out) {
    const int64_t *list;
    size_t length;
    TRY(onnx_attribute_list(graph, node, name, &list, &length));
    if (list != NULL && length != count)
        return onnx_node_error(graph, node, "attribute '%s' has %zu values where %zu are needed", name, length, count);
    for (size_t i = 0; i < count; i++) {
        out[i] = list != NULL ? list[i] : otherwise;
        if (out[i] < lo || out[i] > PROBLEM_MAX_EXTENT)
            return onnx_node_error(graph, node, "attribute '%s' has the value %lld; it must be in %lld..%lld", name,
                                   (long long)out[i], (long long)lo, (long long)PROBLEM_MAX_EXTENT);
    }
    return STATUS_OK;
}

Status onnx_attribute_axis(const OnnxGraph *graph, const OnnxNode *node, const char *name, int rank, int64_t otherwise,
                           int *out) {
    int64_t axis;
    TRY(onnx_attribute_integer(graph, node, name, otherwise, &axis));
    if (axis < -rank || axis >= rank)
        return onnx_node_error(graph, node, "attribute '%s' is %lld; the tensor has %d dimensions", name,
                               (long long)axis, rank);
    *out = (int)(axis < 0 ? axis + rank : axis);
    return STATUS_OK;
}
