/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the first cache that push one another out: a set holds a few, and addresses a power of two apart meet in few
 * sets. Counted for the pixels of one tile: with lanes on groups those that its taps read, of whose channels it reads
 * some; with lanes on output channels those of one tap, of whose channels it reads one after the other. */
#include "base/integer.h"
#include "compiler/recipes/internal.h"

enum { LINE_BYTES = 64, MAX_SETS = 1024, MAX_COLUMNS = 4096 };

/* Lines on each set. */
typedef struct Sets {
    int64_t count;
    int lines[MAX_SETS];
} Sets;

static void add_pixel(Sets *sets, int64_t offset, int64_t bytes) {
    int64_t first = offset / LINE_BYTES, last = (offset + bytes - 1) / LINE_BYTES;
    for (int64_t line = first; line <= last; line++) sets->lines[line % sets->count]++;
}

static double share_beyond(const Sets *sets, int ways) {
    int64_t all = 0, beyond = 0;
    for (int64_t i = 0; i < sets->count; i++) {
        all += sets->lines[i];
        if (sets->lines[i] >= ways) beyond += sets->lines[i];
    }
    return all > 0 ? (double)beyond / (double)all : 0;
}

double recipe_overfull(const Problem *problem, const Target *target, const RegisterTileKnobs *knobs) {
    const Dimension *column = &problem->dimension[problem->spatial - 1];
    Sets sets = {.count = integer_min(MAX_SETS, target->l1_bytes / LINE_BYTES / target->l1_ways)};
    int64_t pixel = problem->c * (int64_t)sizeof(float), row = pixel * column->input;
    bool groups = knobs->lane_loop == LANE_G;
    int64_t channels = groups ? knobs->lanes * knobs->vectors : 1;
    int64_t bytes = integer_min(pixel, channels * (int64_t)sizeof(float));
    int64_t step = groups ? 1 : column->stride, taps = groups ? (column->kernel - 1) * column->dilation + 1 : 1;
    int64_t columns = integer_min((knobs->columns - 1) * column->stride + taps, MAX_COLUMNS);
    int64_t stride = problem->spatial > 1 ? (column - 1)->stride : 1;
    if (problem->x_layout.order != LAYOUT_CHANNELS_LAST) return 0;
    for (int64_t i = 0; i < knobs->image_rows; i++)
        for (int64_t j = 0; j < columns; j += step) add_pixel(&sets, i * stride * row + j * pixel, bytes);
    return share_beyond(&sets, target->l1_ways);
}
