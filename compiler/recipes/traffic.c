/* SPDX-License-Identifier: Apache-2.0 */
/* How many bytes the loops around a register tile move from beyond a cache, by the footprints of the loops.
 *
 * The footprint of a loop is what all its iterations touch, each byte counted once. What one iteration uses stays in a
 * cache of C bytes until the next when an iteration touches at most C. So the outermost loop is looked for whose body
 * fits: each execution of that loop fetches its footprint once. When even all loops together fit, everything is there
 * from the last call, and nothing is fetched.
 *
 *     for ko          body: all of x and y, one block of w     does not fit
 *         for qo      body: tiles of x and y, a block of w     fits: each ko fetches all of x, and its block of w once
 *
 * Source of the idea: footprints by loop level, e.g. Mullapudi et al., SIGGRAPH 2016, section 4. */
#include "base/integer.h"
#include "compiler/recipes/internal.h"

enum { MAX_LOOPS = 2 + PROBLEM_MAX_SPATIAL };

/* What the loops inside a place cover. */
typedef struct Cover {
    int64_t images, blocks;               /* of channels */
    int64_t outputs[PROBLEM_MAX_SPATIAL]; /* of each dimension */
} Cover;

typedef struct Model {
    const Problem *problem;
    const RegisterTileKnobs *knobs;
    int spatial; /* 1 when pixels are fused */
    Dimension dimension[PROBLEM_MAX_SPATIAL];
    Cover whole, tile;
} Model;

static int64_t tile_outputs(const Model *model, int dimension) {
    const RegisterTileKnobs *knobs = model->knobs;
    int from_column = model->spatial - 1 - dimension;
    if (from_column == 0) return knobs->lane_loop == LANE_Q ? knobs->lanes * knobs->vectors : knobs->columns;
    return from_column == 1 ? knobs->image_rows : 1;
}

/* Groups, and output channels of one, in a block of channels. */
static int64_t block_groups(const Model *model) {
    const RegisterTileKnobs *knobs = model->knobs;
    return knobs->lane_loop == LANE_G ? integer_min(model->problem->g, knobs->lanes * knobs->vectors) : 1;
}

static int64_t block_outputs(const Model *model) {
    const RegisterTileKnobs *knobs = model->knobs;
    int64_t k = model->problem->k / model->problem->g;
    if (knobs->lane_loop == LANE_G) return k;
    return integer_min(k, knobs->lane_loop == LANE_Q ? knobs->columns : knobs->lanes * knobs->vectors);
}

static Model describe(const Problem *problem, const RegisterTileKnobs *knobs) {
    Model model = {.problem = problem, .knobs = knobs, .spatial = knobs->fuse_pixels ? 1 : problem->spatial};
    for (int i = 0; i < model.spatial; i++) model.dimension[i] = problem->dimension[i];
    for (int i = 1; knobs->fuse_pixels && i < problem->spatial; i++) {
        model.dimension[0].input *= problem->dimension[i].input;
        model.dimension[0].output *= problem->dimension[i].output;
    }
    int64_t k = problem->k / problem->g;
    int64_t blocks = integer_ceil_div(problem->g, block_groups(&model)) * integer_ceil_div(k, block_outputs(&model));
    model.whole = (Cover){.images = problem->n, .blocks = blocks};
    model.tile = (Cover){.images = 1, .blocks = 1};
    for (int i = 0; i < model.spatial; i++) {
        model.whole.outputs[i] = model.dimension[i].output;
        model.tile.outputs[i] = integer_min(tile_outputs(&model, i), model.dimension[i].output);
    }
    return model;
}

/* Inputs along a dimension that so many neighbouring outputs read. */
static int64_t inputs_read(const Model *model, int dimension, int64_t outputs) {
    const Dimension *d = &model->dimension[dimension];
    int64_t reach = (d->kernel - 1) * d->dilation;
    int64_t inputs = model->problem->transposed ? integer_ceil_div(outputs + reach, d->stride)
                                                : (outputs - 1) * d->stride + reach + 1;
    return integer_min(d->input, inputs);
}

