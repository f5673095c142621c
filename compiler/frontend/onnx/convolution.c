/* SPDX-License-Identifier: Apache-2.0 */
/* Conv and ConvTranspose as problems.
 *
 *     Conv           w [k, c/g, taps ...]    ConvTranspose   w [c, k/g, taps ...]
 * which are the orders that NAME_pack takes. */
#include <string.h>

#include "compiler/frontend/onnx/shape.h"
#include "compiler/frontend/onnx/task.h"
#include "compiler/frontend/onnx/window.h"

/* What a node says, checked against the shapes of its operands. */
typedef struct Convolution {
    bool transposed;
    const OnnxShape *x, *w;
    int64_t group, k;
    Dimension dimensions[ONNX_MAX_RANK];
} Convolution;

static Status check_shapes(const OnnxGraph *graph, const OnnxNode *node, const Convolution *convolution) {
    const OnnxShape *x = convolution->x, *w = convolution->w;
    if (x->rank < 3 || w->rank != x->rank)
        return onnx_node_error(graph, node, "its input has the shape %s and its weights %s",
                               onnx_shape_text(graph->context, x), onnx_shape_text(graph->context, w));
    int64_t group = convolution->group;
    int64_t c = convolution->transposed ? w->dims[0] : w->dims[1] * group;
    if (c != x->dims[1])
        return onnx_node_error(graph, node, "its input has %lld channels, its weights with group=%lld are for %lld",
                               (long long)x->dims[1], (long long)group, (long long)c);
    return STATUS_OK;
}

static Status check_kernel_shape(const OnnxGraph *graph, const OnnxNode *node, const OnnxShape *w) {
    const int64_t *list;
    size_t count;
    TRY(onnx_attribute_list(graph, node, "kernel_shape", &list, &count));
    if (list == NULL) return STATUS_OK;
    bool same = count == (size_t)w->rank - 2 && memcmp(list, w->dims + 2, count * sizeof *list) == 0;
    return same ? STATUS_OK
                : onnx_node_error(graph, node, "attribute 'kernel_shape' is not that of its weights, %s",
                                  onnx_shape_text(graph->context, w));
}

static Status check_bias(const OnnxGraph *graph, const OnnxNode *node, const Convolution *convolution) {
    const OnnxShape *bias = onnx_input_shape(graph, node, 2);
    if (bias == NULL || (bias->rank == 1 && bias->dims[0] == convolution->k)) return STATUS_OK;
    return onnx_node_error(graph, node, "its bias has the shape %s; it gives %lld channels",
                           onnx_shape_text(graph->context, bias), (long long)convolution->k);
}

/* Reads the node; the shapes of its operands are known. */
static Status read_convolution(const OnnxGraph *graph, const OnnxNode *node, Convolution *out) {
    *out = (Convolution){.transposed = strcmp(node->name.op, "ConvTranspose") == 0};
    out->x = onnx_input_shape(graph, node, 0);
    out->w = onnx_input_shape(graph, node, 1);
    TRY(onnx_attribute_integer(graph, node, "group", 1, &out->group));
    if (out->group < 1 || out->group > PROBLEM_MAX_EXTENT)
        return onnx_node_error(graph, node, "attribute 'group' is %lld", (long long)out->group);
    TRY(check_shapes(graph, node, out));
    TRY(check_kernel_shape(graph, node, out->w));
    out->k = out->transposed ? out->w->dims[1] * out->group : out->w->dims[0];
    TRY(check_bias(graph, node, out));
    OnnxWindowKind kind = out->transposed ? ONNX_TRANSPOSED : ONNX_CONVOLUTION;
    return onnx_read_window(graph, node, kind, out->x, out->w->dims + 2, out->dimensions);
}

static Status check_operands(const OnnxGraph *graph, const OnnxNode *node) {
    if (onnx_input(graph, node, 0) != NULL && onnx_input(graph, node, 1) != NULL && node->input_count <= 3)
        return STATUS_OK;
    return onnx_node_error(graph, node, "it needs an input, weights, and possibly a bias");
}

Status onnx_shape_convolution(OnnxGraph *graph, const OnnxNode *node) {
    TRY(check_operands(graph, node));
    if (onnx_input_shape(graph, node, 0) == NULL || onnx_input_shape(graph, node, 1) == NULL) return STATUS_OK;
    Convolution convolution;
    TRY(read_convolution(graph, node, &convolution));
    OnnxShape shape = {.rank = convolution.x->rank, .dims = {convolution.x->dims[0], convolution.k}};
    for (int i = 2; i < shape.rank; i++) shape.dims[i] = convolution.dimensions[i - 2].output;
    onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}

/* Why no task can be made of a node, as far as its operands tell; else NULL. */
static const char *find_obstacle(const OnnxGraph *graph, const OnnxNode *node) {
    static const char *const what[] = {"input", "weights"};
    for (size_t i = 0; i < 2; i++) {
        const OnnxValue *value = onnx_input(graph, node, i);
        if (!value->known)
            return arena_format(graph->context, "the shape of its %s '%s' is not known: %s", what[i],
                                onnx_value_name(graph, node->inputs[i]), value->unknown);
    }
    const OnnxValue *w = onnx_input(graph, node, 1);
    if (w->constant == NULL && !w->is_input)
        return arena_format(graph->context, "its weights '%s' are computed by the model",
                            onnx_value_name(graph, node->inputs[1]));
    if (w->shape.rank > PROBLEM_MAX_SPATIAL + 2) return "it has more than 3 spatial dimensions";
    return NULL;
}

Status onnx_convolution_task(const OnnxGraph *graph, const OnnxNode *node, OnnxTask *out, const char **left_out) {
    *left_out = find_obstacle(graph, node);
    if (*left_out != NULL) return STATUS_OK;
    Convolution convolution;
    TRY(read_convolution(graph, node, &convolution));
    *out = onnx_task_new(graph, node, convolution.x->rank - 2);
    Problem *problem = &out->problem;
    problem->transposed = convolution.transposed;
    problem->n = convolution.x->dims[0];
    problem->c = convolution.x->dims[1];
    problem->k = convolution.k;
    problem->g = convolution.group;
    problem->x_layout.order = problem->y_layout.order = LAYOUT_CHANNELS_FIRST;
    for (int i = 0; i < problem->spatial; i++) problem->dimension[i] = convolution.dimensions[i];
    problem_derive_padding(problem);
    out->x = node->inputs[0];
    out->w = node->inputs[1];
    out->channel_axis = 1;
    if (onnx_input(graph, node, 2) != NULL) {
        out->bias = node->inputs[2];
        onnx_add_bias(out);
    }
    onnx_take_type(graph, out, left_out);
    return onnx_check_problem(graph, out);
}
