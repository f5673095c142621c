/* SPDX-License-Identifier: Apache-2.0 */
/* The analytic default: which recipe, and its knobs, from a model of one core.
 *
 * Cycles of a register tile of `rows` x `vectors` FMAs, each step of the reduction: the FMAs over the ports, but at
 * least the latency of one FMA (each accumulator is a chain), and the loads (rows broadcasts and `vectors` vectors)
 * over two load ports. Summed over all tiles, tails included, it counts both what a tile shape wastes at the borders
 * and what it pays for loads. Ties go to the larger tile. */
#include <stdint.h>

#include "compiler/recipes/internal.h"

enum { LOAD_PORTS = 2, MAX_ROWS = 28, MAX_VECTORS = 4 };

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}
static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}
static int64_t round_up_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

static int64_t power_of_two_at_least(int64_t value) {
    int64_t power = 1;
    while (power < value) power *= 2;
    return power;
}

/* Twice the cycles of one reduction step of a tile, so that halves stay integers. */
static int64_t tile_half_cycles(const Target *target, int64_t rows, int64_t vectors) {
    int64_t fmas = 2 * rows * vectors / target->fma_ports, loads = 2 * (rows + vectors) / LOAD_PORTS;
    return larger(larger(fmas, loads), 2 * (int64_t)target->fma_latency_cycles);
}

/* All tiles that cover `extent` positions by `tile`: whole ones and a tail of their own. */
static int64_t cover_half_cycles(const Target *target, int64_t extent, int64_t rows, int64_t vectors) {
    int64_t cost = extent / rows * tile_half_cycles(target, rows, vectors);
    if (extent % rows != 0) cost += tile_half_cycles(target, extent % rows, vectors);
    return cost;
}

/* rows over `row_extent` (broadcast side), vectors over `lane_extent` positions in lanes. */
static void choose_tile(const Target *target, int64_t row_extent, int64_t lane_extent, RegisterTileKnobs *knobs) {
    int64_t best = INT64_MAX, most = 0;
    for (int64_t vectors = 1; vectors <= MAX_VECTORS; vectors++) {
        for (int64_t rows = 1; rows <= smaller(MAX_ROWS, row_extent); rows++) {
            if (rows * vectors + vectors + 1 > target->vector_registers) continue;
            int64_t lane_tiles = round_up_div(lane_extent, knobs->lanes * vectors);
            int64_t cost = lane_tiles * cover_half_cycles(target, row_extent, rows, vectors);
            if (cost > best || (cost == best && rows * vectors <= most)) continue;
            best = cost;
            most = rows * vectors;
            knobs->rows = rows;
            knobs->vectors = vectors;
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

static int64_t choose_unroll_c(const Problem *problem) {
    int64_t c = problem->c / problem->g;
    if (c <= 4) return c;
    return c % 2 == 0 ? 2 : 1;
}

const char *recipes_default(Context *context, const Problem *problem, const Target *target) {
    RegisterTileKnobs knobs = {.lane_loop = choose_lane_loop(problem, target), .lanes = 1};
    const Dimension *height = &problem->dimension[0], *row = &problem->dimension[problem->spatial - 1];
    int64_t k = problem->k / problem->g, vector = target->vector_bytes / (int64_t)sizeof(float);
    knobs.fuse_pixels = recipe_pixels_fuse(problem) && height->output > 1 && row->output > 1;
    knobs.unroll_c = choose_unroll_c(problem);
    int64_t pixels = knobs.fuse_pixels ? height->output * row->output : row->output;
    int64_t lane_extent = knobs.lane_loop == LANE_G ? problem->g : knobs.lane_loop == LANE_Q ? pixels : k;
    if (knobs.lane_loop != LANE_NONE) knobs.lanes = smaller(vector, power_of_two_at_least(lane_extent));
    choose_tile(target, knobs.lane_loop == LANE_Q ? k : pixels, lane_extent, &knobs);
    return recipe_register_tile(context, problem, &knobs);
}
