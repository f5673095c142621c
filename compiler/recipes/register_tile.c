/* SPDX-License-Identifier: Apache-2.0 */
/* The register tile: output stationary. A tile of outputs stays in registers while c, r, s run; each step loads
 * `vectors` vectors, broadcasts `rows` scalars and does rows x vectors FMAs (docs/schedules.md goes there step by
 * step). Padding in r is clipped; border tiles of q are peeled and s is unrolled there, so that their guards fold. */
#include "base/text.h"
#include "compiler/recipes/internal.h"

enum { MAX_UNROLLED_TAPS = 7 }; /* a wider kernel would make border tiles too large: their guards stay */

typedef struct Writer {
    const Problem *problem;
    const RegisterTileKnobs *knobs;
    Text text;
    const char *pixel; /* the loop over pixels: q, or f when p and q are one */
    int64_t pixels;    /* its extent */
    int64_t tile;      /* pixels a tile */
    bool has_tail;     /* the last tile is a copy of its own */
} Writer;

bool recipe_pixels_fuse(const Problem *problem) {
    for (int i = 0; i < problem->spatial; i++) {
        const Dimension *d = &problem->dimension[i];
        if (d->kernel != 1 || d->stride != 1 || d->pad_begin != 0 || d->pad_end != 0) return false;
    }
    return problem->spatial == 2;
}

static const Dimension *width(const Problem *problem) {
    return &problem->dimension[problem->spatial - 1];
}

/* First outputs of a row that some tap reads to the left of the image, last ones to the right. */
static int64_t left_border(const Dimension *d) {
    int64_t border = d->pad_begin <= 0 ? 0 : (d->pad_begin + d->stride - 1) / d->stride;
    return border > d->output ? d->output : border;
}

static int64_t right_border(const Dimension *d) {
    int64_t border = d->pad_end <= 0 ? 0 : (d->pad_end + d->stride - 1) / d->stride;
    return border > d->output ? d->output : border;
}

static int64_t round_up_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

static bool has_padding(const Dimension *d) {
    return d->pad_begin > 0 || d->pad_end > 0;
}

static void split(Writer *w, const char *loop, int64_t extent, int64_t size, const char *tail, const char *outer,
                  const char *inner) {
    bool divides = extent % size == 0;
    text_add(&w->text, "split %s %lld%s%s -> %s %s\n", loop, (long long)size,
             divides ? "" : " tail=", divides ? "" : tail, outer, inner);
}

static int64_t group_outputs(const Problem *problem) {
    return problem->k / problem->g;
}

/* The vectors of the lane loop `name` of that extent: <name>o <name>v <name>l. */
static void split_lanes(Writer *w, const char *name, int64_t extent) {
    const RegisterTileKnobs *knobs = w->knobs;
    const char *outer = arena_format(w->text.context, "%so", name), *inner = arena_format(w->text.context, "%si", name);
    split(w, name, extent, knobs->lanes * knobs->vectors, "guard", outer, inner);
    text_add(&w->text, "split %s %lld -> %sv %sl\n", inner, (long long)knobs->lanes, name, name);
}

/* The loop over pixels and its tiles: qo qi, or qo_main qo_tail. */
static void split_pixels(Writer *w) {
    if (w->knobs->fuse_pixels) text_add_string(&w->text, "reorder n ");
    if (w->knobs->fuse_pixels && w->problem->g > 1) text_add_string(&w->text, "g ");
    if (w->knobs->fuse_pixels) text_add_string(&w->text, "k p q c r s\nfuse p q -> q\n");
    if (w->knobs->lane_loop == LANE_Q) {
        split_lanes(w, "q", w->pixels);
        return;
    }
    split(w, "q", w->pixels, w->tile, "peel", "qo", "qi");
}

static void split_channels(Writer *w) {
    const RegisterTileKnobs *knobs = w->knobs;
    int64_t k = group_outputs(w->problem);
    if (knobs->lane_loop == LANE_G) split_lanes(w, "g", w->problem->g);
    if (knobs->lane_loop == LANE_K) split_lanes(w, "k", k);
    if (knobs->lane_loop == LANE_NONE) split(w, "k", k, knobs->vectors, "peel", "ko", "kv");
    if (knobs->lane_loop == LANE_Q) split(w, "k", k, knobs->rows, "peel", "ko", "ki");
}

/* Rows outside vectors: each broadcast is used by all vectors at once and then dead. The other way round, LLVM keeps
 * all rows alive beside the accumulators and spills (49 instead of 132 GFLOP/s on the 14 x 2 tile). */
