/* SPDX-License-Identifier: Apache-2.0 */
/* From the graph to the model that the caller gets: finds the convolutions, has them folded and merged, and reports. */
#include <string.h>

#include "compiler/frontend/onnx/shape.h"
#include "compiler/frontend/onnx/task.h"

typedef VECTOR(OnnxTask) Tasks;
typedef VECTOR(OnnxLeftOut) LeftOut;

typedef struct Search {
    OnnxGraph *graph;
    int *owner; /* of each node: the task that covers it */
    Tasks tasks;
    LeftOut left_out;
} Search;

/* Quantized convolutions are known by name, to be told from what is no convolution at all. */
static bool is_quantized(const char *op) {
    static const char *const ops[] = {"ConvInteger", "QLinearConv", "MatMulInteger", "QLinearMatMul", "DeformConv"};
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        if (strcmp(op, ops[i]) == 0) return true;
    }
    return false;
}

typedef Status TaskReader(const OnnxGraph *graph, const OnnxNode *node, OnnxTask *out, const char **left_out);

static TaskReader *find_reader(const char *op) {
    if (strcmp(op, "Conv") == 0 || strcmp(op, "ConvTranspose") == 0) return onnx_convolution_task;
    return strcmp(op, "Gemm") == 0 || strcmp(op, "MatMul") == 0 ? onnx_matrix_task : NULL;
}

bool onnx_is_convolution(const char *op) {
    return find_reader(op) != NULL || is_quantized(op);
}

static void cover(Search *search, const OnnxTask *task) {
    for (size_t i = 0; i < task->nodes.count; i++) search->owner[task->nodes.items[i].index] = (int)search->tasks.count;
    VECTOR_PUSH(search->graph->context, &search->tasks, *task);
}

static Status visit(Search *search, const OnnxNode *node) {
    OnnxGraph *graph = search->graph;
    const char *reason = is_quantized(node->name.op) ? "this operator is not supported in this version" : NULL;
    TaskReader *reader = find_reader(node->name.op);
    if (!node->standard || (reader == NULL && reason == NULL)) return STATUS_OK;
    OnnxTask task;
    if (reader != NULL) {
        if (node->output_count == 0 || node->outputs[0] == ONNX_NONE)
            return onnx_node_error(graph, node, "it has no output");
        TRY(reader(graph, node, &task, &reason));
    }
    if (reason != NULL) {
        OnnxLeftOut left_out = {node->name, reason};
        VECTOR_PUSH(graph->context, &search->left_out, left_out);
        return STATUS_OK;
    }
    TRY(onnx_fold_pad(graph, &task));
    TRY(onnx_fold(graph, &task, search->owner));
    cover(search, &task);
    return STATUS_OK;
}

static const char *value_name(const OnnxGraph *graph, int value) {
    return value != ONNX_NONE ? graph->values[value].name : NULL;
}

static OnnxConvolution describe(OnnxGraph *graph, const OnnxTask *task) {
    OnnxConvolution convolution = {.name = task->node->name.name, .nodes = task->nodes.items};
    convolution.node_count = task->nodes.count;
    convolution.stopped = task->stopped;
    convolution.x = value_name(graph, task->x);
    convolution.w = value_name(graph, task->w);
    convolution.bias = value_name(graph, task->bias);
    convolution.residual = value_name(graph, task->residual);
    convolution.y = value_name(graph, task->y);
    onnx_task_values(graph, task, &convolution);
    return convolution;
}

static const OnnxPort *describe_ports(const OnnxGraph *graph, const int *values, size_t count) {
    OnnxPort *ports = ARENA_ARRAY(graph->context, OnnxPort, count);
    for (size_t i = 0; i < count; i++) {
        const OnnxValue *value = &graph->values[values[i]];
        ports[i] = (OnnxPort){.name = value->name, .known = value->known, .rank = value->shape.rank};
        memcpy(ports[i].dims, value->shape.dims, sizeof ports[i].dims);
    }
    return ports;
}

/* Says what the caller's user should know although there is a result; an error when there is none. */
static Status report(const OnnxGraph *graph, const OnnxModel *model) {
    const OnnxLeftOut *first = model->left_out_count > 0 ? &model->left_out[0] : NULL;
    if (model->convolution_count == 0 && first != NULL)
        return diag_error(graph->context, STATUS_INVALID, "%s: no convolution can be compiled; node '%s' (%s): %s",
                          graph->file, first->node.name, first->node.op, first->reason);
    if (model->convolution_count == 0)
        return diag_error(graph->context, STATUS_INVALID, "%s: there is no convolution among its %zu nodes",
                          graph->file, graph->node_count);
    if (first != NULL)
        diag_note(graph->context, "%s: left out %zu of %zu convolutions and products; node '%s' (%s): %s", graph->file,
                  model->left_out_count, model->left_out_count + model->convolution_count, first->node.name,
                  first->node.op, first->reason);
    return STATUS_OK;
}

Status onnx_find_tasks(OnnxGraph *graph, OnnxModel *model) {
    Search search = {.graph = graph, .owner = ARENA_ARRAY(graph->context, int, graph->node_count)};
    for (size_t i = 0; i < graph->node_count; i++) search.owner[i] = ONNX_NONE;
    for (size_t i = 0; i < graph->node_count; i++) TRY(visit(&search, &graph->nodes[i]));
    for (size_t i = 0; i < graph->inside_count; i++) VECTOR_PUSH(graph->context, &search.left_out, graph->inside[i]);
    size_t count = search.tasks.count;
    OnnxConvolution *convolutions = ARENA_ARRAY(graph->context, OnnxConvolution, count);
    for (size_t i = 0; i < count; i++) convolutions[i] = describe(graph, &search.tasks.items[i]);
    model->layers = onnx_merge(graph, search.tasks.items, count, convolutions);
    model->convolutions = convolutions;
    model->convolution_count = count;
    model->left_out = search.left_out.items;
    model->left_out_count = search.left_out.count;
    model->inputs = describe_ports(graph, graph->inputs, graph->input_count);
    model->input_count = graph->input_count;
    model->outputs = describe_ports(graph, graph->outputs, graph->output_count);
    model->output_count = graph->output_count;
    return report(graph, model);
}
