/* SPDX-License-Identifier: Apache-2.0 */
/* A list of kinds: there are few, since their names are words of a small language. */
#include "compiler/frontend/tally.h"

#include <string.h>

/* A hostile text may have any number of kinds: beyond this they count as the last one. */
enum { MAX_KINDS = 64 };

void tally_add(Context *context, Tally *tally, const char *kind, const char *first) {
    size_t i = 0;
    while (i < tally->count && strcmp(tally->items[i].kind, kind) != 0) i++;
    if (i == MAX_KINDS) i--;
    TallyKind added = {kind, first, 0};
    if (i == tally->count) VECTOR_PUSH(context, tally, added);
    tally->items[i].count++;
}

void tally_note(Context *context, const Tally *tally, const char *name, const char *what) {
    for (size_t i = 0; i < tally->count; i++) {
        const TallyKind *kind = &tally->items[i];
        if (kind->count == 1) diag_note(context, "%s: skipped '%s', %s", name, kind->first, what);
        if (kind->count > 1)
            diag_note(context, "%s: skipped '%s' and %zu more of its kind, %s", name, kind->first, kind->count - 1,
                      what);
    }
}
