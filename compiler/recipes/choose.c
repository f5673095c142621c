/* SPDX-License-Identifier: Apache-2.0 */
/* The analytic default: which recipe, and its knobs, from a model of one core.
 *
 * Cycles of a register tile of pixels x vectors FMAs, each step of the reduction: the FMAs over the ports, but at least
 * the latency of one FMA (each accumulator is a chain), and the loads (a broadcast a pixel, and the vectors) over two
 * load ports. Summed over all tiles, tails included, it counts both what a tile shape wastes at the borders and what it
 * pays for loads. Added to that is the time to fetch what the first and the second cache do not keep, which the order
 * of the loops around tiles decides (traffic.c).
 *
 * In blocked layouts a vector lies within a block, and a tile holds whole blocks or lies within one. Where blocks of y
 * neither lie inside of groups nor hold whole ones, the seven loops stay as they are. */
#include <assert.h>
#include <math.h>
#include <stdint.h>

#include "base/integer.h"
#include "compiler/algorithms/algorithms.h"
#include "compiler/recipes/internal.h"

enum { LOAD_PORTS = 2 };

/* Cycles that FMAs do not hide. */
typedef struct Costs {
    double tile;                /* to enter and leave the loops of a tile's sum */
    double result;              /* to initialise, finish and store a vector */
    double l2_x, l2_w, l2_y;    /* a byte from the second cache */
    double far_x, far_w, far_y; /* a byte from beyond it */
    double miss;                /* a read of x whose set of the first cache is overfull */
} Costs;

/* Sums of many terms. The machine runs ahead within one, so that its long streams come early: 160 bytes a cycle beside
 * the FMAs, 256 of weights; 20 from far away. Fitted to 38 layers with up to 22 tiles and orders each, measured again
 * and again: the tile that the model prefers is at 0.98 of the best. */
static const Costs long_sums = {.tile = 10,
                                .result = 3,
                                .l2_x = 1. / 160,
                                .l2_w = 1. / 256,
                                .l2_y = 1. / 160,
                                .far_x = .05,
                                .far_w = .05,
                                .far_y = .05,
                                .miss = .05};

/* Sums of the taps of one channel: tiles overlap, no chain of additions is waited for, and each tile's few weights come
 * unannounced. Fitted to 17 depthwise layers with some 270 tiles each: the tile that the model prefers is at 0.91 of
 * the best. */
static const Costs short_sums = {
    .tile = 5, .result = 2.7, .l2_x = .003, .l2_w = .045, .l2_y = .0037, .far_x = .02, .miss = .125};

static const Costs *costs_of(LaneLoop lane_loop) {
    return lane_loop == LANE_G ? &short_sums : &long_sums;
}

/* Taps of a row times phases, of which a tile unrolls all and keeps one in as many as there are phases. */
enum { MAX_UNROLLED_PHASES = 128 };

/* Cycles of tiles of pixels on lanes, of kernels whose taps meet the border of a row: masks there, and vectors that lie
 * across lines. */
#define COST_OF_MASKS 1.5

/* What the broadcast side of the tile covers: pixels, or output channels in one row. */
typedef struct Area {
    int64_t rows, columns;
    int64_t most_rows;    /* that a tile may take */
    int64_t most_columns; /* likewise; a tile has a multiple of column_step, or most_columns if those are fewer */
    int64_t column_step;
} Area;

static int64_t power_of_two_at_least(int64_t value) {
    int64_t power = 1;
    while (power < value) power *= 2;
    return power;
}

/* Cycles of a broadcast, and of a vector (which comes from L2), that FMAs do not hide: fitted with long_sums. */
static const double broadcast_cycles = 0.1, vector_cycles = 0.4;

/* Cycles of one reduction step of a tile: a bound, and beyond it a little for each load. With lanes on groups each FMA
 * reads an input vector of its own, and nothing is broadcast. */
static double step_cycles(const Target *target, LaneLoop lane_loop, double pixels, double vectors) {
    double fmas = pixels * vectors;
    double multiply = fmas / target->fma_ports, load = (pixels + vectors) / LOAD_PORTS;
    if (lane_loop == LANE_G) return fmas / fmin(target->fma_ports, LOAD_PORTS);
    return fmax(fmax(multiply, load), target->fma_latency_cycles) + broadcast_cycles * pixels + vector_cycles * vectors;
}

