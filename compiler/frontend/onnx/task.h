/* SPDX-License-Identifier: Apache-2.0 */
/* A convolution while it is put together: first what its node says, then what is folded into it. Before any word of the
 * epilogue but bias it computes
 *
 *     y[k] = scale[k] * (sum over x * w) + shift[k]
 *
 * Factors of BatchNormalization and the like are gathered in scale and shift, and multiplied into weights and bias
 * once, at the end. Values that were not asked for (OnnxOptions.weights) change nothing in what is folded. */
#ifndef SEPTET_COMPILER_FRONTEND_ONNX_TASK_H
#define SEPTET_COMPILER_FRONTEND_ONNX_TASK_H

#include "base/vector.h"
#include "compiler/frontend/onnx/graph.h"

typedef struct OnnxTask {
    const OnnxNode *node; /* of the convolution */
    Problem problem;
    int x, w, bias, residual; /* values; ONNX_NONE for what there is not */
    int y;                    /* the value at the end of what is covered so far */
    int channel_axis;         /* of y */
    bool w_swapped;           /* the model has [c][k] where the problem has [k][c] */
    double w_factor;          /* of the products: Gemm's alpha */
    double operand_factor;    /* of a constant bias or residual: Gemm's beta */
    double *scale, *shift;    /* [k], the factors included; NULL as long as nothing else is folded */
    VECTOR(OnnxNodeName) nodes;
    const char *stopped;
} OnnxTask;

/* convolution.c, matrix.c: Conv and ConvTranspose; Gemm and MatMul. A reason in *left_out when the node is legal, but
 * no task can be made of it. */
Status onnx_convolution_task(const OnnxGraph *graph, const OnnxNode *node, OnnxTask *out, const char **left_out);
Status onnx_matrix_task(const OnnxGraph *graph, const OnnxNode *node, OnnxTask *out, const char **left_out);

/* Starts a task at a node: no operands yet, factors of 1, y is the node's first output. */
OnnxTask onnx_task_new(const OnnxGraph *graph, const OnnxNode *node, int spatial);

/* Takes the types of the problem from the weights. A reason in *left_out when we have no such type. */
void onnx_take_type(const OnnxGraph *graph, OnnxTask *task, const char **left_out);

/* problem_find_fault as an error of the task's node. */
Status onnx_check_problem(const OnnxGraph *graph, const OnnxTask *task);

/* Appends a word to the epilogue; false when there is no room. A bias is put in front of the others, once. */
bool onnx_add_word(OnnxTask *task, EpilogueKind kind, double first, double second);
void onnx_add_bias(OnnxTask *task);

/* fold_pad.c: takes over a Pad in front of a Conv, as long as nothing else is folded. */
Status onnx_fold_pad(const OnnxGraph *graph, OnnxTask *task);

/* fold.c: takes over the nodes behind the task as long as that is right, and says why it stops. owner[i] is the index
 * of the task that covers node i, or ONNX_NONE; all tasks so far begin before this one. */
Status onnx_fold(const OnnxGraph *graph, OnnxTask *task, const int *owner);

/* Each folds one node, or sets task->stopped to the reason why not. */
typedef Status OnnxFoldRule(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node);

/* fold_affine.c: BatchNormalization; Add, Sub, Mul, Div with a constant for each channel. */
Status onnx_fold_normalization(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node);
Status onnx_fold_affine(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node);

/* fold_activation.c */
Status onnx_fold_relu(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node);
Status onnx_fold_clip(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node);
Status onnx_fold_leaky_relu(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node);
Status onnx_fold_sigmoid(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node);
Status onnx_fold_hard_swish(const OnnxGraph *graph, OnnxTask *task, const OnnxNode *node);

/* fold_gate.c: takes over y * Sigmoid(y) and y * HardSigmoid(y), two nodes that both read y. *folded says whether. */
Status onnx_fold_gate(const OnnxGraph *graph, OnnxTask *task, bool *folded);

/* Can Add, Sub, Mul or Div with this operand be folded as one number for each channel? */
bool onnx_is_per_channel(const OnnxGraph *graph, const OnnxTask *task, const OnnxNode *node, int operand);

/* values.c: what the kernel is given, as far as it was read. */
void onnx_task_values(OnnxGraph *graph, const OnnxTask *task, OnnxConvolution *out);

/* layers.c: the distinct problems in order of appearance, with names that differ as names of kernels, and their counts;
 * notes in each convolution which of them is its own. */
LayerList onnx_merge(const OnnxGraph *graph, const OnnxTask *tasks, size_t count, OnnxConvolution *convolutions);

#endif
