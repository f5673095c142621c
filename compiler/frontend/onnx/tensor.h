/* SPDX-License-Identifier: Apache-2.0 */
/* Reading TensorProtos and the files beside a model that they may point to. */
#ifndef SEPTET_COMPILER_FRONTEND_ONNX_TENSOR_H
#define SEPTET_COMPILER_FRONTEND_ONNX_TENSOR_H

#include "base/vector.h"
#include "compiler/frontend/onnx/graph.h"
#include "onnx/onnx.pb-c.h"

/* A file that external data was read from. */
typedef struct OnnxExternalFile {
    uint64_t device, number; /* which file it is */
    uint64_t bytes_read;
} OnnxExternalFile;

typedef VECTOR(OnnxExternalFile) OnnxExternalFiles;

typedef struct OnnxTensorReader {
    Context *context;
    const char *file;   /* for messages */
    const char *folder; /* of external data, NULL for none */
    bool weights;       /* read the values of large tensors too */
    int64_t *elements;  /* counts those whose values were read */
    OnnxExternalFiles *files;
} OnnxTensorReader;

/* Reads a tensor into the arena. STATUS_INVALID when its data do not fit its shape or cannot be had. */
Status onnx_tensor_read(const OnnxTensorReader *reader, const Onnx__TensorProto *proto, const OnnxTensor **out);

/* external.c: where a tensor's bytes are in a file beside the model. */
typedef struct OnnxExternal {
    const char *location; /* relative to the model's folder */
    int64_t offset;
    size_t bytes;
} OnnxExternal;

/* Reads `bytes` bytes into the arena. All tensors together may read a few times what a file holds: a small model that
 * names one range a thousand times is refused. The file is opened step by step from the folder: no absolute path, no
 * "..", no symbolic link, nothing but a regular file. `tensor` is its name for messages. */
Status onnx_external_read(const OnnxTensorReader *reader, const char *tensor, const OnnxExternal *external,
                          const unsigned char **out);

/* The word for an element type, "type 99" for one that is not known. */
const char *onnx_type_name(Context *context, int32_t number);

#endif
