/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what users bring along (a SPEC) into layers. The forms are told apart by the first word of the text:
 *     layer                    a layer spec: compiler/frontend/README.md has the grammar
 *     conv2d, deconv3d, …      canonical texts of problems (ir/problem.h), any number
 *     key=…, an epilogue word  the keys of one unnamed layer, without "layer NAME" in front
 *     --option, mb1_ic64…      benchdnn convolution descriptors, any number, and batch files that they include
 * or a log of ONEDNN_VERBOSE, known by a line that begins "onednn_verbose,"; its distinct problems, counted;
 * or an ONNX model, known by its name NAME.onnx or its first byte (compiler/frontend/onnx.h): its distinct problems.
 * All functions run inside context_run. What they return lives as long as the context and the sources do; nothing is
 * shared between contexts. */
#ifndef SEPTET_COMPILER_FRONTEND_FRONTEND_H
#define SEPTET_COMPILER_FRONTEND_FRONTEND_H

#include <stddef.h>

#include "base/context.h"
#include "compiler/frontend/onnx.h"
#include "ir/problem.h"

/* A longer SPEC is refused, unless it is called NAME.onnx: then 2 GiB are the limit. */
#define FRONTEND_MAX_FILE_BYTES ((size_t)16 << 20)

/* A SPEC of more layers is refused: a descriptor of a few bytes becomes half a kilobyte. */
#define FRONTEND_MAX_LAYERS ((size_t)1 << 16)

/* What the command line forces upon every layer that is read. NULL members, or a NULL pointer, change nothing. */
typedef struct FrontendOptions {
    const char *epilogue; /* "bias relu", "clamp=0,6", "none": replaces the layer's own */
    const char *layout;   /* "nchw" for x and y, or "x=nhwc,y=nchw", or one of them */
    bool weights;         /* frontend_read_model reads the values of weights too (OnnxOptions.weights) */
} FrontendOptions;

/* Reads a text of any form. At least one layer, each with a problem that passes problem_check. STATUS_INVALID with the
 * place of the mistake. What was assumed or skipped is recorded with diag_note. */
Status frontend_read(Context *context, const Source *source, const FrontendOptions *options, const LayerList **out);

/* The same from a file; "-" is standard input. STATUS_IO when it cannot be read. */
Status frontend_read_file(Context *context, const char *path, const FrontendOptions *options, const LayerList **out);

/* Is it called NAME.onnx? Then it is read as a model, whatever is in it. */
bool frontend_is_model(const char *path);

/* The same from a model file, with what else is known about it: layer i of *out is layer i of *model, changed as the
 * options say. */
Status frontend_read_model(Context *context, const char *path, const FrontendOptions *options, const LayerList **out,
                           const OnnxModel **model);

/* The same from the argument of --conv, which messages then name as the source. Copies the text. */
Status frontend_read_conv(Context *context, const char *text, const FrontendOptions *options, const LayerList **out);

/* The layers called `name`: by their full name, or when there is none, by what follows the last ':' of it. There may be
 * several. STATUS_INVALID, with a suggestion, when there are none. */
Status frontend_select_layers(Context *context, const LayerList *layers, const char *name, const LayerList **out);

/* The C identifier for a layer's kernel, the same for the same layer always: its name with every byte that an
 * identifier cannot have as '_', prefixed "conv_" when that would start with a digit or '_' or be a word of C or C++
 * or a name of its library; "conv_" and 8 hex digits of a hash of the canonical text when it has no name. */
const char *frontend_kernel_name(Context *context, const Layer *layer);

/* Would the kernels' symbols differ? STATUS_INVALID naming two layers whose kernels clash, among them "a_pack" beside
 * "a". O(n log n). */
Status frontend_check_names(Context *context, const LayerList *layers);

#endif