int64_t recipe_live_registers(const Target *target, int64_t pixels, int64_t vectors) {
    return pixels * vectors + vectors + 1 + !target->fma;
}

/* All tiles that cover rows x columns by tiles of image_rows x columns, whole ones, and tails of their own, each with
 * so many reduction steps. */
static double cover_cycles(const Target *target, const Area *area, const RegisterTileKnobs *knobs, double steps) {
    int64_t rows[2] = {knobs->image_rows, area->rows % knobs->image_rows};
    int64_t columns[2] = {knobs->columns, area->columns % knobs->columns};
    int64_t row_tiles[2] = {area->rows / knobs->image_rows, rows[1] != 0};
    int64_t column_tiles[2] = {area->columns / knobs->columns, columns[1] != 0};
    const Costs *costs = costs_of(knobs->lane_loop);
    double cycles = 0;
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++) {
            double pixels = (double)rows[i] * (double)columns[j], vectors = (double)knobs->vectors;
            double tile = steps * step_cycles(target, knobs->lane_loop, pixels, vectors) +
                          costs->result * pixels * vectors + costs->tile;
            cycles += (double)row_tiles[i] * (double)column_tiles[j] * tile;
        }
    }
    return cycles;
}

/* What tiles are chosen for: `area` for the broadcast side, lane_extent positions for the vectors, all that `repeats`
 * times. */
typedef struct Choice {
    const Target *target;
    const Problem *problem;
    Area area;
    int64_t lane_extent;
    double repeats;
    double overfull; /* of the tile that is tried: recipe_overfull */
} Choice;

static bool has_taps(const Problem *problem) {
    return problem->dimension[problem->spatial - 1].kernel > 1;
}

/* Cycles of one core for the whole problem. */
static double problem_cycles(const Choice *choice, const RegisterTileKnobs *knobs) {
    const Problem *problem = choice->problem;
    int64_t c = problem->c / problem->g;
    double steps = (double)c;
    for (int i = 0; i < problem->spatial; i++) steps *= (double)problem->dimension[i].kernel;
    double lane_tiles = (double)integer_ceil_div(choice->lane_extent, knobs->lanes * knobs->vectors);
    double tiles = choice->repeats * lane_tiles;
    const Costs *costs = costs_of(knobs->lane_loop);
    RecipeTraffic l2 = recipe_traffic(problem, knobs, choice->target->l1_bytes);
    RecipeTraffic far = recipe_traffic(problem, knobs, choice->target->l2_bytes);
    double masks = knobs->lane_loop == LANE_Q && has_taps(problem) ? COST_OF_MASKS : 1;
    double reads = tiles * steps * (double)(choice->area.rows * choice->area.columns);
    if (knobs->lane_loop == LANE_G) reads *= (double)knobs->vectors;
    return masks * tiles * cover_cycles(choice->target, &choice->area, knobs, steps) + costs->l2_x * l2.x +
           costs->l2_w * l2.w + costs->l2_y * l2.y + costs->far_x * far.x + costs->far_w * far.w +
           costs->far_y * far.y + costs->miss * choice->overfull * reads;
}

/* What the traffic of long sums does not tell: with all channels of a tile in turn, weights are one stream, and pixels
 * and results stay where they are. */
static const double order_costs[CHANNEL_ORDERS] = {
    [CHANNELS_OUTSIDE] = 1.03, [CHANNELS_IN_ROW] = 1.005, [CHANNELS_INSIDE] = 1};

/* Among near equals of long sums, a tile of one row. */
static const double rows_cost = 1.02;

/* Tries the orders of the outer loops. */
static void choose_order(const Choice *choice, RegisterTileKnobs tried, double *best, RegisterTileKnobs *knobs) {
    const bool is_long = tried.lane_loop != LANE_G;
    for (tried.order = 0; tried.order < CHANNEL_ORDERS; tried.order++) {
        double cycles = problem_cycles(choice, &tried);
        if (is_long && tried.image_rows > 1) cycles *= rows_cost;
        if (is_long) cycles *= order_costs[tried.order];
        if (cycles >= *best) continue;
        *best = cycles;
        *knobs = tried;
    }
}

int64_t recipe_pixels(const Problem *problem) {
    int64_t pixels = 1;
    for (int i = 0; i < problem->spatial; i++) pixels *= problem->dimension[i].output;
    return pixels;
}

