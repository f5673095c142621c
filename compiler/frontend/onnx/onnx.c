/* SPDX-License-Identifier: Apache-2.0 */
/* The entry points of the ONNX frontend. */
#include "compiler/frontend/onnx.h"

#include <string.h>

#include "base/file.h"
#include "compiler/frontend/onnx/graph.h"
#include "compiler/frontend/onnx/tensor.h"
#include "compiler/frontend/onnx/wire.h"

enum { MAX_FILE_BYTES = INT32_MAX }; /* protobuf's own limit */

typedef struct Call {
    Context *context;
    const Source *source;
    const char *path, *folder;
    const OnnxOptions *options;
    const OnnxModel **model;
    const OnnxTensor **tensor;
    OnnxMessage *message;
} Call;

static Status read_model(void *data) {
    const Call *call = data;
    static const OnnxOptions defaults = {0};
    OnnxModel *model = ARENA_NEW(call->context, OnnxModel);
    OnnxGraph *graph;
    const OnnxOptions *options = call->options != NULL ? call->options : &defaults;
    TRY(onnx_graph_read(call->context, call->source, call->folder, options, &graph));
    TRY(onnx_infer_shapes(graph));
    TRY(onnx_find_tasks(graph, model));
    *call->model = model;
    return STATUS_OK;
}

Status onnx_read(Context *context, const Source *source, const char *folder, const OnnxOptions *options,
                 const OnnxModel **out) {
    Call call = {.context = context, .source = source, .folder = folder, .options = options, .model = out};
    return context_run(context, read_model, &call);
}

/* The folder of a path; NULL for standard input. */
static const char *folder_of(Context *context, const char *path) {
    const char *slash = strrchr(path, '/');
    if (strcmp(path, "-") == 0) return NULL;
    if (slash == NULL) return ".";
    return slash == path ? "/" : arena_substring(context, path, (size_t)(slash - path));
}

static Status read_model_file(void *data) {
    Call *call = data;
    call->folder = folder_of(call->context, call->path);
    TRY(file_read(call->context, call->path, MAX_FILE_BYTES, &call->source));
    return read_model(call);
}

Status onnx_read_file(Context *context, const char *path, const OnnxOptions *options, const OnnxModel **out) {
    Call call = {.context = context, .path = path, .options = options, .model = out};
    return context_run(context, read_model_file, &call);
}

static Status read_tensor(void *data) {
    const Call *call = data;
    int64_t elements = 0;
    OnnxExternalFiles files = {0};
    OnnxTensorReader reader = {call->context, call->source->name, call->folder, true, &elements, &files};
    return onnx_tensor_read(&reader, (const Onnx__TensorProto *)call->message->message, call->tensor);
}

static Status read_tensor_file(void *data) {
    Call *call = data;
    call->folder = folder_of(call->context, call->path);
    TRY(file_read(call->context, call->path, MAX_FILE_BYTES, &call->source));
    call->message = ARENA_NEW(call->context, OnnxMessage);
    TRY(onnx_unpack(call->context, call->source, &onnx__tensor_proto__descriptor, call->message));
    Status status = context_run(call->context, read_tensor, call);
    onnx_message_free(call->message);
    return status;
}

Status onnx_read_tensor_file(Context *context, const char *path, const OnnxTensor **out) {
    Call call = {.context = context, .path = path, .tensor = out};
    return context_run(context, read_tensor_file, &call);
}
