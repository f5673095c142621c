/* SPDX-License-Identifier: Apache-2.0 */
/* A random point of the recipes: knobs that are legal for a problem, good or bad. Tiles are kept small, so that a point
 * compiles quickly. */
#include "base/integer.h"
#include "compiler/algorithms/algorithms.h"
#include "compiler/recipes/internal.h"

enum { MAX_ACCUMULATORS = 16, MAX_COPIES = 64, MAX_THREADS = 4 };

/* Sometimes none, sometimes half of those that lie side by side. */
static void draw_lanes(Random *random, const Problem *problem, const Target *target, RegisterTileKnobs *knobs) {
    recipe_choose_lanes(problem, target, knobs);
    while (knobs->lanes > 2 && random_once_in(random, 3)) knobs->lanes /= 2;
    if (!random_once_in(random, 5)) return;
    knobs->lane_loop = LANE_NONE;
    knobs->lanes = 1;
}

static int64_t draw_unroll_c(Random *random, const Problem *problem) {
    int64_t c = problem->c / problem->g;
    for (int tries = 0; tries < 4; tries++) {
        int64_t factor = random_integer(random, 1, integer_min(c, 4));
        if (c % factor == 0) return factor;
    }
    return 1;
}

static void draw_tile(Random *random, const Problem *problem, RegisterTileKnobs *knobs) {
    const Dimension *column = &problem->dimension[problem->spatial - 1];
    int64_t columns = knobs->lane_loop == LANE_Q ? problem->k / problem->g : column->output;
    bool may_tile = knobs->lane_loop != LANE_Q && !knobs->fuse_pixels && recipe_rows_tile(problem);
    knobs->vectors = random_integer(random, 1, 4);
    knobs->columns = random_integer(random, 1, integer_min(MAX_ACCUMULATORS / knobs->vectors, columns));
    knobs->image_rows = 1;
    int64_t rows = MAX_ACCUMULATORS / (knobs->vectors * knobs->columns);
    if (may_tile) knobs->image_rows = random_integer(random, 1, integer_min(rows, (column - 1)->output));
    knobs->unroll_c = draw_unroll_c(random, problem);
    bool is_small = knobs->columns * knobs->vectors * column->kernel * knobs->unroll_c <= MAX_COPIES;
    knobs->unroll_taps = recipe_phases(problem) > 1 && is_small && !random_once_in(random, 3);
}

const char *recipes_draw(Context *context, Random *random, const Problem *problem, const Target *target) {
    if (algorithm_direct_joins_groups(problem)) return "";
    RegisterTileKnobs knobs = {.fuse_pixels = recipe_pixels_fuse(problem) && random_once_in(random, 2)};
    draw_lanes(random, problem, target, &knobs);
    knobs.order = (ChannelOrder)random_integer(random, 0, CHANNEL_ORDERS - 1);
    draw_tile(random, problem, &knobs);
    knobs.threads = random_integer(random, 1, MAX_THREADS);
    return recipe_register_tile(context, problem, &knobs);
}
