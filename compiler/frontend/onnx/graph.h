/* SPDX-License-Identifier: Apache-2.0 */
/* The graph of a model as plain data in the arena: what is left of a file once protobuf is done with it. Values are
 * numbered, so that nothing below looks names up. Everything here runs inside context_run.
 *
 *     graph_read.c      from the unpacked message       tensor.c, external.c   values of tensors
 *     attribute.c       attributes of nodes, checked    shape*.c               what each node gives: shape or constant
 *     window.c          filters that slide              convolution.c, matrix.c, fold*.c, tasks.c   what we are after
 */
#ifndef SEPTET_COMPILER_FRONTEND_ONNX_GRAPH_H
#define SEPTET_COMPILER_FRONTEND_ONNX_GRAPH_H

#include "compiler/frontend/onnx.h"

enum { ONNX_NONE = -1 };

/* Tensors of up to so many elements are always read: bounds, axes, shapes. Larger ones are weights when they are real,
 * and nothing that we need when they are integers. */
enum { ONNX_SMALL_TENSOR = 1024 };

typedef struct OnnxShape {
    int rank;
    int64_t dims[ONNX_MAX_RANK]; /* 0 .. PROBLEM_MAX_EXTENT; the product is below PROBLEM_MAX_ELEMENTS */
} OnnxShape;

typedef enum OnnxAttributeKind {
    ONNX_OTHER_ATTRIBUTE,
    ONNX_FLOAT,
    ONNX_INT,
    ONNX_STRING,
    ONNX_TENSOR,
    ONNX_FLOATS,
    ONNX_INTS
} OnnxAttributeKind;

typedef struct OnnxAttribute {
    const char *name;
    OnnxAttributeKind kind;
    double number;            /* ONNX_FLOAT */
    int64_t integer;          /* ONNX_INT */
    const char *string;       /* ONNX_STRING */
    const OnnxTensor *tensor; /* ONNX_TENSOR */
    const float *floats;      /* ONNX_FLOATS */
    const int64_t *integers;  /* ONNX_INTS */
    size_t count;             /* of floats or integers */
} OnnxAttribute;

typedef struct OnnxNode {
    OnnxNodeName name;
    bool standard; /* of the default set of operators */
    bool has_subgraph;
    const int *inputs, *outputs; /* values, ONNX_NONE where one is left out */
    size_t input_count, output_count;
    const OnnxAttribute *attributes;
    size_t attribute_count;
} OnnxNode;

typedef struct OnnxValue {
    const char *name;
    int producer;               /* its node; ONNX_NONE for inputs and initializers */
    bool defined;               /* by an input, an initializer, or a node that was read */
    bool is_input, is_output;   /* of the graph */
    int uses;                   /* by nodes, those of subgraphs included */
    int consumer;               /* the last node that reads it, ONNX_NONE for one inside a subgraph */
    const OnnxTensor *constant; /* when it does not depend on the inputs */
    const char *type;           /* of an input or constant; NULL when not known */
    bool known;                 /* its shape is */
    OnnxShape shape;
    const char *unknown; /* why not */
    bool is_declared;    /* the file states the shape */
    OnnxShape declared;
} OnnxValue;

typedef struct OnnxGraph {
    Context *context;
    const char *file;
    const char *folder; /* of external data, NULL for none */
    bool weights;       /* OnnxOptions.weights */
    int64_t opset;
    OnnxNode *nodes;
    size_t node_count;
    OnnxValue *values;
    size_t value_count;
    const int *inputs, *outputs; /* values; inputs without those that initializers give */
    size_t input_count, output_count;
    const OnnxLeftOut *inside; /* convolutions inside of subgraphs; the node's index is that of the one around them */
    size_t inside_count;
    int64_t elements_read, elements_copied; /* of tensors: values in the file, and in tensors made of others */
} OnnxGraph;

/* graph_read.c: reads a model, without looking at what its operators mean. Nodes are in an order in which they can run.
 */
Status onnx_graph_read(Context *context, const Source *source, const char *folder, const OnnxOptions *options,
                       OnnxGraph **out);

/* A name or text of a file made fit to be shown: printable, not too long. */
const char *onnx_shown(Context *context, const char *text);

/* STATUS_INVALID with "net.onnx: node 'conv1' (Conv): ...". */
Status onnx_node_error(const OnnxGraph *graph, const OnnxNode *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The name of a value, fit to be shown. */
const char *onnx_value_name(const OnnxGraph *graph, int value);

/* "[1, 64, 56, 56]" */
const char *onnx_shape_text(Context *context, const OnnxShape *shape);

bool onnx_shape_equal(const OnnxShape *a, const OnnxShape *b);

/* Elements of a shape; false when a dimension or their product is out of range. */
bool onnx_shape_elements(const OnnxShape *shape, int64_t *out);

/* tensor.c: the shape of a tensor. */
OnnxShape onnx_tensor_shape(const OnnxTensor *tensor);

/* May so many elements be copied? Counts them. Copies are limited to a few times what the file holds, so that a small
 * file cannot fill the machine by using one tensor many times. */
bool onnx_may_copy(OnnxGraph *graph, int64_t elements);

/* A tensor to fill in: *floats and *integers (NULL when not wanted, else preset to NULL) get room for the values,
 * unless they may not be copied. NULL when the shape is impossible. */
OnnxTensor *onnx_tensor_new(OnnxGraph *graph, const char *type, const OnnxShape *shape, float **floats,
                            int64_t **integers);

/* The problem's type of an element type; false when there is none. */
bool onnx_scalar_type(const char *type, ScalarType *out);

/* Has the tensor a type whose values can be read as f32? */
bool onnx_is_real(const OnnxTensor *tensor);

/* shape.c: the shape of each value as far as it can be known, and the constants that follow from constants. */
Status onnx_infer_shapes(OnnxGraph *graph);

/* tasks.c: is this the name of an operator that is a convolution or a product, of whatever numbers? */
bool onnx_is_convolution(const char *op);

/* convolution.c, matrix.c, fold.c, tasks.c: from the graph to what the caller gets. */
Status onnx_find_tasks(OnnxGraph *graph, OnnxModel *model);

#endif
