/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical texts, one after the other: how records and messages of septet itself name a layer. */
#include "compiler/frontend/internal.h"
#include "ir/problem_scan.h"

Status canonical_read(Context *context, const Source *source, LayerVector *layers) {
    Scanner scanner;
    TRY(scan_start(context, source, false, &scanner));
    while (scanner.token.kind != TOKEN_END) {
        Layer layer = {.name = "", .count = 1, .source = source, .offset = scanner.token.offset};
        TRY(problem_scan(&scanner, &layer.problem));
        TRY(layers_add(context, layers, &layer));
    }
    return STATUS_OK;
}
