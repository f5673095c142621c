/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for compiler/frontend/onnx/ where protobuf-c or ONNX's schema was missing at build time. */
#include "compiler/frontend/onnx.h"

static Status refuse(Context *context, const char *name) {
    return diag_error(context, STATUS_UNSUPPORTED, "%s: built without ONNX support", name);
}

Status onnx_read(Context *context, const Source *source, const char *folder, const OnnxOptions *options,
                 const OnnxModel **out) {
    (void)folder, (void)options, (void)out;
    return refuse(context, source->name);
}

Status onnx_read_file(Context *context, const char *path, const OnnxOptions *options, const OnnxModel **out) {
    (void)options, (void)out;
    return refuse(context, path);
}

Status onnx_read_tensor_file(Context *context, const char *path, const OnnxTensor **out) {
    (void)out;
    return refuse(context, path);
}