/* Channels of a layout in a row that lie side by side: all of an image of one pixel. */
static int64_t neighbours(ActivationLayout layout, int64_t pixels) {
    if (layout.order == LAYOUT_CHANNELS_LAST || pixels == 1) return INT64_MAX;
    return layout.order == LAYOUT_CHANNELS_BLOCKED ? layout.block : 1;
}

/* Does a tile of that many channels hold whole blocks, or lie within one? Then offsets need no div and mod. */
static bool fits_blocks(ActivationLayout layout, int64_t channels) {
    return layout.order != LAYOUT_CHANNELS_BLOCKED || channels % layout.block == 0 || layout.block % channels == 0;
}

bool recipe_vectors_fit(const Problem *problem, const RegisterTileKnobs *knobs) {
    int64_t channels = knobs->lanes * knobs->vectors;
    if (knobs->vectors == 1 || knobs->lane_loop == LANE_Q) return true;
    return fits_blocks(problem->y_layout, channels) &&
           (knobs->lane_loop != LANE_G || fits_blocks(problem->x_layout, channels));
}

/* Registers that a tile may take. With lanes on groups each multiply-add has an input of its own. Where it is not an
 * operand in memory, LLVM has several on the way at the same time, and what it has no registers for goes to the stack.
 */
static int64_t usable_registers(const Target *target, LaneLoop lane_loop) {
    enum { LOADS_UNDER_WAY = 4 };
    return target->vector_registers - (lane_loop == LANE_G && !target->memory_operands ? LOADS_UNDER_WAY : 0);
}

/* Returns the cycles of the best tile. */
static double choose_tile(Choice *choice, RegisterTileKnobs *knobs) {
    double best = INFINITY;
    int64_t usable = usable_registers(choice->target, knobs->lane_loop);
    int64_t step = integer_min(choice->area.column_step, choice->area.most_columns);
    RegisterTileKnobs tried = *knobs;
    for (tried.image_rows = 1; tried.image_rows <= choice->area.most_rows; tried.image_rows++) {
        for (tried.vectors = 1; tried.vectors <= RECIPE_MAX_VECTORS; tried.vectors++) {
            if (!recipe_vectors_fit(choice->problem, &tried)) continue;
            for (tried.columns = step; tried.columns <= choice->area.most_columns; tried.columns += step) {
                int64_t pixels = tried.image_rows * tried.columns;
                if (recipe_live_registers(choice->target, pixels, tried.vectors) > usable) break;
                if (tried.lane_loop == LANE_G || tried.lane_loop == LANE_K)
                    choice->overfull = recipe_overfull(choice->problem, choice->target, &tried);
                choose_order(choice, tried, &best, knobs);
            }
        }
    }
    assert(best < INFINITY && "no tile fits");
    return best;
}

/* A number that is transposed costs about a cycle (measured: 14 x 14 pixels of 512 channels), more where it leaves the
 * second cache in between. */
static double transpose_cycles(const Problem *problem, const Target *target) {
    double elements = (double)problem_y_elements(problem);
    bool fits = 2 * elements * sizeof(float) <= (double)target->l2_bytes;
    return elements * (fits ? 1 : 3) * (problem_has(problem, EPILOGUE_ADD) ? 2 : 1);
}

/* A copy in workspace that no machine of the target's kind is too small for. */
static bool copy_is_small(const Target *target, int64_t elements) {
    const int64_t most_bytes = (int64_t)1 << (target->address_bytes > 4 ? 30 : 29);
    return elements <= most_bytes / (int64_t)sizeof(float);
}

int recipe_list_lane_loops(const Problem *problem, const Target *target, LaneLoop *out) {
    int64_t k = problem->k / problem->g, c = problem->c / problem->g, inputs = 1;
    const Dimension *d = &problem->dimension[problem->spatial - 1];
    int count = 0;
    bool has_vectors = target->vector_bytes > (int64_t)sizeof(float);
    for (int i = 0; i < problem->spatial; i++) inputs *= problem->dimension[i].input;
    bool are_neighbours = neighbours(problem->y_layout, recipe_pixels(problem)) > 1;
    bool is_depthwise = k == 1 && c == 1 && problem->g > 1 && neighbours(problem->x_layout, inputs) > 1;
    if (has_vectors && are_neighbours && is_depthwise) out[count++] = LANE_G;
    if (has_vectors && !are_neighbours && d->stride == 1 && d->output > 1 && neighbours(problem->x_layout, inputs) == 1)
        out[count++] = LANE_Q;
    bool may_transpose = are_neighbours || copy_is_small(target, problem_y_elements(problem));
    if (has_vectors && k > 1 && may_transpose) out[count++] = LANE_K;
    if (count == 0) out[count++] = LANE_NONE;
    return count;
}

