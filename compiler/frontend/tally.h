/* SPDX-License-Identifier: Apache-2.0 */
/* Things that were skipped, counted by kind, so that a long file gives one note for each kind and not for each line. */
#ifndef SEPTET_COMPILER_FRONTEND_TALLY_H
#define SEPTET_COMPILER_FRONTEND_TALLY_H

#include "base/vector.h"

typedef struct TallyKind {
    const char *kind, *first; /* what tells kinds apart; the first one of it as it was written */
    size_t count;
} TallyKind;

typedef VECTOR(TallyKind) Tally;

/* Counts one; both strings are kept by reference. */
void tally_add(Context *context, Tally *tally, const char *kind, const char *first);

/* Notes each kind in order of appearance: "NAME: skipped '--dt=f32', an option of benchdnn", or, of several, "NAME:
 * skipped '--dt=f32' and 2 more of its kind, an option of benchdnn". */
void tally_note(Context *context, const Tally *tally, const char *name, const char *what);

#endif