static void order_loops(Writer *w) {
    const char *p = w->knobs->fuse_pixels ? "" : "p ";
    const char *g = w->problem->g > 1 ? "g " : "";
    switch (w->knobs->lane_loop) {
    case LANE_K: text_add(&w->text, "reorder n %sko %sqo r s c qi kv kl\n", g, p); break;
    case LANE_G: text_add(&w->text, "reorder n go k %sqo c r s gv qi gl\n", p); break;
    case LANE_Q: text_add(&w->text, "reorder n %sko %sqo r s c ki qv ql\n", g, p); break;
    case LANE_NONE: text_add(&w->text, "reorder n %sko %sqo r s c qi kv\n", g, p); break;
    }
}

static void mark_loops(Writer *w) {
    switch (w->knobs->lane_loop) {
    case LANE_K: text_add_string(&w->text, "spatial_for kl on lanes\nunroll kv qi\n"); break;
    case LANE_G: text_add_string(&w->text, "spatial_for gl on lanes\nunroll gv qi\n"); break;
    case LANE_Q: text_add_string(&w->text, "spatial_for ql on lanes\nunroll ki qv\n"); break;
    case LANE_NONE: text_add_string(&w->text, "unroll kv qi\n"); break;
    }
    text_add_string(&w->text, "accumulate y at qo in registers\n");
}

static bool unrolls_taps(const Writer *w) {
    return width(w->problem)->kernel <= MAX_UNROLLED_TAPS;
}

/* Peels border tiles of q and unrolls s in them. `whole` full tiles, then perhaps a tail. */
static void peel_borders(Writer *w) {
    const Dimension *d = width(w->problem);
    int64_t left = left_border(d), right = right_border(d);
    if (left + right == 0 || !unrolls_taps(w)) return;
    int64_t tiles = w->has_tail ? w->pixels / w->tile : round_up_div(w->pixels, w->tile);
    int64_t tail = w->has_tail ? w->pixels % w->tile : 0;
    bool tail_is_border = w->has_tail && (right > 0 || left > tiles * w->tile);
    int64_t surplus = w->has_tail ? 0 : tiles * w->tile - w->pixels;
    int64_t first = round_up_div(left, w->tile),
            last = right > tail ? round_up_div(right - tail + surplus, w->tile) : 0;
    const char *loop = w->has_tail ? "qo_main" : "qo";
    if (tiles > 0)
        text_add(&w->text, "peel %s %lld %lld -> qo_first qo_mid qo_last\n", loop, (long long)first, (long long)last);
    text_add(&w->text, "unroll s in%s%s\n", tiles > 0 ? " qo_first qo_last" : "", tail_is_border ? " qo_tail" : "");
}

static void pack_weights(Writer *w) {
    const RegisterTileKnobs *knobs = w->knobs;
    const char *g = w->problem->g > 1 ? "g " : "";
    long long block = (long long)(knobs->lanes * knobs->vectors), rows = (long long)knobs->rows;
    switch (knobs->lane_loop) {
    case LANE_G: text_add(&w->text, "pack w as [g/%lld k c r s g%%%lld] -> wp ahead\n", block, block); break;
    case LANE_Q: text_add(&w->text, "pack w as [%sk/%lld r s c k%%%lld] -> wp ahead\n", g, rows, rows); break;
    case LANE_K:
    case LANE_NONE: text_add(&w->text, "pack w as [%sk/%lld r s c k%%%lld] -> wp ahead\n", g, block, block); break;
    }
}

static void unroll_channels(Writer *w) {
    int64_t c = w->problem->c / w->problem->g, factor = w->knobs->unroll_c;
    if (factor <= 1) return;
    if (factor == c)
        text_add_string(&w->text, "unroll c\n");
    else
        text_add(&w->text, "split c %lld -> co cu\nunroll cu\n", (long long)factor);
}

/* Where all taps lie in the padding there is nothing to shape: loops of sums without a term vanish as soon as a step
 * sees it. */
static void shape_sums(Writer *w) {
    if (!w->knobs->fuse_pixels && has_padding(&w->problem->dimension[0])) text_add_string(&w->text, "clip r\n");
    peel_borders(w);
    unroll_channels(w);
}

const char *recipe_register_tile(Context *context, const Problem *problem, const RegisterTileKnobs *knobs) {
    Writer w = {.problem = problem, .knobs = knobs, .text = text_new(context)};
    w.pixels =
        knobs->fuse_pixels ? problem->dimension[0].output * problem->dimension[1].output : width(problem)->output;
    w.tile = knobs->lane_loop == LANE_Q ? knobs->lanes * knobs->vectors : knobs->rows;
    w.has_tail = knobs->lane_loop != LANE_Q && w.pixels % w.tile != 0;
    split_pixels(&w);
    split_channels(&w);
    order_loops(&w);
    mark_loops(&w);
    if (problem_flops(problem) > 0) shape_sums(&w);
    pack_weights(&w);
    return text_string(&w.text);
}
