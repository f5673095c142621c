/* SPDX-License-Identifier: Apache-2.0 */
/* --epilogue and --layout, forced upon layers that have been read.
 *
 *     epilogue = "none" | epilogue word { [","] epilogue word }
 *     layout   = LAYOUT | ("x"|"y") "=" LAYOUT [ "," ("x"|"y") "=" LAYOUT ] */
#include <string.h>

#include "compiler/frontend/internal.h"
#include "ir/problem_scan.h"

/* An option's text as a source, for messages. */
static const Source *option_source(Context *context, const char *name, const char *text) {
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){name, text, strlen(text)};
    return source;
}

static Status read_epilogue(Context *context, const Source *source, Problem *out) {
    Scanner scanner;
    bool none;
    TRY(scan_start(context, source, false, &scanner));
    TRY(scan_accept(&scanner, "none", &none));
    if (!none) TRY(problem_scan_epilogue(&scanner, out));
    while (!none && scanner.token.kind != TOKEN_END) {
        bool comma;
        TRY(scan_accept(&scanner, ",", &comma));
        TRY(problem_scan_epilogue(&scanner, out));
    }
    if (scanner.token.kind != TOKEN_END) return scan_error(&scanner, "expected the end behind 'none'");
    return STATUS_OK;
}

static Status apply_epilogue(Context *context, const char *text, LayerVector *layers) {
    const Source *source = option_source(context, "--epilogue", text);
    Problem epilogue = problem_default(1);
    TRY(text_check(context, source));
    TRY(read_epilogue(context, source, &epilogue));
    TRY(problem_check_at(context, source, &(FieldPlaces){.start = 0}, &epilogue));
    for (size_t i = 0; i < layers->count; i++) {
        Problem *problem = &layers->items[i].problem;
        problem->epilogue_count = epilogue.epilogue_count;
        memcpy(problem->epilogue, epilogue.epilogue, sizeof problem->epilogue);
    }
    return STATUS_OK;
}

/* What --layout asks for; spatial 0: nothing for this tensor. */
typedef struct LayoutRequest {
    ActivationLayout layout;
    int spatial;
    size_t offset;
} LayoutRequest;

static Status read_layout(Scanner *scanner, LayoutRequest *out) {
    out->offset = scanner->token.offset;
    return problem_scan_layout(scanner, &out->layout, &out->spatial);
}

/* "x=" or "y=", then a layout. */
static Status read_tensor_layout(Scanner *scanner, LayoutRequest *x, LayoutRequest *y) {
    LayoutRequest *request = scan_is(scanner, "x") ? x : y;
    if (request == y && !scan_is(scanner, "y")) return scan_error(scanner, "expected 'x=LAYOUT' or 'y=LAYOUT'");
    if (request->spatial != 0) return scan_error(scanner, "this tensor has a layout already");
    TRY(scan_next(scanner));
    TRY(scan_expect(scanner, "="));
    return read_layout(scanner, request);
}

static Status read_layouts(Context *context, const Source *source, LayoutRequest *x, LayoutRequest *y) {
    Scanner scanner;
    bool more = false;
    TRY(scan_start(context, source, false, &scanner));
    if (!scan_is(&scanner, "x") && !scan_is(&scanner, "y")) {
        TRY(read_layout(&scanner, x));
        *y = *x;
    } else {
        do {
            TRY(read_tensor_layout(&scanner, x, y));
            TRY(scan_accept(&scanner, ",", &more));
        } while (more);
    }
    if (scanner.token.kind != TOKEN_END) return scan_error(&scanner, "expected the end behind the layout");
    return STATUS_OK;
}

static Status apply_layout(Context *context, const Source *source, const LayoutRequest *request, const Layer *layer,
                           ActivationLayout *out) {
    int spatial = layer->problem.spatial;
    if (request->spatial == 0) return STATUS_OK;
    if (request->spatial != spatial)
        return diag_error_at(context, STATUS_INVALID, source, request->offset,
                             "this layout is for %d-D, but layer '%s' is %d-D", request->spatial, layer->name, spatial);
    *out = request->layout;
    return STATUS_OK;
}

static Status apply_layouts(Context *context, const char *text, LayerVector *layers) {
    const Source *source = option_source(context, "--layout", text);
    LayoutRequest x = {.spatial = 0}, y = {.spatial = 0};
    TRY(text_check(context, source));
    TRY(read_layouts(context, source, &x, &y));
    for (size_t i = 0; i < layers->count; i++) {
        Layer *layer = &layers->items[i];
        TRY(apply_layout(context, source, &x, layer, &layer->problem.x_layout));
        TRY(apply_layout(context, source, &y, layer, &layer->problem.y_layout));
    }
    return STATUS_OK;
}

Status options_apply(Context *context, const FrontendOptions *options, LayerVector *layers) {
    if (options == NULL) return STATUS_OK;
    if (options->epilogue != NULL) TRY(apply_epilogue(context, options->epilogue, layers));
    if (options->layout != NULL) TRY(apply_layouts(context, options->layout, layers));
    return STATUS_OK;
}
