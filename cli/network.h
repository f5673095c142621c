/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels of a model together: beside the object and the header of each there are
 *
 *     MODEL.h       the index: includes all headers, and has a table of the kernels' functions
 *     MODEL.json    the manifest: what each kernel computes, and in place of which nodes of the model
 *
 * MODEL is the name of the model's file without ".onnx", made an identifier as a layer's name is. Both name no path and
 * no time: the same model gives the same bytes. */
#ifndef SEPTET_CLI_NETWORK_H
#define SEPTET_CLI_NETWORK_H

#include "cli/request.h"

typedef struct NetworkKernel {
    const Plan *plan;
    size_t layer; /* of the model */
} NetworkKernel;

typedef struct Network {
    const OnnxModel *model;
    const char *file;              /* "resnet50.onnx", without its folder */
    const char *name;              /* "resnet50" */
    const char *epilogue, *layout; /* forced by the command line; NULL when not */
    size_t count;                  /* of the kernels: all layers of the model, or those that --layer picked */
    const NetworkKernel *kernels;  /* at least one */
} Network;

/* The networks of a request's models, of which some layer is there, in the arena. plans[i] is that of
 * request->layers[i]. An index whose names clash with a kernel's or with those of another index is misuse. */
Status network_collect(Command *command, const Request *request, const Plan *const *plans, const Network **out,
                       size_t *count);

/* The index, in the context's arena. */
const char *network_index(Context *context, const Network *network);

/* The manifest, likewise. STATUS_NO_MEMORY. */
Status network_manifest(Context *context, const Network *network, const char **out);

#endif
