/* SPDX-License-Identifier: Apache-2.0 */
/* Layers in every form of text: what is read are possible problems, whose canonical texts read as the same, and kernels
 * with names that a compiler takes. Batch files may include those of tests/fuzz/batch, and nothing else. */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "compiler/frontend/frontend.h"
#include "tests/fuzz/fuzz.h"

static const char *print(Context *context, const Problem *problem) {
    Text text = text_new(context);
    problem_print(problem, &text);
    return text_string(&text);
}

static Status check_name(Context *context, const Layer *layer) {
    const char *name = frontend_kernel_name(context, layer);
    bool is_name = name[0] != '\0' && !isdigit((unsigned char)name[0]);
    for (const char *c = name; *c != '\0'; c++) is_name = is_name && (isalnum((unsigned char)*c) || *c == '_');
    return is_name ? STATUS_OK : diag_error(context, STATUS_WRONG, "'%s' is no identifier", name);
}

static Status check_layer(Context *context, const Layer *layer) {
    Problem again;
    if (layer->count < 1) return diag_error(context, STATUS_WRONG, "a layer that occurs %d times", (int)layer->count);
    if (problem_check(context, &layer->problem) != STATUS_OK)
        return diag_error(context, STATUS_WRONG, "an impossible problem was read: %s", diag_message(context));
    const char *text = print(context, &layer->problem);
    const Source canonical = {.name = "canonical", .text = text, .length = strlen(text)};
    if (problem_parse(context, &canonical, &again) != STATUS_OK)
        return diag_error(context, STATUS_WRONG, "the canonical text is refused: %s", diag_message(context));
    TRY(fuzz_compare(context, "the canonical text reads as another problem", text, print(context, &again)));
    return check_name(context, layer);
}

/* Would the reader look for a file elsewhere than beside the text? */
static bool leaves_folder(const Source *input) {
    static const char option[] = "--batch=";
    const char *at = input->text;
    while ((at = strstr(at, option)) != NULL) {
        at += strlen(option);
        if (memchr(at, '/', strcspn(at, " \t\r\n\v\f")) != NULL) return true;
    }
    return false;
}

Status fuzz_input(Context *context, const Source *input) {
    const LayerList *layers = NULL;
    Source placed = *input;
    placed.name = SEPTET_SOURCE_DIR "/tests/fuzz/batch/input";
    if (leaves_folder(input)) return diag_error(context, STATUS_REFUSED, "a file that is not beside the text");
    TRY(frontend_read(context, &placed, NULL, &layers));
    if (layers->count == 0) return diag_error(context, STATUS_WRONG, "no layer and no message");
    for (size_t i = 0; i < layers->count; i++) TRY(check_layer(context, &layers->items[i]));
    return frontend_check_names(context, layers);
}
