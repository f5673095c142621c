/* SPDX-License-Identifier: Apache-2.0 */
/* ONNX models as lists of convolutions: every Conv, ConvTranspose, and every Gemm or MatMul with constant weights, each
 * with the operators behind it that its epilogue can take over.
 *
 *     model file ──> graph ──> shapes and constants ──> convolutions ──> + what follows ──> distinct problems, counted
 *
 * Tensors keep the order that the model gives them: x and y are channels-first. A product of matrices
 * y[m, k] = x[m, c] * w[c, k] is the convolution of an image of height 1 and width m whose pixels are the rows, hence
 * channels-last; x transposed is then channels-first.
 *
 * Operators 1 to 22 of the default set are known. A dimension that the model leaves open is taken as 1 when it is the
 * first of an input of the model (the batch), with a note. A convolution that is legal but cannot be a task (its shape
 * is unknown, its arithmetic is quantized …) is left out and listed with the reason; what violates the standard is an
 * error that names node and attribute.
 *
 * No function here is affected by anything but its arguments and the files that it reads; a context is used by one
 * thread at a time. Built without protobuf-c all give STATUS_UNSUPPORTED. */
#ifndef SEPTET_COMPILER_FRONTEND_ONNX_H
#define SEPTET_COMPILER_FRONTEND_ONNX_H

#include "ir/problem.h"

enum { ONNX_MAX_RANK = 8, ONNX_NEWEST_OPSET = 22 };

/* A tensor whose values are known: an initializer, a Constant, or what a TensorProto file holds. */
typedef struct OnnxTensor {
    const char *name; /* "" when it has none */
    const char *type; /* ONNX's word: "float", "int64" */
    int rank;         /* 0: a scalar */
    int64_t dims[ONNX_MAX_RANK];
    int64_t elements;
    const float *floats;     /* of float, float16 and bfloat16; NULL for other types, or when they were not asked for */
    const int64_t *integers; /* of integers and bool, likewise */
} OnnxTensor;

/* A graph input or output. */
typedef struct OnnxPort {
    const char *name;
    bool known; /* the shape is; dimensions that were open are 1 */
    int rank;
    int64_t dims[ONNX_MAX_RANK];
} OnnxPort;

/* A node by its index in the graph's list. */
typedef struct OnnxNodeName {
    size_t index;
    const char *name; /* of the node, or of its first output when it has none */
    const char *op;   /* "Conv" */
} OnnxNodeName;

/* One convolution of the model: what a kernel has to compute in place of `nodes`. */
typedef struct OnnxConvolution {
    const char *name;
    size_t layer; /* its problem is layers.items[layer].problem */
    /* Values of the graph by name: x and, where the problem adds one, the residual; w and bias as the node has them;
     * y is what the last of `nodes` gives. NULL for what there is not. */
    const char *x, *w, *bias, *residual, *y;
    /* What the kernel is given, in the order that NAME_pack takes: [k][c/g][taps], transposed [c][k/g][taps]; factors
     * of BatchNormalization and the like are in it. NULL when not asked for, or when the model does not know it. */
    const float *w_values, *bias_values;
    const float *residual_values; /* of a residual that is constant, [m][k] */
    const OnnxNodeName *nodes; /* the convolution first, a Pad before it, then what follows, in order of application */
    size_t node_count;
    const char *stopped; /* why nothing more was folded: "'v' is read by 2 nodes" */
} OnnxConvolution;

/* A convolution that is no task, and why. One inside of a subgraph has the index of the node around that. */
typedef struct OnnxLeftOut {
    OnnxNodeName node;
    const char *reason;
} OnnxLeftOut;

/* All arrays and strings are in the context's arena. */
typedef struct OnnxModel {
    LayerList layers;                    /* distinct problems in order of appearance, with their counts */
    const OnnxConvolution *convolutions; /* in an order in which they can run */
    size_t convolution_count;
    const OnnxLeftOut *left_out;
    size_t left_out_count;
    const OnnxPort *inputs; /* without those that initializers give; in the order of OnnxOptions.inputs */
    size_t input_count;
    const OnnxPort *outputs;
    size_t output_count;
} OnnxModel;

typedef struct OnnxOptions {
    /* Read the values of all weights, and fold factors into them. Without it only shapes are, and weights may be in
     * files that are not there. */
    bool weights;
    /* Values for inputs of the graph, by position, which makes them constants; NULL entries stay inputs. */
    const OnnxTensor *const *inputs;
    size_t input_count;
} OnnxOptions;

/* Reads a model that is in memory. `folder` is where its external data lies, NULL for none: files are opened only
 * inside of it, never through a symbolic link. STATUS_INVALID with the node and the attribute that are wrong, or when
 * there is no convolution at all (with the reason why the first one was left out); STATUS_IO, STATUS_NO_MEMORY. */
Status onnx_read(Context *context, const Source *source, const char *folder, const OnnxOptions *options,
                 const OnnxModel **out);

/* Reads a model file of up to 2 GiB; external data lies in its folder. */
Status onnx_read_file(Context *context, const char *path, const OnnxOptions *options, const OnnxModel **out);

/* Reads a file that holds one TensorProto, as the test data of models do. */
Status onnx_read_tensor_file(Context *context, const char *path, const OnnxTensor **out);

#endif
