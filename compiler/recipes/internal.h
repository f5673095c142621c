/* SPDX-License-Identifier: Apache-2.0 */
/* Knobs of the recipes. A recipe file turns knobs into schedule text; choose.c picks them. */
#ifndef SEPTET_COMPILER_RECIPES_INTERNAL_H
#define SEPTET_COMPILER_RECIPES_INTERNAL_H

#include "compiler/recipes/recipes.h"

/* Which output loop fills the lanes of vectors. */
typedef enum LaneLoop { LANE_NONE, LANE_K, LANE_Q, LANE_G } LaneLoop;

/* Knobs of the register tile: broadcast operands against `vectors` vectors of `lanes` elements. With lanes on k or g
 * the broadcast side is a block of image_rows x columns pixels (columns of all pixels when they are fused); with lanes
 * on q it is `columns` output channels. */
typedef struct RegisterTileKnobs {
    LaneLoop lane_loop;
    int64_t lanes;      /* elements a vector statement, 1 with LANE_NONE */
    int64_t vectors;    /* vectors of the lane loop in a tile */
    int64_t columns;    /* pixels along a row, or output channels with LANE_Q */
    int64_t image_rows; /* rows of pixels, 1 with LANE_Q and when pixels are fused */
    int64_t unroll_c;   /* copies of the body along c; divides c, 1 = none */
    bool fuse_pixels;   /* one loop over all pixels: only where they walk x and y evenly */
} RegisterTileKnobs;

/* The schedule text of the register tile. */
const char *recipe_register_tile(Context *context, const Problem *problem, const RegisterTileKnobs *knobs);

/* Can all pixels be one loop: a 1x1 kernel, stride 1, no padding? */
bool recipe_pixels_fuse(const Problem *problem);

/* May rows of pixels share a tile: is the kernel small enough to be unrolled in border tiles, if there are any? */
bool recipe_rows_tile(const Problem *problem);

#endif
