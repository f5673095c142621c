/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of a model to its graph. The message that protobuf unpacks lives outside of the arena, hence the inner
 * context_run: when memory runs out in it, the message is still freed here. */
#include <string.h>

#include "compiler/frontend/onnx/reading.h"
#include "compiler/frontend/onnx/wire.h"

bool onnx_is_default_domain(const char *domain) {
    return domain == NULL || domain[0] == '\0' || strcmp(domain, "ai.onnx") == 0;
}

static Status read_opset(OnnxReading *reading) {
    OnnxGraph *graph = reading->graph;
    graph->opset = 1; /* before there were sets */
    for (size_t i = 0; i < reading->model->n_opset_import; i++) {
        const Onnx__OperatorSetIdProto *import = reading->model->opset_import[i];
        if (onnx_is_default_domain(import->domain)) graph->opset = import->version;
    }
    if (graph->opset < 1)
        return diag_error(graph->context, STATUS_INVALID, "%s: there is no operator set %lld", graph->file,
                          (long long)graph->opset);
    if (graph->opset > ONNX_NEWEST_OPSET)
        diag_note(graph->context, "%s: operator set %lld is read as %d, the newest that is known", graph->file,
                  (long long)graph->opset, ONNX_NEWEST_OPSET);
    return STATUS_OK;
}

static bool has_convolution(const Onnx__FunctionProto *function) {
    for (size_t i = 0; i < function->n_node; i++) {
        const Onnx__NodeProto *node = function->node[i];
        if (node->op_type == NULL || !onnx_is_default_domain(node->domain)) continue;
        if (onnx_is_convolution(node->op_type)) return true;
    }
    return false;
}

/* A model may define operators by functions. Exporters of the newer kind put convolutions there, and tools inline them.
 */
static void note_functions(const OnnxReading *reading) {
    for (size_t i = 0; i < reading->model->n_functions; i++) {
        const Onnx__FunctionProto *function = reading->model->functions[i];
        if (!has_convolution(function)) continue;
        diag_note(reading->context,
                  "%s: the model's functions are not looked into, and '%s' has convolutions in it; have them inlined",
                  reading->graph->file, onnx_shown(reading->context, function->name != NULL ? function->name : ""));
        return;
    }
}

static Status read_body(void *data) {
    OnnxReading *reading = data;
    OnnxGraph *graph = reading->graph;
    reading->proto = reading->model->graph;
    if (reading->proto == NULL)
        return diag_error(reading->context, STATUS_INVALID, "%s: not a valid ONNX model: it has no graph", graph->file);
    TRY(read_opset(reading));
    note_functions(reading);
    TRY(onnx_read_values(reading));
    return onnx_read_nodes(reading);
}

Status onnx_graph_read(Context *context, const Source *source, const char *folder, const OnnxOptions *options,
                       OnnxGraph **out) {
    OnnxGraph *graph = ARENA_NEW(context, OnnxGraph);
    *graph = (OnnxGraph){context, .file = source->name, .folder = folder, .weights = options->weights};
    *out = graph;
    OnnxReading *reading = ARENA_NEW(context, OnnxReading);
    *reading = (OnnxReading){.context = context, .options = options, .graph = graph};
    reading->tensors =
        (OnnxTensorReader){context, source->name, folder, options->weights, &graph->elements_read, &reading->files};
    OnnxMessage *message = ARENA_NEW(context, OnnxMessage);
    TRY(onnx_unpack(context, source, &onnx__model_proto__descriptor, message));
    reading->model = (const Onnx__ModelProto *)message->message;
    Status status = context_run(context, read_body, reading);
    onnx_message_free(message);
    return status;
}
