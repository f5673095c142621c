/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes on k where channels do not lie side by side: y is computed with channels last, in workspace, and transposed to
 * its layout behind all sums; a residual is transposed the other way in front of them. The transposes are tiles of as
 * many pixels and channels as a vector holds:
 *
 *     y [k p q]  <--  yt [p q k]          rt [p q k]  <--  residual [k p q]
 *
 * An x with channels first may be transposed as well, so that sums read one place for all channels of a pixel.
 * Rows are read as whole vectors, along k of yt and along pixels of x and the residual; they may be fewer than a vector
 * holds. Where no vector divides what is read, the copy goes number by number. */
#include "base/integer.h"
#include "compiler/recipes/internal.h"
#include "ir/pipeline.h"

enum { MOST_LANES = 16, LEAST_LANES = 4 };

bool recipe_transposes(const Problem *problem, const RegisterTileKnobs *knobs) {
    return knobs->lane_loop == LANE_K && problem->y_layout.order == LAYOUT_CHANNELS_FIRST && recipe_pixels(problem) > 1;
}

/* A copy, with loops of its own: px over pixels, ch over channels. */
typedef struct Copy {
    const char *tensor, *name;
    const char *const *positions; /* names of axes, of PROBLEM_MAX_SPATIAL */
    const char *channel;
    ScalarType type;
    int64_t pixels, channels;
    bool reads_pixels; /* side by side; else channels */
    int64_t lanes;     /* 1: number by number */
    int64_t rows;      /* vectors in a tile */
} Copy;

/* The size of even tiles of at most `lanes` rows that leave no single one; 0: there is none. */
static int64_t choose_rows(int64_t extent, int64_t lanes) {
    int64_t rows = integer_ceil_div(extent, integer_ceil_div(extent, lanes));
    while (rows > 1 && extent % rows == 1) rows--;
    return rows > 1 ? rows : 0;
}

static void choose_tile(int64_t lanes, Copy *copy) {
    int64_t read = copy->reads_pixels ? copy->pixels : copy->channels;
    int64_t rows = copy->reads_pixels ? copy->channels : copy->pixels;
    copy->lanes = integer_min(lanes, MOST_LANES);
    while (copy->lanes >= LEAST_LANES && read % copy->lanes != 0) copy->lanes /= 2;
    if (copy->lanes >= LEAST_LANES) copy->rows = choose_rows(rows, copy->lanes);
    if (copy->rows == 0 || copy->type != TYPE_F32) copy->lanes = 1;
}

/* pack … as [n p q g k], and one loop over pixels, one over channels. */
static void add_copy(Text *text, const Problem *problem, const Copy *copy) {
    const char *const *position = copy->positions + PROBLEM_MAX_SPATIAL - problem->spatial;
    int spatial = problem->spatial, channel = spatial + 1;
    text_add(text, "pack %s as [n ", copy->tensor);
    for (int i = 0; i < spatial; i++) text_add(text, "%s ", position[i]);
    text_add(text, "%s%s] -> %s\n", problem->g > 1 ? "g " : "", copy->channel, copy->name);
    text_add_string(text, spatial > 1 ? "fuse" : "");
    for (int i = 0; spatial > 1 && i < spatial; i++) text_add(text, " %s.%s_%d", copy->name, position[i], i + 1);
    text_add_string(text, spatial > 1 ? " -> px\n" : "");
    if (problem->g > 1)
        text_add(text, "fuse %s.g_%d %s.%s_%d -> ch\n", copy->name, channel, copy->name, copy->channel, channel + 1);
}

static void split(Text *text, const char *copy, const char *loop, const char *to, int64_t extent, int64_t size) {
    text_add(text, "split %s.%s %lld%s -> %so %si\n", copy, loop, (long long)size,
             extent % size == 0 ? "" : " tail=peel", to, to);
}

static void transpose(Text *text, const Problem *problem, int64_t lanes, Copy copy) {
    choose_tile(lanes, &copy);
    add_copy(text, problem, &copy);
    if (copy.lanes < LEAST_LANES) return;
    const char *column = arena_format(text->context, "%s_1", copy.positions[PROBLEM_MAX_SPATIAL - 1]);
    const char *channel = arena_format(text->context, "%s_%d", copy.channel, problem->spatial + 1);
    const char *px = problem->spatial > 1 ? "px" : column, *ch = problem->g > 1 ? "ch" : channel;
    const char *name = copy.name;
    split(text, name, px, "px", copy.pixels, copy.reads_pixels ? copy.lanes : copy.rows);
    split(text, name, ch, "ch", copy.channels, copy.reads_pixels ? copy.rows : copy.lanes);
    text_add(text, "reorder %s.n_0 %s.cho %s.pxo %s.chi %s.pxi\n", name, name, name, name, name);
    text_add(text, "tensorize %s.%s %s.%s transpose%lld\n", name, copy.reads_pixels ? "chi" : "pxi", name,
             copy.reads_pixels ? "pxi" : "chi", (long long)copy.lanes);
}

void recipe_add_transposes(Text *text, const Problem *problem, const RegisterTileKnobs *knobs) {
    static const char *const positions[PROBLEM_MAX_SPATIAL] = {"z", "p", "q"};
    const Copy result = {.tensor = "y",
                         .name = "yt",
                         .positions = positions,
                         .channel = "k",
                         .type = problem->y_type,
                         .pixels = recipe_pixels(problem),
                         .channels = problem->k};
    Copy residual = result;
    residual.tensor = PIPELINE_RESIDUAL;
    residual.name = "rt";
    residual.reads_pixels = true;
    if (!recipe_transposes(problem, knobs)) return;
    transpose(text, problem, knobs->lanes, result);
    if (problem_has(problem, EPILOGUE_ADD)) transpose(text, problem, knobs->lanes, residual);
}

static Copy copy_of_x(const Problem *problem) {
    static const char *const positions[PROBLEM_MAX_SPATIAL] = {"d", "h", "w"};
    Copy copy = {.tensor = "x",
                 .name = "xt",
                 .positions = positions,
                 .channel = "c",
                 .type = problem->x_type,
                 .pixels = 1,
                 .channels = problem->c,
                 .reads_pixels = true};
    for (int i = 0; i < problem->spatial; i++) copy.pixels *= problem->dimension[i].input;
    return copy;
}

bool recipe_may_transpose_x(const Problem *problem, int64_t lanes) {
    Copy copy = copy_of_x(problem);
    if (problem->x_layout.order != LAYOUT_CHANNELS_FIRST) return false;
    choose_tile(lanes, &copy);
    return copy.lanes >= LEAST_LANES;
}

void recipe_transpose_x(Text *text, const Problem *problem, const RegisterTileKnobs *knobs) {
    transpose(text, problem, knobs->lanes, copy_of_x(problem));
}
