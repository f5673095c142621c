/* SPDX-License-Identifier: Apache-2.0 */
/* ONNX models as one more form that layers come in. */
#include <string.h>

#include "compiler/frontend/internal.h"

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

void onnx_layers_take(Context *context, const OnnxModel *model, LayerVector *layers) {
    for (size_t i = 0; i < model->layers.count; i++) VECTOR_PUSH(context, layers, model->layers.items[i]);
}

Status onnx_layers_read(Context *context, const Source *source, LayerVector *layers) {
    const OnnxModel *model;
    TRY(onnx_read(context, source, NULL, NULL, &model));
    onnx_layers_take(context, model, layers);
    return STATUS_OK;
}
