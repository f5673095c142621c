/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that turn a ModelProto into a graph share. */
#ifndef SEPTET_COMPILER_FRONTEND_ONNX_READING_H
#define SEPTET_COMPILER_FRONTEND_ONNX_READING_H

#include "compiler/frontend/onnx/graph.h"
#include "compiler/frontend/onnx/tensor.h"

/* Names of open dimensions that are taken as 1; a model has one, "batch". Of more than these the others stay open. */
enum { ONNX_MAX_SYMBOLS = 16 };

typedef struct OnnxReading {
    Context *context;
    const Onnx__ModelProto *model;
    const Onnx__GraphProto *proto;
    const OnnxOptions *options;
    OnnxTensorReader tensors;
    OnnxExternalFiles files;
    OnnxGraph *graph;
    VECTOR(OnnxLeftOut) inside; /* of subgraphs */
    const char *symbols[ONNX_MAX_SYMBOLS];
    int symbol_count;
} OnnxReading;

/* graph_read.c: is it that of the standard's operators? */
bool onnx_is_default_domain(const char *domain);

/* read_values.c: numbers all names, and fills in inputs, initializers, bound inputs and declared shapes. */
Status onnx_read_values(OnnxReading *reading);

/* The number of a name; ONNX_NONE for NULL, "" and names that the main graph does not have. */
int onnx_find_value(const OnnxReading *reading, const char *name);

/* read_nodes.c: nodes and outputs; who gives and who reads each value. */
Status onnx_read_nodes(OnnxReading *reading);

#endif
