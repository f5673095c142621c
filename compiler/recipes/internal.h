/* SPDX-License-Identifier: Apache-2.0 */
/* Knobs of the recipes. A recipe file turns knobs into schedule text; choose.c picks them. */
#ifndef SEPTET_COMPILER_RECIPES_INTERNAL_H
#define SEPTET_COMPILER_RECIPES_INTERNAL_H

#include "compiler/recipes/recipes.h"

/* Which output loop fills the lanes of vectors. */
typedef enum LaneLoop { LANE_NONE, LANE_K, LANE_Q, LANE_G } LaneLoop;

/* Knobs of the register tile: `rows` broadcast operands against `vectors` vectors of `lanes` elements. With lanes on k
 * or g the rows are pixels of one output row (or of all pixels when they are fused), with lanes on q they are output
 * channels. */
typedef struct RegisterTileKnobs {
    LaneLoop lane_loop;
    int64_t lanes;    /* elements a vector statement, 1 with LANE_NONE */
    int64_t vectors;  /* vectors of the lane loop in a tile */
    int64_t rows;     /* pixels, or output channels with LANE_Q */
    int64_t unroll_c; /* copies of the body along c; divides c, 1 = none */
    bool fuse_pixels; /* one loop over p and q: only where they walk x and y evenly */
} RegisterTileKnobs;

/* The schedule text of the register tile. */
const char *recipe_register_tile(Context *context, const Problem *problem, const RegisterTileKnobs *knobs);

/* Can p and q be one loop: a 1x1 kernel, stride 1, no padding? */
bool recipe_pixels_fuse(const Problem *problem);

#endif
