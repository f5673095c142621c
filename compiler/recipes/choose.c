/* SPDX-License-Identifier: Apache-2.0 */
/* The analytic default: which recipe, and its knobs, from a model of one core.
 *
 * Cycles of a register tile of pixels x vectors FMAs, each step of the reduction: the FMAs over the ports, but at least
 * the latency of one FMA (each accumulator is a chain), and the loads (a broadcast a pixel, and the vectors) over two
 * load ports. Summed over all tiles, tails included, it counts both what a tile shape wastes at the borders and what it
 * pays for loads. */
#include <stdint.h>

#include "base/integer.h"
#include "compiler/recipes/internal.h"

enum { LOAD_PORTS = 2, MAX_PIXELS = 28, MAX_VECTORS = 4, MAX_IMAGE_ROWS = 4 };

/* What the broadcast side of the tile covers: pixels, or output channels in one row. */
typedef struct Area {
    int64_t rows, columns;
    int64_t most_rows; /* that a tile may take */
} Area;

static int64_t power_of_two_at_least(int64_t value) {
    int64_t power = 1;
    while (power < value) power *= 2;
    return power;
}

/* Tenths of half a cycle of one reduction step of a tile. Beyond the bound, each broadcast and each vector (which comes
 * from L2) costs a little that FMAs do not hide: fitted to the measured 74, 91, 91, 81 % of peak of tiles of 28 x 1, 14
 * x 2, 9 x 3 and 6 x 4. */
static int64_t tile_cost(const Target *target, int64_t pixels, int64_t vectors) {
    int64_t fmas = 2 * pixels * vectors / target->fma_ports, loads = 2 * (pixels + vectors) / LOAD_PORTS;
    return 10 * integer_max(integer_max(fmas, loads), 2 * (int64_t)target->fma_latency_cycles) + 2 * pixels +
           8 * vectors;
}

/* Accumulators, vectors and one broadcast; without FMA also the product. */
static int64_t live_registers(const Target *target, int64_t pixels, int64_t vectors) {
    return pixels * vectors + vectors + 1 + !target->fma;
}

/* All tiles that cover rows x columns by tiles of image_rows x columns: whole ones, and tails of their own. */
static int64_t cover_cost(const Target *target, const Area *area, const RegisterTileKnobs *knobs) {
    int64_t rows[2] = {knobs->image_rows, area->rows % knobs->image_rows};
    int64_t columns[2] = {knobs->columns, area->columns % knobs->columns};
    int64_t row_tiles[2] = {area->rows / knobs->image_rows, rows[1] != 0};
    int64_t column_tiles[2] = {area->columns / knobs->columns, columns[1] != 0};
    int64_t cost = 0;
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            cost += row_tiles[i] * column_tiles[j] * tile_cost(target, rows[i] * columns[j], knobs->vectors);
    return cost;
}

/* The broadcast side covers `area`, the vectors lane_extent positions. */
static void choose_tile(const Target *target, const Area *area, int64_t lane_extent, RegisterTileKnobs *knobs) {
    int64_t best = INT64_MAX;
    RegisterTileKnobs tried = *knobs;
    for (tried.vectors = 1; tried.vectors <= MAX_VECTORS; tried.vectors++) {
        int64_t lane_tiles = integer_ceil_div(lane_extent, knobs->lanes * tried.vectors);
        for (tried.image_rows = 1; tried.image_rows <= area->most_rows; tried.image_rows++) {
            for (tried.columns = 1; tried.columns <= integer_min(MAX_PIXELS, area->columns); tried.columns++) {
                int64_t pixels = tried.image_rows * tried.columns;
                if (live_registers(target, pixels, tried.vectors) > target->vector_registers) break;
                int64_t cost = lane_tiles * cover_cost(target, area, &tried);
                if (cost > best || (cost == best && tried.image_rows > 1)) continue;
                best = cost;
                *knobs = tried;
            }
        }
    }
}

static bool is_channels_last(ActivationLayout layout) {
    return layout.order == LAYOUT_CHANNELS_LAST;
}

/* The loop whose neighbours lie side by side in y, and in x where x is read in lanes. */
static LaneLoop choose_lane_loop(const Problem *problem, const Target *target) {
    int64_t k = problem->k / problem->g, c = problem->c / problem->g;
    const Dimension *d = &problem->dimension[problem->spatial - 1];
    if (target->vector_bytes <= (int64_t)sizeof(float)) return LANE_NONE;
    if (is_channels_last(problem->y_layout)) {
        bool is_depthwise = k == 1 && c == 1 && problem->g > 1 && is_channels_last(problem->x_layout);
        if (is_depthwise) return LANE_G;
        return k > 1 ? LANE_K : LANE_NONE;
    }
    return d->stride == 1 && d->output > 1 && !is_channels_last(problem->x_layout) ? LANE_Q : LANE_NONE;
}

/* Two channels a step, all of very few. Tiles of several rows unroll whole windows at borders, and take one. */
static int64_t choose_unroll_c(const Problem *problem, const RegisterTileKnobs *knobs) {
    int64_t c = problem->c / problem->g;
    if (knobs->image_rows > 1) return 1;
    if (c <= 4) return c;
    return c % 2 == 0 ? 2 : 1;
}

static Area choose_area(const Problem *problem, const RegisterTileKnobs *knobs) {
    const Dimension *column = &problem->dimension[problem->spatial - 1];
    if (knobs->lane_loop == LANE_Q) return (Area){1, problem->k / problem->g, 1};
    Area area = {1, column->output, 1};
    for (int i = 0; i < problem->spatial - 1; i++) {
        area.rows *= problem->dimension[i].output;
        if (knobs->fuse_pixels) area.columns *= problem->dimension[i].output;
    }
    if (knobs->fuse_pixels) area.rows = 1;
    bool may_tile = knobs->lane_loop == LANE_K && !knobs->fuse_pixels && recipe_rows_tile(problem);
    if (may_tile) area.most_rows = integer_min(MAX_IMAGE_ROWS, (column - 1)->output);
    return area;
}

static int64_t choose_lane_extent(const Problem *problem, const RegisterTileKnobs *knobs) {
    int64_t pixels = problem->dimension[problem->spatial - 1].output;
    switch (knobs->lane_loop) {
    case LANE_G: return problem->g;
    case LANE_Q:
        for (int i = 0; knobs->fuse_pixels && i < problem->spatial - 1; i++) pixels *= problem->dimension[i].output;
        return pixels;
    default: return problem->k / problem->g;
    }
}

const char *recipes_default(Context *context, const Problem *problem, const Target *target) {
    RegisterTileKnobs knobs = {.lane_loop = choose_lane_loop(problem, target), .lanes = 1};
    knobs.fuse_pixels = recipe_pixels_fuse(problem);
    Area area = choose_area(problem, &knobs);
    int64_t extent = choose_lane_extent(problem, &knobs), vector = target->vector_bytes / (int64_t)sizeof(float);
    if (knobs.lane_loop != LANE_NONE) knobs.lanes = integer_min(vector, power_of_two_at_least(extent));
    choose_tile(target, &area, extent, &knobs);
    knobs.unroll_c = choose_unroll_c(problem, &knobs);
    return recipe_register_tile(context, problem, &knobs);
}