static bool lies_in_block(ActivationLayout layout, int64_t lanes) {
    return layout.order != LAYOUT_CHANNELS_BLOCKED || layout.block % lanes == 0;
}

/* A vector of channels lies within a block. */
static int64_t choose_lanes(const Problem *problem, const Target *target, LaneLoop lane_loop, int64_t extent) {
    int64_t lanes = integer_min(target->vector_bytes / (int64_t)sizeof(float), power_of_two_at_least(extent));
    if (lane_loop == LANE_Q) return lanes;
    while (!lies_in_block(problem->y_layout, lanes)) lanes /= 2;
    while (lane_loop == LANE_G && !lies_in_block(problem->x_layout, lanes)) lanes /= 2;
    return lanes;
}

/* Two channels a step, all of very few. Tiles of several rows unroll whole windows at borders, and take one. */
static int64_t choose_unroll_c(const Problem *problem, const RegisterTileKnobs *knobs) {
    int64_t c = problem->c / problem->g;
    if (knobs->image_rows > 1 || knobs->unroll_taps) return 1;
    if (c <= 4) return c;
    return c % 2 == 0 ? 2 : 1;
}

/* Can a tile of whole phases unroll all taps of a row? */
static bool choose_unroll_taps(const Problem *problem, const Target *target, LaneLoop lane_loop) {
    const Dimension *column = &problem->dimension[problem->spatial - 1];
    int64_t phases = integer_min(recipe_phases(problem), column->output);
    return recipe_phases(problem) > 1 && phases * column->kernel <= MAX_UNROLLED_PHASES &&
           recipe_live_registers(target, phases, 1) <= usable_registers(target, lane_loop);
}

/* Far enough ahead, one of the knob's values; 0 where half the second cache holds the weights: what the other half
 * holds changes. */
static int64_t choose_prefetch_w(const Problem *problem, const Target *target, RegisterTileKnobs knobs) {
    double pixels = (double)(knobs.columns * knobs.image_rows), vectors = (double)knobs.vectors;
    double cycles = (double)knobs.unroll_c * step_cycles(target, knobs.lane_loop, pixels, vectors);
    int64_t ahead = RECIPE_MIN_PREFETCH;
    if (problem_w_elements(problem) * (int64_t)sizeof(float) <= target->l2_bytes / 2) return 0;
    while (ahead < RECIPE_MAX_PREFETCH && (double)ahead * cycles < target->prefetch_cycles) ahead *= 2;
    knobs.prefetch_w = ahead;
    return recipe_prefetches_w(problem, &knobs) ? ahead : 0;
}

static void choose_prefetch(const Problem *problem, const Target *target, RegisterTileKnobs *knobs) {
    if (target->prefetch_cycles == 0) return;
    knobs->prefetch_w = choose_prefetch_w(problem, target, *knobs);
    knobs->prefetch_x =
        recipe_prefetches_x(problem, knobs) && recipe_traffic(problem, knobs, target->l2_bytes / 2).x > 0;
}

static Area choose_pixels(const Problem *problem, const RegisterTileKnobs *knobs) {
    const Dimension *column = &problem->dimension[problem->spatial - 1];
    Area area = {.rows = 1, .columns = column->output, .most_rows = 1, .column_step = 1};
    for (int i = 0; i < problem->spatial - 1; i++) {
        area.rows *= problem->dimension[i].output;
        if (knobs->fuse_pixels) area.columns *= problem->dimension[i].output;
    }
    if (knobs->fuse_pixels) area.rows = 1;
    bool has_rows = knobs->lane_loop == LANE_K || knobs->lane_loop == LANE_G;
    bool may_tile = has_rows && !knobs->fuse_pixels && recipe_rows_tile(problem);
    if (may_tile) area.most_rows = integer_min(RECIPE_MAX_ROWS, (column - 1)->output);
    area.most_columns = integer_min(RECIPE_MAX_PIXELS, area.columns);
    if (knobs->unroll_taps)
        area.column_step = recipe_phases(problem);
    else if (recipe_phases(problem) > 1)
        area.most_columns = 1;
    return area;
}

