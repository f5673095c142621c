/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out which form a text has, and has it read. */
#include "compiler/frontend/frontend.h"

#include <string.h>

#include "base/file.h"
#include "compiler/frontend/internal.h"
#include "ir/problem_scan.h"

Status layers_add(Context *context, LayerVector *layers, const Layer *layer) {
    if (layers->count == FRONTEND_MAX_LAYERS)
        return diag_error_at(context, STATUS_INVALID, layer->source, layer->offset, "more than %zu layers",
                             FRONTEND_MAX_LAYERS);
    VECTOR_PUSH(context, layers, *layer);
    return STATUS_OK;
}

typedef Status FormReader(Context *context, const Source *source, LayerVector *layers);

/* What follows a token, blanks skipped. */
static char next_character(const Scanner *scanner) {
    const char *at = scanner->source->text + scanner->token.offset + scanner->token.length;
    while (*at == ' ' || *at == '\t') at++;
    return *at;
}

/* A descriptor's first word is a name with a digit in it for the tokenizer: mb1_ic64oc64_ih56… */
static bool looks_like_descriptor(const Scanner *scanner) {
    const char *word = scanner->source->text + scanner->token.offset;
    if (scanner->token.kind != TOKEN_NAME) return strncmp(word, "--", 2) == 0;
    bool has_digit = false;
    for (size_t i = 0; i < scanner->token.length; i++) has_digit |= word[i] >= '0' && word[i] <= '9';
    return has_digit;
}

/* The reader for the text whose first token is current, by the rule of frontend.h; NULL when it has none of the forms.
 */
static FormReader *find_reader(const Scanner *scanner) {
    const char *word = scanner->source->text + scanner->token.offset;
    if (problem_starts_at(scanner)) return canonical_read;
    if (scan_is(scanner, "layer") || next_character(scanner) == '=') return layer_spec_read;
    if (layer_spec_is_word(word, scanner->token.length)) return layer_spec_read;
    return looks_like_descriptor(scanner) ? benchdnn_read : NULL;
}

static Status unknown_form(const Scanner *scanner) {
    if (scanner->token.kind == TOKEN_END) return scan_error(scanner, "there is no layer in it");
    return scan_error(scanner, "expected 'layer NAME …', 'c=64 h=56 …', a canonical text (conv2d n=1 …) or a benchdnn "
                               "descriptor (mb1_ic64oc64_ih56kh3ph1)");
}

static Status read_text(Context *context, const Source *source, LayerVector *layers) {
    Scanner scanner;
    TRY(text_check(context, source));
    if (verbose_begin(source)) return verbose_read(context, source, layers);
    TRY(scan_start(context, source, false, &scanner));
    FormReader *reader = find_reader(&scanner);
    return reader != NULL ? reader(context, source, layers) : unknown_form(&scanner);
}

static Status finish(Context *context, const char *name, const FrontendOptions *options, LayerVector *layers,
                     const LayerList **out) {
    if (layers->count == 0) return diag_error(context, STATUS_INVALID, "%s: there is no layer in it", name);
    TRY(options_apply(context, options, layers));
    LayerList *list = ARENA_NEW(context, LayerList);
    *list = (LayerList){layers->items, layers->count};
    *out = list;
    return STATUS_OK;
}

Status frontend_read(Context *context, const Source *source, const FrontendOptions *options, const LayerList **out) {
    LayerVector layers = {0};
    FormReader *reader = onnx_layers_begin(source) ? onnx_layers_read : read_text;
    TRY(reader(context, source, &layers));
    return finish(context, source->name, options, &layers, out);
}

bool frontend_is_model(const char *path) {
    return onnx_layers_name(path);
}

Status frontend_read_model(Context *context, const char *path, const FrontendOptions *options, const LayerList **out,
                           const OnnxModel **model) {
    LayerVector layers = {0};
    const OnnxOptions onnx = {.weights = options != NULL && options->weights};
    TRY(onnx_read_file(context, path, &onnx, model));
    onnx_layers_take(context, *model, &layers);
    return finish(context, path, options, &layers, out);
}

Status frontend_read_file(Context *context, const char *path, const FrontendOptions *options, const LayerList **out) {
    const Source *source;
    const OnnxModel *model;
    if (frontend_is_model(path)) return frontend_read_model(context, path, options, out, &model);
    TRY(file_read(context, path, FRONTEND_MAX_FILE_BYTES, &source));
    return frontend_read(context, source, options, out);
}

Status frontend_read_conv(Context *context, const char *text, const FrontendOptions *options, const LayerList **out) {
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){"--conv", arena_string(context, text), strlen(text)};
    return frontend_read(context, source, options, out);
}
