/* SPDX-License-Identifier: Apache-2.0 */
/* Shape inference: what the rules for the operators (shape_*.c, constant.c) and their driver (shape.c) share. A rule
 * sets the shapes of the outputs that it can tell; for the others the driver notes why not. A rule fails only on what
 * the standard forbids. */
#ifndef SEPTET_COMPILER_FRONTEND_ONNX_SHAPE_H
#define SEPTET_COMPILER_FRONTEND_ONNX_SHAPE_H

#include "compiler/frontend/onnx/attribute.h"

typedef Status OnnxShapeRule(OnnxGraph *graph, const OnnxNode *node);

#define RULE(name) Status onnx_shape_##name(OnnxGraph *graph, const OnnxNode *node);
#define OPERATOR(word, name)
#include "compiler/frontend/onnx/shape_rules.def"
#undef RULE
#undef OPERATOR

/* constant.c: gives the node's output as a constant when its inputs are constants and the operator is one that shapes
 * and weights are made with. Its shape is known already. */
void onnx_evaluate(OnnxGraph *graph, const OnnxNode *node);

/* An input; NULL when it is left out. */
const OnnxValue *onnx_input(const OnnxGraph *graph, const OnnxNode *node, size_t index);

/* The shape of an input; NULL when it is left out or not known. */
const OnnxShape *onnx_input_shape(const OnnxGraph *graph, const OnnxNode *node, size_t index);

/* Sets the shape of an output, if there is one and the shape is possible. */
void onnx_set_shape(const OnnxGraph *graph, const OnnxNode *node, size_t index, const OnnxShape *shape);

/* Gives an output a value, and with it its shape. */
void onnx_set_constant(const OnnxGraph *graph, const OnnxNode *node, const OnnxTensor *tensor);

/* A list of integers that is an attribute in some versions of an operator and an input in others. */
typedef enum OnnxListState { ONNX_LIST_ABSENT, ONNX_LIST_KNOWN, ONNX_LIST_UNKNOWN } OnnxListState;

typedef struct OnnxList {
    OnnxListState state;
    const int64_t *items; /* ONNX_LIST_KNOWN */
    size_t count;
} OnnxList;

/* The attribute when the node has it, else the input, which is unknown unless it is constant. */
Status onnx_read_list(const OnnxGraph *graph, const OnnxNode *node, const char *attribute, size_t input, OnnxList *out);

/* Which axes a list names, one flag each; negative ones count from the end. Twice the same is an error. */
Status onnx_read_axes(const OnnxGraph *graph, const OnnxNode *node, const OnnxList *list, int rank, bool *out);

/* The order of axes that a Transpose asks for: output axis i is input axis out[i]. */
Status onnx_read_permutation(const OnnxGraph *graph, const OnnxNode *node, int rank, int *out);

/* What a Slice takes of each axis. */
typedef struct OnnxSliceAxis {
    bool cut;
    int64_t start, end, step; /* as written: to be clamped to the extent */
} OnnxSliceAxis;

typedef struct OnnxSlice {
    bool known; /* does not depend on data */
    OnnxSliceAxis axes[ONNX_MAX_RANK];
} OnnxSlice;

Status onnx_read_slice(const OnnxGraph *graph, const OnnxNode *node, int rank, OnnxSlice *out);

/* What a Pad adds to each axis; negative: takes away. */
typedef struct OnnxPads {
    bool known; /* does not depend on data */
    int64_t begin[ONNX_MAX_RANK], end[ONNX_MAX_RANK];
} OnnxPads;

Status onnx_read_pads(const OnnxGraph *graph, const OnnxNode *node, int rank, OnnxPads *out);

/* How many elements from start to end (exclusive) there are in an axis, and the first of them. */
int64_t onnx_slice_count(int64_t extent, int64_t start, int64_t end, int64_t step, int64_t *first);

/* The shape that both broadcast to; false when they do not. */
bool onnx_broadcast(const OnnxShape *a, const OnnxShape *b, OnnxShape *out);

#endif
