/* SPDX-License-Identifier: Apache-2.0 */
/* Which loops the threads divide among themselves: loops that hold one another directly, from the outside, as few as
 * give the threads equal shares. A loop in copies ends them; it can start them anew, with the loops around it left
 * alone, and does where those outside would leave threads idle. */
#include "base/integer.h"
#include "compiler/recipes/internal.h"

/* By how many percent of the threads' time more loops, or a start in the middle, must be better. */
enum { GAIN_OF_MORE = 1, GAIN_OF_START = 10 };

/* The percentage of their time that threads work which take equal numbers of tiles but for one. */
static int64_t busy_percent(int64_t tiles, int64_t threads) {
    return 100 * tiles / (integer_ceil_div(tiles, threads) * threads);
}

void recipe_add_cores(Text *text, const OuterLoop *loops, int count, int64_t threads) {
    if (threads <= 1) return;
    int first = 0, best_first = 0, best_end = 0;
    int64_t tiles = 1, best = busy_percent(1, threads);
    for (int i = 0; i < count; i++) {
        if (loops[i].has_copies) first = i;
        tiles = loops[i].has_copies ? loops[i].extent : tiles * loops[i].extent;
        int64_t busy = busy_percent(tiles, threads);
        if (busy < best + (first == best_first ? GAIN_OF_MORE : GAIN_OF_START)) continue;
        best = busy;
        best_first = first;
        best_end = i + 1;
    }
    if (best_end == 0) return;
    text_add_string(text, "spatial_for");
    for (int i = best_first; i < best_end; i++) text_add(text, " %s", loops[i].name);
    text_add_string(text, " on cores\n");
}
