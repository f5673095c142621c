/* SPDX-License-Identifier: Apache-2.0 */
/* ONNX models as one more form that layers come in. */
#include <string.h>

#include "compiler/frontend/internal.h"
#include "compiler/frontend/onnx.h"

/* A model begins with its field 1, the version of the format, a varint: a byte that no text begins with. */
static const char first_byte = 1 << 3;

bool onnx_layers_begin(const Source *source) {
    return source->length > 0 && source->text[0] == first_byte;
}

bool onnx_layers_name(const char *path) {
    static const char extension[] = ".onnx";
    size_t length = strlen(path);
    return length >= strlen(extension) && strcmp(path + length - strlen(extension), extension) == 0;
}

static void take(Context *context, const OnnxModel *model, LayerVector *layers) {
    for (size_t i = 0; i < model->layers.count; i++) VECTOR_PUSH(context, layers, model->layers.items[i]);
}

Status onnx_layers_read(Context *context, const Source *source, LayerVector *layers) {
    const OnnxModel *model;
    TRY(onnx_read(context, source, NULL, NULL, &model));
    take(context, model, layers);
    return STATUS_OK;
}

Status onnx_layers_read_file(Context *context, const char *path, LayerVector *layers) {
    const OnnxModel *model;
    TRY(onnx_read_file(context, path, NULL, &model));
    take(context, model, layers);
    return STATUS_OK;
}
