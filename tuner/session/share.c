/* SPDX-License-Identifier: Apache-2.0 */
/* Which layer is searched next. A turn is expected to make a layer faster by about what the turns before did; that
 * share of its time, as often as the network has it, is what the turn may save. */
#include <math.h>

#include "tuner/session/internal.h"

/* One turn without success halves the expectation, and it never becomes nothing: no layer is given up. */
void search_note_turn(Search *search, double before) {
    double gained = log(before / search_best_ns(search));
    search->gain = (search->gain + (isfinite(gained) ? fmax(gained, 0) : 0)) / 2;
}

/* In ns; a layer that has no time yet counts with one flop a nanosecond. */
static double promise(const Search *search) {
    double best = search_best_ns(search), time = isnan(best) ? problem_flops(search->layer->problem) : best;
    return search->gain * time * (double)search->layer->count;
}

Search *search_share(Search *searches, size_t count) {
    Search *best = NULL;
    for (size_t i = 0; i < count; i++) {
        if (searches[i].exhausted) continue;
        if (best == NULL || promise(&searches[i]) > promise(best)) best = &searches[i];
    }
    return best;
}