static Area choose_area(const Problem *problem, const RegisterTileKnobs *knobs) {
    int64_t k = problem->k / problem->g;
    if (knobs->lane_loop != LANE_Q) return choose_pixels(problem, knobs);
    return (Area){
        .rows = 1, .columns = k, .most_rows = 1, .most_columns = integer_min(RECIPE_MAX_PIXELS, k), .column_step = 1};
}

int64_t recipe_lane_extent(const Problem *problem, const RegisterTileKnobs *knobs) {
    int64_t pixels = problem->dimension[problem->spatial - 1].output;
    switch (knobs->lane_loop) {
    case LANE_G: return problem->g;
    case LANE_Q:
        for (int i = 0; knobs->fuse_pixels && i < problem->spatial - 1; i++) pixels *= problem->dimension[i].output;
        return pixels;
    default: return problem->k / problem->g;
    }
}

/* Times that the tiled area occurs: images, groups that lanes do not hold, rows beside lanes. */
static double choose_repeats(const Problem *problem, const RegisterTileKnobs *knobs) {
    double repeats = (double)problem->n;
    if (knobs->lane_loop != LANE_G) repeats *= (double)problem->g;
    for (int i = 0; knobs->lane_loop == LANE_Q && !knobs->fuse_pixels && i < problem->spatial - 1; i++)
        repeats *= (double)problem->dimension[i].output;
    return repeats;
}

int64_t recipe_most_lanes(const Problem *problem, const Target *target, const RegisterTileKnobs *knobs) {
    if (knobs->lane_loop == LANE_NONE) return 1;
    return choose_lanes(problem, target, knobs->lane_loop, recipe_lane_extent(problem, knobs));
}

/* Sums that walk channels from plane to plane run at 0.8 of their speed where the planes fill half the second cache
 * (measured: 3x3 layers of vgg16), and as well as others where they do not. Two copies cost some six cycles a number.
 */
static bool is_worth_transposing_x(const Problem *problem, const Target *target, const RegisterTileKnobs *knobs) {
    double elements = (double)problem_x_elements(problem),
           cycles = problem_flops(problem) / (4. * (double)knobs->lanes);
    bool is_large = 2 * elements * sizeof(float) > (double)target->l2_bytes;
    return is_large && 6 * elements < 0.2 * cycles && recipe_may_transpose_x(problem, knobs->lanes);
}

/* The best knobs with lanes on knobs->lane_loop; returns their cycles. */
static double choose_with_lanes(const Problem *problem, const Target *target, RegisterTileKnobs *knobs) {
    knobs->lanes = recipe_most_lanes(problem, target, knobs);
    if (knobs->lanes == 1) knobs->lane_loop = LANE_NONE;
    Choice choice = {.target = target, .problem = problem, .area = choose_area(problem, knobs)};
    choice.lane_extent = recipe_lane_extent(problem, knobs);
    choice.repeats = choose_repeats(problem, knobs);
    double cycles = choose_tile(&choice, knobs);
    if (recipe_transposes(problem, knobs)) cycles += transpose_cycles(problem, target);
    return cycles;
}

void recipe_choose(const Problem *problem, const Target *target, int threads, RegisterTileKnobs *out) {
    LaneLoop loops[LANE_LOOPS];
    int count = recipe_list_lane_loops(problem, target, loops);
    double best = INFINITY;
    assert(count > 0);
    for (int i = 0; i < count; i++) {
        RegisterTileKnobs knobs = {.fuse_pixels = recipe_pixels_fuse(problem), .threads = threads};
        knobs.lane_loop = loops[i];
        knobs.unroll_taps = choose_unroll_taps(problem, target, knobs.lane_loop);
        double cycles = choose_with_lanes(problem, target, &knobs);
        if (i > 0 && cycles >= best) continue;
        best = cycles;
        *out = knobs;
    }
    out->pack_x = recipe_may_pack_x(problem, out->lane_loop) && copy_is_small(target, problem_x_elements(problem)) &&
                  (recipe_keeps_guards(problem) || is_worth_transposing_x(problem, target, out));
    out->unroll_c = choose_unroll_c(problem, out);
    choose_prefetch(problem, target, out);
}

const char *recipes_default(Context *context, const Problem *problem, const Target *target, int threads) {
    if (algorithm_direct_joins_groups(problem)) return "";
    RegisterTileKnobs knobs;
    recipe_choose(problem, target, threads, &knobs);
    return recipe_register_tile(context, problem, &knobs);
}
