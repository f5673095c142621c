/* SPDX-License-Identifier: Apache-2.0 */
/* Knobs of the recipes. A recipe file turns knobs into schedule text; choose.c picks them. */
#ifndef SEPTET_COMPILER_RECIPES_INTERNAL_H
#define SEPTET_COMPILER_RECIPES_INTERNAL_H

#include "base/text.h"
#include "compiler/recipes/recipes.h"

/* Largest tiles that are looked at; the last is of rows of pixels. */
enum {
    LANE_LOOPS = 4, /* of enum LaneLoop */
    RECIPE_MAX_PIXELS = 28,
    RECIPE_MAX_VECTORS = 4,
    RECIPE_MAX_ROWS = 4,
    RECIPE_MIN_PREFETCH = 4,
    RECIPE_MAX_PREFETCH = 32
};

/* Which output loop fills the lanes of vectors. */
typedef enum LaneLoop { LANE_NONE, LANE_K, LANE_Q, LANE_G } LaneLoop;

/* Where the loops over blocks of channels (g and ko, or go) stand among those over rows and tiles of pixels. Outside,
 * the weights of a block are read once an image and the whole input again for each block; inside, an input tile is read
 * once and all weights for each tile. */
typedef enum ChannelOrder { CHANNELS_OUTSIDE, CHANNELS_IN_ROW, CHANNELS_INSIDE, CHANNEL_ORDERS } ChannelOrder;

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
    ChannelOrder order; /* CHANNELS_IN_ROW: inside all output loops but the innermost */
    bool unroll_taps;   /* the taps of a row are copies of the body inside c, for tiles of whole recipe_phases */
    int64_t threads;    /* that the loops around the tiles are divided among; <= 1: none are */
    bool fuse_pixels;   /* one loop over all pixels: only where they walk x and y evenly */
    bool pack_x;        /* sums read a copy of x, channels last, that holds the padding (recipe_may_pack_x) */
    bool prefetch_x;    /* ask for the next tile's pixels (recipe_prefetches_x) */
    int64_t prefetch_w; /* ask for the weights so many iterations over c ahead (recipe_prefetches_w); 0: do not */
} RegisterTileKnobs;

/* A loop around the tiles. */
typedef struct OuterLoop {
    const char *name;
    int64_t extent;  /* of all its copies, which share threads */
    bool has_copies; /* a tail, or border tiles that are peeled */
} OuterLoop;

/* Adds `spatial_for … on cores` over some of the loops, given outermost first, that hold one another directly and give
 * the threads equal shares of a kernel that takes one of them so many cycles; nothing for one thread, or when no loop
 * has more than one iteration. */
void recipe_add_cores(Text *text, const OuterLoop *loops, int count, int64_t threads, double cycles);

/* The schedule text of the register tile. */
const char *recipe_register_tile(Context *context, const Problem *problem, const RegisterTileKnobs *knobs);

/* Bytes of each tensor that one call moves from beyond a cache. */
typedef struct RecipeTraffic {
    double x, w, y;
} RecipeTraffic;

/* Those for a cache of that size; 0 when all that the call uses fits. In constant time, without a loop nest. */
RecipeTraffic recipe_traffic(const Problem *problem, const RegisterTileKnobs *knobs, int64_t cache_bytes);

/* The share of the lines of x that one tap of a tile's pixels reads, with those of the other taps of its row, whose set
 * of the first cache does not hold all that fall on it: they are gone when the next tap comes. Pixels with a power of
 * two of channels meet in few sets. 0 where channels of a pixel do not lie side by side. */
double recipe_overfull(const Problem *problem, const Target *target, const RegisterTileKnobs *knobs);

/* The loops that may fill lanes: those whose neighbours lie side by side in y (and in x where x is read in lanes), and
 * k where y is transposed. None is LANE_NONE alone. Returns how many, at most LANE_LOOPS. */
int recipe_list_lane_loops(const Problem *problem, const Target *target, LaneLoop *out);

/* The most lanes of knobs->lane_loop; 1: it has no lanes. Reads fuse_pixels. */
int64_t recipe_most_lanes(const Problem *problem, const Target *target, const RegisterTileKnobs *knobs);

/* Outputs of one image and channel. */
int64_t recipe_pixels(const Problem *problem);

/* Is y computed with channels last and transposed (transpose.c)? */
bool recipe_transposes(const Problem *problem, const RegisterTileKnobs *knobs);

/* The steps for that, behind those that cut loops; none where nothing is transposed. */
void recipe_add_transposes(Text *text, const Problem *problem, const RegisterTileKnobs *knobs);

/* Positions of the loop that the lanes are of; of k without lanes. Reads lane_loop and fuse_pixels. */
int64_t recipe_lane_extent(const Problem *problem, const RegisterTileKnobs *knobs);

/* The knobs of the analytic default for so many threads, for problems whose blocks of channels fit their groups
 * (algorithm_direct_joins_groups). */
void recipe_choose(const Problem *problem, const Target *target, int threads, RegisterTileKnobs *out);

/* Registers that a tile needs: accumulators, vectors and one broadcast; without FMA also the product. */
int64_t recipe_live_registers(const Target *target, int64_t pixels, int64_t vectors);

/* Do the vectors of a tile hold whole blocks of channels, or lie within one? */
bool recipe_vectors_fit(const Problem *problem, const RegisterTileKnobs *knobs);

/* At most so many statements with all copies written out: init, sum and finish, in all tiles that the recipe makes
 * apart (the first, whole, last and tail ones of rows and columns). */
int64_t recipe_statements(const Problem *problem, const RegisterTileKnobs *knobs);

/* Neighbouring pixels of a row that see different taps: the stride of a transposed layer, else 1. */
int64_t recipe_phases(const Problem *problem);

/* Can all pixels be one loop: a 1x1 kernel, stride 1, no padding? */
bool recipe_pixels_fuse(const Problem *problem);

/* Is there a next tile whose pixels can be asked for while the channels of this one are walked: lanes on k, one tap? */
bool recipe_prefetches_x(const Problem *problem, const RegisterTileKnobs *knobs);

/* May the weights be asked for `prefetch_w` iterations of the loop over c ahead: lanes on k, more iterations, and
 * not too many lines at once? */
bool recipe_prefetches_w(const Problem *problem, const RegisterTileKnobs *knobs);

/* Can x, channels first, be transposed by vectors of at most so many lanes? And the steps for that. */
bool recipe_may_transpose_x(const Problem *problem, int64_t lanes);
void recipe_transpose_x(Text *text, const Problem *problem, const RegisterTileKnobs *knobs);

/* Is there padding for a copy of x to hold, or channels to be brought together, and lanes on k? */
bool recipe_may_pack_x(const Problem *problem, LaneLoop lane_loop);

/* Would the sums of a row keep the guards of its border: too many taps to unroll? */
bool recipe_keeps_guards(const Problem *problem);

/* May rows of pixels share a tile: is the kernel small enough to be unrolled in border tiles, if there are any? */
bool recipe_rows_tile(const Problem *problem);

#endif
