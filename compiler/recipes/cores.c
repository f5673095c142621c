/* SPDX-License-Identifier: Apache-2.0 */
/* Which loops the threads divide among themselves: loops that hold one another directly, from the outside, as few as
 * give the threads equal shares. A loop in copies ends them; it can start them anew, with the loops around it left
 * alone, and does where those outside would leave threads idle; but then threads start as often as those loops run. A
 * kernel that is over before they are awake stays with one thread: break-even is at three microseconds or so. */
#include "base/integer.h"
#include "compiler/recipes/internal.h"

/* By how many percent of the threads' time more loops, or a start in the middle, must be better. */
enum { GAIN_OF_MORE = 1, GAIN_OF_START = 10 };

/* To wake threads and to wait for the last one: a microsecond or two. */
enum { START_CYCLES = 4000 };

/* The percentage of their time that threads work which take equal numbers of tiles but for one, and are started so
 * often in a kernel of so many cycles. */
static double busy_percent(int64_t tiles, int64_t threads, double starts, double cycles) {
    double even = 100. * (double)tiles / (double)(integer_ceil_div(tiles, threads) * threads);
    return even / (1 + starts * START_CYCLES * (double)threads / cycles);
}

void recipe_add_cores(Text *text, const OuterLoop *loops, int count, int64_t threads, double cycles) {
    if (threads <= 1) return;
    int first = 0, best_first = 0, best_end = 0;
    int64_t tiles = 1;
    double starts = 1, around = 1, best = busy_percent(1, threads, 0, cycles); /* one thread, which is not started */
    for (int i = 0; i < count; i++) {
        if (loops[i].has_copies) {
            first = i;
            starts = around;
        }
        around *= (double)loops[i].extent;
        tiles = loops[i].has_copies ? loops[i].extent : tiles * loops[i].extent;
        double busy = busy_percent(tiles, threads, starts, cycles);
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
