/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels of a model together: beside the object and the header of each there are
 *
 *     MODEL.h           the index: includes all headers, and has a table of the kernels' functions; with weights, also
 *                       one of the convolutions in an order in which they can run
 *     MODEL.json        the manifest: what each kernel computes, and in place of which nodes of the model
 *     NODE_weights.o    with --pack-weights: constants NODE_packed, NODE_bias, NODE_residual of a convolution
 *
 * MODEL is the name of the model's file without ".onnx", made an identifier as a layer's name is; NODE likewise that of
 * the convolution's node. One kernel serves all convolutions of its problem, each with weights of its own; those whose
 * values are equal share one object. Nothing names a path or a time: the same model gives the same bytes. */
#ifndef SEPTET_CLI_NETWORK_H
#define SEPTET_CLI_NETWORK_H

#include "cli/jobs.h"
#include "cli/request.h"

/* What became of a layer of the request. */
typedef struct NetworkKernelState {
    const Plan *plan;
    const char *reason; /* why there is none; else NULL */
} NetworkKernelState;

/* A layer of the model without a kernel. */
typedef struct NetworkGap {
    size_t layer;
    const char *reason;
} NetworkGap;

typedef struct NetworkKernel {
    const Plan *plan;
    size_t layer; /* of the model */
} NetworkKernel;

/* Constants of one or several convolutions. */
typedef struct NetworkWeights {
    const char *name;             /* "conv1": conv1_packed, conv1_bias … in conv1_weights.o */
    size_t kernel;                /* of the network: whose packed layout and problem they have */
    const OnnxConvolution *of;    /* the first of them */
    const float *bias, *residual; /* NULL where the kernel takes none, or the model does not know it */
    const char *bytes;            /* of the object */
    size_t length;
} NetworkWeights;

/* A convolution of the model that has a kernel. */
typedef struct NetworkConvolution {
    const OnnxConvolution *convolution;
    size_t kernel;                 /* of the network */
    const NetworkWeights *weights; /* NULL: they are not packed */
} NetworkConvolution;

typedef struct Network {
    const OnnxModel *model;
    const char *file;              /* "resnet50.onnx", without its folder */
    const char *name;              /* "resnet50" */
    const char *epilogue, *layout; /* forced by the command line; NULL when not */
    size_t count;                  /* of the kernels: all layers of the model, or those that --layer picked */
    const NetworkKernel *kernels;  /* at least one */
    size_t gap_count;
    const NetworkGap *gaps;
    size_t convolution_count;
    NetworkConvolution *convolutions; /* in an order in which they can run */
    bool packed;                      /* weights were asked for */
    size_t weights_count;
    NetworkWeights *weights; /* distinct ones, in order of appearance */
} Network;

/* Is the layer one of a model? */
bool network_has_layer(const Request *request, const RequestLayer *layer);

/* The networks of a request's models, of which some kernel is there, in the arena. states[i] is that of
 * request->layers[i]. An index whose names clash with a kernel's or with those of another index is misuse. */
Status network_collect(Command *command, const Request *request, const NetworkKernelState *states, Network **out,
                       size_t *count);

/* Packs the weights of networks[0 .. count - 1] and makes the objects that hold them. */
Status network_pack(Context *context, const Request *request, Jobs *jobs, Network *networks, size_t count);

/* The index, in the context's arena. */
const char *network_index(Context *context, const Network *network);

/* The manifest, likewise. STATUS_NO_MEMORY. */
Status network_manifest(Context *context, const Network *network, const char **out);

#endif