/* Bytes moved to use `channels` neighbours of each pixel, of `all`. Memory moves in pairs of lines of 64 bytes; the
 * streamers that look ahead fetch beyond a piece as well. */
static double pixel_bytes(ActivationLayout layout, int64_t channels, int64_t all) {
    enum { LINES = 128 };
    double element = sizeof(float), bytes = (double)channels * element, most = (double)all * element;
    if (layout.order != LAYOUT_CHANNELS_LAST || channels >= all) return bytes;
    return bytes + LINES < most ? bytes + LINES : most;
}

/* Bytes that the loops inside a place touch. What is written counts twice: a line is read before. */
static RecipeTraffic footprint(const Model *model, const Cover *cover) {
    const Problem *problem = model->problem;
    int64_t c = problem->c / problem->g, k = problem->k / problem->g;
    double taps = (double)c, read = (double)cover->images, written = (double)cover->images;
    for (int i = 0; i < model->spatial; i++) {
        taps *= (double)model->dimension[i].kernel;
        read *= (double)inputs_read(model, i, cover->outputs[i]);
        written *= (double)cover->outputs[i];
    }
    int64_t blocks_of_group = integer_ceil_div(k, block_outputs(model));
    int64_t groups = integer_min(problem->g, integer_ceil_div(cover->blocks, blocks_of_group) * block_groups(model));
    int64_t outputs = integer_min(problem->k, cover->blocks * block_groups(model) * block_outputs(model));
    return (RecipeTraffic){.x = read * pixel_bytes(problem->x_layout, groups * c, problem->c),
                           .y = 2 * written * pixel_bytes(problem->y_layout, outputs, problem->k),
                           .w = (double)outputs * taps * (double)sizeof(float)};
}

static RecipeTraffic times(double count, RecipeTraffic bytes) {
    return (RecipeTraffic){.x = count * bytes.x, .w = count * bytes.w, .y = count * bytes.y};
}

static bool fits(RecipeTraffic bytes, int64_t cache_bytes) {
    return bytes.x + bytes.w + bytes.y <= (double)cache_bytes;
}

/* The loops from the outside in, as pointers to what each covers. */
static int list_loops(const Model *model, Cover *cover, int64_t **loops) {
    ChannelOrder order = model->knobs->order;
    int count = 0;
    loops[count++] = &cover->images;
    if (order == CHANNELS_OUTSIDE) loops[count++] = &cover->blocks;
    for (int i = 0; i < model->spatial; i++) {
        if (order == CHANNELS_IN_ROW && i == model->spatial - 1) loops[count++] = &cover->blocks;
        loops[count++] = &cover->outputs[i];
    }
    if (order == CHANNELS_INSIDE) loops[count++] = &cover->blocks;
    return count;
}

RecipeTraffic recipe_traffic(const Problem *problem, const RegisterTileKnobs *knobs, int64_t cache_bytes) {
    Model model = describe(problem, knobs);
    Cover body = model.whole;
    int64_t *loops[MAX_LOOPS], *tiles[MAX_LOOPS];
    int count = list_loops(&model, &body, loops);
    list_loops(&model, &model.tile, tiles);
    double executions = 1;
    RecipeTraffic bytes = footprint(&model, &body);
    if (fits(bytes, cache_bytes)) return (RecipeTraffic){0};
    for (int i = 0; i < count; i++) {
        RecipeTraffic whole = bytes;
        double trips = (double)integer_ceil_div(*loops[i], *tiles[i]);
        *loops[i] = *tiles[i];
        bytes = footprint(&model, &body);
        if (fits(bytes, cache_bytes)) return times(executions, whole);
        executions *= trips;
    }
    return times(executions, bytes);
}
