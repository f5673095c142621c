/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of a node with their defaults. An attribute of the wrong kind, length or range is STATUS_INVALID with its
 * name; an empty list counts as left out. */
#ifndef SEPTET_COMPILER_FRONTEND_ONNX_ATTRIBUTE_H
#define SEPTET_COMPILER_FRONTEND_ONNX_ATTRIBUTE_H

#include "compiler/frontend/onnx/graph.h"

/* NULL when the node does not have it. */
const OnnxAttribute *onnx_attribute(const OnnxNode *node, const char *name);

Status onnx_attribute_integer(const OnnxGraph *graph, const OnnxNode *node, const char *name, int64_t otherwise,
                              int64_t *out);
Status onnx_attribute_number(const OnnxGraph *graph, const OnnxNode *node, const char *name, double otherwise,
                             double *out);
Status onnx_attribute_string(const OnnxGraph *graph, const OnnxNode *node, const char *name, const char *otherwise,
                             const char **out);

/* A list of any length; *out is NULL and *count 0 when it is left out. */
Status onnx_attribute_list(const OnnxGraph *graph, const OnnxNode *node, const char *name, const int64_t **out,
                           size_t *count);

/* Exactly `count` integers in lo .. PROBLEM_MAX_EXTENT, written to `out`; each is `otherwise` when left out. */
Status onnx_attribute_integers(const OnnxGraph *graph, const OnnxNode *node, const char *name, size_t count, int64_t lo,
                               int64_t otherwise, int64_t *out);

/* An axis: the attribute, counted from the end when negative, must be in 0 .. rank (exclusive). */
Status onnx_attribute_axis(const OnnxGraph *graph, const OnnxNode *node, const char *name, int rank, int64_t otherwise,
                           int *out);

#endif
