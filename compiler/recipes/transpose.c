/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes on k where channels do not lie side by side: y is computed with channels last, in workspace, and transposed to
 * its layout behind all sums; a residual is transposed the other way in front of them. The transposes are tiles of as
 * many pixels and channels as a vector holds:
 *
 *     y [k p q]  <--  yt [p q k]          rt [p q k]  <--  residual [k p q]
 *
 * Rows are read as whole vectors, along k of yt and along pixels of the residual; they may be fewer than a vector
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

static void choose_tile(const Problem *problem, int64_t lanes, Copy *copy) {
    int64_t pixels = recipe_pixels(problem);
    int64_t read = copy->reads_pixels ? pixels : problem->k, rows = copy->reads_pixels ? problem->k : pixels;
    copy->lanes = integer_min(lanes, MOST_LANES);
    while (copy->lanes >= LEAST_LANES && read % copy->lanes != 0) copy->lanes /= 2;
    if (copy->lanes >= LEAST_LANES) copy->rows = choose_rows(rows, copy->lanes);
    if (copy->rows == 0 || problem->y_type != TYPE_F32) copy->lanes = 1;
}

/* pack … as [n p q g k], and one loop over pixels, one over channels. */
static void add_copy(Text *text, const Problem *problem, const Copy *copy) {
    static const char *const positions[PROBLEM_MAX_SPATIAL] = {"z", "p", "q"};
    const char *const *position = positions + PROBLEM_MAX_SPATIAL - problem->spatial;
    int spatial = problem->spatial, channel = spatial + 1;
    text_add(text, "pack %s as [n ", copy->tensor);
    for (int i = 0; i < spatial; i++) text_add(text, "%s ", position[i]);
    text_add(text, "%sk] -> %s\n", problem->g > 1 ? "g " : "", copy->name);
    text_add_string(text, spatial > 1 ? "fuse" : "");
    for (int i = 0; spatial > 1 && i < spatial; i++) text_add(text, " %s.%s_%d", copy->name, position[i], i + 1);
    text_add_string(text, spatial > 1 ? " -> px\n" : "");
    if (problem->g > 1) text_add(text, "fuse %s.g_%d %s.k_%d -> ch\n", copy->name, channel, copy->name, channel + 1);
}

static void split(Text *text, const char *copy, const char *loop, const char *to, int64_t extent, int64_t size) {
    text_add(text, "split %s.%s %lld%s -> %so %si\n", copy, loop, (long long)size,
             extent % size == 0 ? "" : " tail=peel", to, to);
}

static void transpose(Text *text, const Problem *problem, int64_t lanes, Copy copy) {
    choose_tile(problem, lanes, &copy);
    add_copy(text, problem, &copy);
    if (copy.lanes < LEAST_LANES) return;
    const char *px = problem->spatial > 1 ? "px" : "q_1";
    const char *ch = problem->g > 1 ? "ch" : arena_format(text->context, "k_%d", problem->spatial + 1);
    const char *name = copy.name;
    split(text, name, px, "px", recipe_pixels(problem), copy.reads_pixels ? copy.lanes : copy.rows);
    split(text, name, ch, "ch", problem->k, copy.reads_pixels ? copy.rows : copy.lanes);
    text_add(text, "reorder %s.n_0 %s.cho %s.pxo %s.chi %s.pxi\n", name, name, name, name, name);
    text_add(text, "tensorize %s.%s %s.%s transpose%lld\n", name, copy.reads_pixels ? "chi" : "pxi", name,
             copy.reads_pixels ? "pxi" : "chi", (long long)copy.lanes);
}

void recipe_add_transposes(Text *text, const Problem *problem, const RegisterTileKnobs *knobs) {
    const Copy result = {.tensor = "y", .name = "yt"};
    const Copy residual = {.tensor = PIPELINE_RESIDUAL, .name = "rt", .reads_pixels = true};
    if (!recipe_transposes(problem, knobs)) return;
    transpose(text, problem, knobs->lanes, result);
    if (problem_has(problem, EPILOGUE_ADD)) transpose(text, problem, knobs->lanes, residual);
}
