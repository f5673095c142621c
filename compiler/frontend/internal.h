/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the frontend: one reader for each form of text. Each appends the layers of the whole source, with
 * problems that pass problem_check. All but ONNX's are called with text that is UTF-8 and has a word in it. */
#ifndef SEPTET_COMPILER_FRONTEND_INTERNAL_H
#define SEPTET_COMPILER_FRONTEND_INTERNAL_H

#include "base/vector.h"
#include "compiler/frontend/frontend.h"

typedef VECTOR(Layer) LayerVector;

/* Adds a layer. STATUS_INVALID at its place when there are FRONTEND_MAX_LAYERS before it. */
Status layers_add(Context *context, LayerVector *layers, const Layer *layer);

/* "layer NAME key=value …", and the keys of one layer alone. */
Status layer_spec_read(Context *context, const Source *source, LayerVector *layers);

/* benchdnn descriptors, and the batch files that they include. */
Status benchdnn_read(Context *context, const Source *source, LayerVector *layers);

/* Logs of ONEDNN_VERBOSE; is this one? */
Status verbose_read(Context *context, const Source *source, LayerVector *layers);
bool verbose_begin(const Source *source);

/* Canonical texts. */
Status canonical_read(Context *context, const Source *source, LayerVector *layers);

/* ONNX models (compiler/frontend/onnx.h): the distinct problems of a model in memory, without data in other files, or
 * of one that has been read. */
Status onnx_layers_read(Context *context, const Source *source, LayerVector *layers);
void onnx_layers_take(Context *context, const OnnxModel *model, LayerVector *layers);

/* Does it begin as an ONNX model does; is it called one? */
bool onnx_layers_begin(const Source *source);
bool onnx_layers_name(const char *path);

/* Changes the layers as the options say. */
Status options_apply(Context *context, const FrontendOptions *options, LayerVector *layers);

/* STATUS_INVALID with the place when the text holds a NUL or is not UTF-8. */
Status text_check(Context *context, const Source *source);

/* Is this a word that stands alone in a layer spec: an epilogue word or "transposed"? */
bool layer_spec_is_word(const char *word, size_t length);

#endif
