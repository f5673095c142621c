/* SPDX-License-Identifier: Apache-2.0 */
/* The register tile: output stationary. A tile of outputs stays in registers while the sum runs; each step loads
 * `vectors` vectors, broadcasts one scalar a pixel and multiplies each with all vectors (docs/schedules.md goes there
 * step by step). Padding along tiled loops: border tiles are peeled and the taps unrolled there, so that their guards
 * fold. Along loops that are not tiled, taps are clipped to those that exist.
 *
 * A transposed layer of stride t asks of each pixel and tap whether (q + pad - s*dilation) mod t is 0: one tap in t is
 * needed. Tiles of a multiple of t pixels with all taps unrolled know that when compiling, and hold only the needed
 * ones (unroll_taps). Where taps are too many for that, tiles of one pixel ask once a tap, outside of the loop over c.
 */
#include <assert.h>
#include <math.h>

#include "base/integer.h"
#include "base/text.h"
#include "compiler/recipes/internal.h"
#include "ir/nest.h"

/* Taps that are unrolled in border tiles: more would make them too large, and their guards stay. Likewise the channels
 * that fill a block. */
enum { MAX_UNROLLED_TAPS = 7, MAX_UNROLLED_WINDOW = 9, MAX_UNROLLED_FILLING = 64 };

/* Numbers in a line of cache, and lines that one prefetch step asks for at once. */
enum { LINE_FLOATS = 16, MAX_LINES_AT_ONCE = 16 };

/* An output loop that may be cut into tiles, with the filter loop that goes along it. */
typedef struct Span {
    const char *loop, *tap;
    const Dimension *dimension;
    int64_t extent, tile;
    bool has_tail;  /* the last tile is a copy of its own */
    bool is_peeled; /* and so are tiles at the borders */
    bool is_tiled;
} Span;

typedef struct Writer {
    const Problem *problem;
    const RegisterTileKnobs *knobs;
    Text text;
    Span column, row; /* row.loop is NULL in 1-D */
} Writer;

static const char *const output_loops[PROBLEM_MAX_SPATIAL] = {"z", "p", "q"};
static const char *const filter_loops[PROBLEM_MAX_SPATIAL] = {"t", "r", "s"};

bool recipe_pixels_fuse(const Problem *problem) {
    for (int i = 0; i < problem->spatial; i++) {
        const Dimension *d = &problem->dimension[i];
        if (d->kernel != 1 || d->stride != 1 || d->pad_begin != 0 || d->pad_end != 0) return false;
    }
    return problem->spatial > 1;
}

/* Outputs at either end of a dimension for which some tap lies outside the image. */
typedef struct Border {
    int64_t begin, end;
} Border;

static Border find_border(const Problem *problem, const Dimension *d) {
    Border border = {integer_ceil_div(d->pad_begin, d->stride), integer_ceil_div(d->pad_end, d->stride)};
    if (problem->transposed) {
        border.begin = (d->kernel - 1) * d->dilation - d->pad_begin;
        border.end = d->output + d->pad_begin - d->input * d->stride;
    }
    border.begin = integer_min(integer_max(border.begin, 0), d->output);
    border.end = integer_min(integer_max(border.end, 0), d->output);
    return border;
}

static bool has_border(const Problem *problem, const Dimension *d) {
    Border border = find_border(problem, d);
    return border.begin > 0 || border.end > 0;
}

static bool has_padding(const Problem *problem) {
    bool found = false;
    for (int i = 0; i < problem->spatial; i++) found |= has_border(problem, &problem->dimension[i]);
    return found;
}

bool recipe_may_pack_x(const Problem *problem, LaneLoop lane_loop) {
    bool is_first = problem->x_layout.order == LAYOUT_CHANNELS_FIRST;
    return (has_padding(problem) || is_first) && lane_loop == LANE_K && !problem->transposed &&
           problem->x_layout.order != LAYOUT_CHANNELS_BLOCKED;
}

bool recipe_keeps_guards(const Problem *problem) {
    const Dimension *column = &problem->dimension[problem->spatial - 1];
    return has_border(problem, column) && column->kernel > MAX_UNROLLED_TAPS && recipe_phases(problem) == 1;
}

bool recipe_rows_tile(const Problem *problem) {
    if (problem->spatial < 2 || problem->transposed) return false;
    const Dimension *row = &problem->dimension[problem->spatial - 2], *column = row + 1;
    return !has_border(problem, row) || row->kernel * column->kernel <= MAX_UNROLLED_WINDOW;
}

int64_t recipe_phases(const Problem *problem) {
    return problem->transposed ? problem->dimension[problem->spatial - 1].stride : 1;
}

static void split(Writer *w, const char *loop, int64_t extent, int64_t size, const char *tail, const char *outer,
                  const char *inner) {
    bool divides = extent % size == 0;
    text_add(&w->text, "split %s %lld%s%s -> %s %s\n", loop, (long long)size,
             divides ? "" : " tail=", divides ? "" : tail, outer, inner);
}

/* The vectors of the lane loop `name` of that extent: <name>o <name>v <name>l. The last tile of k is guarded where it
 * is stored, since packed weights are filled up. x is not: its guards would be masks on all sums, also of the tiles
 * before the last, and so that of q or g, which x is read along, is a copy of its own (has_tail). */
static void split_lanes(Writer *w, const char *name, int64_t extent, bool has_tail) {
    const RegisterTileKnobs *knobs = w->knobs;
    int64_t tile = knobs->lanes * knobs->vectors;
    const char *outer = arena_format(w->text.context, "%so", name), *inner = arena_format(w->text.context, "%si", name);
    split(w, name, extent, tile, has_tail ? "peel" : "guard", outer, inner);
    bool has_part = has_tail && extent % tile % knobs->lanes != 0;
    text_add(&w->text, "split %s %lld%s -> %sv %sl\n", inner, (long long)knobs->lanes, has_part ? " tail=guard" : "",
             name, name);
}

static void split_span(Writer *w, const Span *span) {
    Context *context = w->text.context;
    if (!span->is_tiled) return;
    split(w, span->loop, span->extent, span->tile, "peel", arena_format(context, "%so", span->loop),
          arena_format(context, "%si", span->loop));
}

/* The loops along dimensions first .. end-1, outermost first: "z p " or nothing, "t r s ". */
static const char *loops(Writer *w, const char *const *names, int first, int end) {
    assert(end <= w->problem->spatial && w->problem->spatial <= PROBLEM_MAX_SPATIAL);
    Text text = text_new(w->text.context);
    assert(first >= 0 && end <= w->problem->spatial && w->problem->spatial <= PROBLEM_MAX_SPATIAL);
    for (int i = first; i < end; i++) text_add(&text, "%s ", names[PROBLEM_MAX_SPATIAL - w->problem->spatial + i]);
    return text_string(&text);
}

/* "r s c ", or "r c s " where the taps of a row are copies inside of c. */
static const char *reduction_loops(Writer *w) {
    int spatial = w->problem->spatial, before = w->knobs->unroll_taps ? spatial - 1 : spatial;
    return arena_format(w->text.context, "%sc %s", loops(w, filter_loops, 0, before),
                        loops(w, filter_loops, before, spatial));
}

static void fuse_pixels(Writer *w) {
    const char *g = w->problem->g > 1 ? "g " : "";
    const char *pixels = loops(w, output_loops, 0, w->problem->spatial),
               *taps = loops(w, filter_loops, 0, w->problem->spatial);
    text_add(&w->text, "reorder n %sk %sc %s\nfuse %s-> q\n", g, pixels, taps, pixels);
}

/* Are the last groups on lanes a copy of their own? */
static bool groups_have_tail(const Problem *problem, const RegisterTileKnobs *knobs) {
    int64_t tile = knobs->lanes * knobs->vectors;
    return knobs->lane_loop == LANE_G && problem->g > tile && problem->g % tile != 0;
}

static void split_channels(Writer *w) {
    const RegisterTileKnobs *knobs = w->knobs;
    int64_t k = w->problem->k / w->problem->g;
    if (knobs->lane_loop == LANE_G) split_lanes(w, "g", w->problem->g, groups_have_tail(w->problem, knobs));
    if (knobs->lane_loop == LANE_K) split_lanes(w, "k", k, false);
    if (knobs->lane_loop == LANE_NONE) split(w, "k", k, knobs->vectors, "peel", "ko", "kv");
    if (knobs->lane_loop == LANE_Q) split(w, "k", k, knobs->columns, "peel", "ko", "ki");
}

/* The output loops around a tile: those over channels at the place that the knob says, among images, rows and tiles.
 */
static const char *order_outer_loops(Writer *w, const char *channels) {
    int outside = w->knobs->fuse_pixels ? 0 : w->problem->spatial - 1 - w->row.is_tiled;
    const char *rows = loops(w, output_loops, 0, outside), *po = w->row.is_tiled ? "po " : "";
    switch (w->knobs->order) {
    case CHANNELS_IN_ROW: return arena_format(w->text.context, "n %s%s%sqo", rows, po, channels);
    case CHANNELS_INSIDE: return arena_format(w->text.context, "n %s%sqo %s", rows, po, channels);
    default: return arena_format(w->text.context, "n %s%s%sqo", channels, rows, po);
    }
}

/* Rows outside vectors: each broadcast is used by all vectors at once and then dead. The other way round, LLVM keeps
 * all rows alive beside the accumulators and spills (49 instead of 132 GFLOP/s on the 14 x 2 tile). */
static void order_loops(Writer *w) {
    LaneLoop lane_loop = w->knobs->lane_loop;
    const char *pi = w->row.is_tiled ? "pi " : "", *sums = reduction_loops(w);
    const char *channels = lane_loop == LANE_G ? "go k " : w->problem->g > 1 ? "g ko " : "ko ";
    const char *taps = loops(w, filter_loops, 0, w->problem->spatial);
    const char *outer = order_outer_loops(w, channels);
    switch (lane_loop) {
    case LANE_K: text_add(&w->text, "reorder %s %s%sqi kv kl\n", outer, sums, pi); break;
    case LANE_G: text_add(&w->text, "reorder %s c %sgv %sqi gl\n", outer, taps, pi); break;
    case LANE_Q: text_add(&w->text, "reorder %s %ski qv ql\n", outer, sums); break;
    case LANE_NONE: text_add(&w->text, "reorder %s %s%sqi kv\n", outer, sums, pi); break;
    }
}

static void mark_loops(Writer *w) {
    const char *pi = w->row.is_tiled ? " pi" : "";
    switch (w->knobs->lane_loop) {
    case LANE_K: text_add(&w->text, "spatial_for kl on lanes\nunroll kv qi%s\n", pi); break;
    case LANE_G: text_add(&w->text, "spatial_for gl on lanes\nunroll gv qi%s\n", pi); break;
    case LANE_Q: text_add_string(&w->text, "spatial_for ql on lanes\nunroll ki qv\n"); break;
    case LANE_NONE: text_add(&w->text, "unroll kv qi%s\n", pi); break;
    }
    const char *innermost_channels = w->knobs->lane_loop == LANE_G ? "k" : "ko";
    text_add(&w->text, "accumulate y at %s in registers\n",
             w->knobs->order == CHANNELS_INSIDE ? innermost_channels : "qo");
}

/* Do sums meet the padding? Not where a copy of x holds it. */
static bool meets_border(const Writer *w, const Dimension *d) {
    return has_border(w->problem, d) && !w->knobs->pack_x;
}

/* Those along loops that are not cut into tiles, or into tiles of one pixel that ask for each tap. */
static void clip_taps(Writer *w) {
    int outside = w->knobs->fuse_pixels ? 0 : w->problem->spatial - 1 - w->row.is_tiled;
    bool asks_each = recipe_phases(w->problem) > 1 && !w->knobs->unroll_taps && w->knobs->columns == 1;
    if (asks_each) outside = w->problem->spatial;
    for (int i = 0; i < outside; i++)
        if (meets_border(w, &w->problem->dimension[i]))
            text_add(&w->text, "clip %s\n", filter_loops[PROBLEM_MAX_SPATIAL - w->problem->spatial + i]);
}

/* Peels the border tiles of a span, `tiles` whole ones, then perhaps a tail. Names the copies that hold border. */
static const char *peel_border_tiles(Writer *w, Span *span, const Border *border) {
    int64_t tiles = span->has_tail ? span->extent / span->tile : integer_ceil_div(span->extent, span->tile);
    int64_t tail = span->has_tail ? span->extent % span->tile : 0;
    int64_t surplus = span->has_tail ? 0 : tiles * span->tile - span->extent;
    int64_t first = integer_ceil_div(border->begin, span->tile);
    int64_t last = border->end > tail ? integer_ceil_div(border->end - tail + surplus, span->tile) : 0;
    bool tail_is_border = span->has_tail && (border->end > 0 || border->begin > tiles * span->tile);
    Text copies = text_new(w->text.context);
    const char *outer = arena_format(w->text.context, "%so", span->loop);
    if (tiles > 0) {
        text_add(&w->text, "peel %s%s %lld %lld -> %s_first %s_mid %s_last\n", outer, span->has_tail ? "_main" : "",
                 (long long)first, (long long)last, outer, outer, outer);
        text_add(&copies, " %s_first %s_last", outer, outer);
        span->is_peeled = true;
    }
    if (tail_is_border) text_add(&copies, " %s_tail", outer);
    return text_string(&copies);
}

/* Are taps along a span copies of the body, in border tiles or in all? */
static bool unrolls_taps(const Writer *w, const Span *span) {
    const Dimension *d = span->dimension;
    if (!span->is_tiled || w->knobs->fuse_pixels) return false;
    if (w->knobs->unroll_taps && span == &w->column) return true;
    return meets_border(w, d) && d->kernel <= MAX_UNROLLED_TAPS && recipe_phases(w->problem) == 1;
}

/* Peels the border tiles of a span and unrolls its taps in them, or everywhere. */
static void peel_borders(Writer *w, Span *span) {
    const Dimension *d = span->dimension;
    Border border = find_border(w->problem, d);
    if (!unrolls_taps(w, span)) return;
    const char *copies = meets_border(w, d) ? peel_border_tiles(w, span, &border) : "";
    if (w->knobs->unroll_taps && span == &w->column)
        text_add(&w->text, "unroll %s\n", span->tap);
    else
        text_add(&w->text, "unroll %s in%s\n", span->tap, copies);
}

static void pack_weights(Writer *w) {
    const RegisterTileKnobs *knobs = w->knobs;
    const char *g = w->problem->g > 1 ? "g " : "", *sums = reduction_loops(w);
    const char *taps = loops(w, filter_loops, 0, w->problem->spatial);
    long long block = (long long)(knobs->lanes * knobs->vectors), columns = (long long)knobs->columns;
    switch (knobs->lane_loop) {
    case LANE_G: text_add(&w->text, "pack w as [g/%lld k c %sg%%%lld] -> wp ahead\n", block, taps, block); break;
    case LANE_Q: text_add(&w->text, "pack w as [%sk/%lld %sk%%%lld] -> wp ahead\n", g, columns, sums, columns); break;
    case LANE_K:
    case LANE_NONE: text_add(&w->text, "pack w as [%sk/%lld %sk%%%lld] -> wp ahead\n", g, block, sums, block); break;
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

/* The loop over c, of which unroll_channels leaves one; NULL when it is all copies. */
static const char *channel_loop(const Problem *problem, const RegisterTileKnobs *knobs) {
    if (knobs->unroll_c <= 1) return "c";
    return knobs->unroll_c < problem->c / problem->g ? "co" : NULL;
}

static int64_t channel_iterations(const Problem *problem, const RegisterTileKnobs *knobs) {
    return problem->c / problem->g / integer_max(1, knobs->unroll_c);
}

/* Of weights, in an iteration of that loop. */
static int64_t weight_lines(const Problem *problem, const RegisterTileKnobs *knobs) {
    int64_t taps = knobs->unroll_taps ? problem->dimension[problem->spatial - 1].kernel : 1;
    return taps * integer_max(1, knobs->unroll_c) * integer_ceil_div(knobs->lanes * knobs->vectors, LINE_FLOATS);
}

bool recipe_prefetches_w(const Problem *problem, const RegisterTileKnobs *knobs) {
    return weight_lines(problem, knobs) <= MAX_LINES_AT_ONCE && knobs->lane_loop == LANE_K &&
           problem_flops(problem) > 0 && channel_loop(problem, knobs) != NULL &&
           channel_iterations(problem, knobs) > knobs->prefetch_w;
}

bool recipe_prefetches_x(const Problem *problem, const RegisterTileKnobs *knobs) {
    int64_t c = problem->c / problem->g, columns = problem->dimension[problem->spatial - 1].output;
    if (knobs->lane_loop != LANE_K || problem->transposed || problem->x_layout.order != LAYOUT_CHANNELS_LAST ||
        channel_loop(problem, knobs) == NULL)
        return false;
    for (int i = 0; i < problem->spatial; i++)
        if (problem->dimension[i].kernel > 1 || has_border(problem, &problem->dimension[i])) return false;
    for (int i = 0; knobs->fuse_pixels && i < problem->spatial - 1; i++) columns *= problem->dimension[i].output;
    int64_t lines = knobs->columns * knobs->image_rows * (integer_ceil_div(c, LINE_FLOATS) + 1);
    return columns / knobs->columns > 1 && lines <= MAX_LINES_AT_ONCE * channel_iterations(problem, knobs);
}

/* What comes from far away, ahead of time. Behind all steps that move loops. */
static void prefetch(Writer *w) {
    const RegisterTileKnobs *knobs = w->knobs;
    const char *loop = channel_loop(w->problem, knobs);
    if (knobs->prefetch_x) text_add(&w->text, "prefetch x at qo%s in %s\n", w->column.has_tail ? "_main" : "", loop);
    if (knobs->prefetch_w > 0) text_add(&w->text, "prefetch wp at %s by %lld\n", loop, (long long)knobs->prefetch_w);
}

/* x with its padding, channels last, an image at a time where one thread walks them, in vectors of channels. With
 * channels first it is transposed before, and that is all where there is no padding. */
static void pack_x(Writer *w) {
    static const char *const positions[PROBLEM_MAX_SPATIAL] = {"d", "h", "w"};
    const Problem *problem = w->problem;
    const char *space = loops(w, positions, 0, problem->spatial), *g = problem->g > 1 ? "g " : "";
    if (!w->knobs->pack_x) return;
    if (has_padding(problem)) {
        text_add(&w->text, "pack x as [n %s%sc] -> xp\n", space, g);
        if (problem->n > 1 && w->knobs->threads <= 1) text_add_string(&w->text, "place xp at n in workspace\n");
        text_add(&w->text, "split xp.c_%d %lld tail=guard -> xo xl\nspatial_for xp.xl on lanes\n",
                 problem->spatial + 1 + (problem->g > 1), (long long)w->knobs->lanes);
    }
    if (problem->x_layout.order == LAYOUT_CHANNELS_FIRST) recipe_transpose_x(&w->text, problem, w->knobs);
}

/* Where all taps lie in the padding there is nothing to shape: loops of sums without a term vanish as soon as a step
 * sees it. */
static void shape_sums(Writer *w) {
    clip_taps(w);
    if (w->row.is_tiled) peel_borders(w, &w->row);
    peel_borders(w, &w->column);
    unroll_channels(w);
}

static void describe_spans(Writer *w) {
    const Problem *problem = w->problem;
    const RegisterTileKnobs *knobs = w->knobs;
    const Dimension *column = &problem->dimension[problem->spatial - 1];
    bool has_lanes = knobs->lane_loop == LANE_Q;
    w->column = (Span){.loop = "q", .tap = "s", .dimension = column, .extent = column->output, .is_tiled = true};
    for (int i = 0; knobs->fuse_pixels && i < problem->spatial - 1; i++)
        w->column.extent *= problem->dimension[i].output;
    w->column.tile = has_lanes ? knobs->lanes * knobs->vectors : knobs->columns;
    w->column.has_tail = w->column.extent > w->column.tile && w->column.extent % w->column.tile != 0;
    if (problem->spatial < 2 || knobs->fuse_pixels || has_lanes || knobs->image_rows <= 1) return;
    const Dimension *row = column - 1;
    w->row = (Span){.loop = "p", .tap = "r", .dimension = row, .extent = row->output, .is_tiled = true};
    w->row.tile = knobs->image_rows;
    w->row.has_tail = row->output % knobs->image_rows != 0;
}

/* The zeros that fill y's last block of channels: written out, they become a few wide stores. */
static void unroll_filling(Writer *w) {
    const Problem *problem = w->problem;
    int64_t block = problem->y_layout.block, group = problem->k / problem->g;
    if (block == 0 || problem->k % block == 0 || block > MAX_UNROLLED_FILLING) return;
    bool is_of_groups = problem->g > 1 && group % block != 0;
    text_add(&w->text, "unroll %sy" NEST_FILLING_SUFFIX ".k\n", is_of_groups ? "y" NEST_FILLING_SUFFIX ".g " : "");
}

/* The loop along a span: of its tiles, or all of its outputs. */
static OuterLoop outer_span(const Writer *w, const Span *span) {
    return (OuterLoop){arena_format(w->text.context, "%so", span->loop), integer_ceil_div(span->extent, span->tile),
                       span->has_tail || span->is_peeled};
}

/* The loops over groups and blocks of channels; returns how many. */
static int outer_channels(const Writer *w, OuterLoop *out) {
    const RegisterTileKnobs *knobs = w->knobs;
    int64_t g = w->problem->g, k = w->problem->k / g, block = knobs->lanes * knobs->vectors;
    int count = 0;
    if (knobs->lane_loop == LANE_G) {
        out[count++] = (OuterLoop){
            .name = "go", .extent = integer_ceil_div(g, block), .has_copies = groups_have_tail(w->problem, knobs)};
        out[count++] = (OuterLoop){.name = "k", .extent = k};
        return count;
    }
    bool has_tail = knobs->lane_loop != LANE_K;
    if (knobs->lane_loop == LANE_Q) block = knobs->columns;
    if (g > 1) out[count++] = (OuterLoop){.name = "g", .extent = g};
    out[count++] =
        (OuterLoop){.name = "ko", .extent = integer_ceil_div(k, block), .has_copies = has_tail && k % block != 0};
    return count;
}

/* About what one thread takes: three vector multiply-adds in two cycles; with lanes on groups half of that, as each
 * reads two vectors; but at least what reading the weights from the second cache takes. */
static double kernel_cycles(const Problem *problem, const RegisterTileKnobs *knobs) {
    const double flops = knobs->lane_loop == LANE_G ? 1.5 : 3, bytes = 24; /* a cycle; flops in each lane */
    double weights = (double)problem_w_elements(problem) * sizeof(float);
    return fmax(1, fmax(problem_flops(problem) / (flops * (double)knobs->lanes), weights / bytes));
}

/* Divides the loops around the tiles, in the order of order_outer_loops, among threads. */
static void spread(Writer *w) {
    OuterLoop outer[4 + PROBLEM_MAX_SPATIAL] = {{.name = "n", .extent = w->problem->n}};
    const Problem *problem = w->problem;
    ChannelOrder order = w->knobs->order;
    int count = 1, rows = w->knobs->fuse_pixels ? 0 : problem->spatial - 1 - w->row.is_tiled;
    bool outside = order != CHANNELS_IN_ROW && order != CHANNELS_INSIDE;
    if (outside) count += outer_channels(w, &outer[count]);
    for (int i = 0; i < rows; i++) {
        const char *name = output_loops[PROBLEM_MAX_SPATIAL - problem->spatial + i];
        outer[count++] = (OuterLoop){.name = name, .extent = problem->dimension[i].output};
    }
    if (w->row.is_tiled) outer[count++] = outer_span(w, &w->row);
    if (order == CHANNELS_IN_ROW) count += outer_channels(w, &outer[count]);
    outer[count++] = outer_span(w, &w->column);
    if (order == CHANNELS_INSIDE) count += outer_channels(w, &outer[count]);
    recipe_add_cores(&w->text, outer, count, w->knobs->threads, kernel_cycles(problem, w->knobs));
}

/* Kinds of tiles along a span that get code of their own. */
static int64_t tile_kinds(const Writer *w, const Span *span) {
    if (!span->is_tiled) return 1;
    int64_t peeled = unrolls_taps(w, span) && meets_border(w, span->dimension) ? 2 : 0;
    return 1 + peeled + span->has_tail;
}

int64_t recipe_statements(const Problem *problem, const RegisterTileKnobs *knobs) {
    Writer w = {.problem = problem, .knobs = knobs};
    describe_spans(&w);
    int64_t k = problem->k / problem->g, block = knobs->lane_loop == LANE_Q ? knobs->columns : knobs->vectors;
    bool splits_tail = (knobs->lane_loop == LANE_Q || knobs->lane_loop == LANE_NONE) && k % block != 0;
    splits_tail |= groups_have_tail(problem, knobs);
    int64_t kinds = tile_kinds(&w, &w.column) * tile_kinds(&w, &w.row) * (1 + splits_tail);
    int64_t sums = knobs->unroll_c;
    if (unrolls_taps(&w, &w.column)) sums *= w.column.dimension->kernel;
    if (unrolls_taps(&w, &w.row)) sums *= w.row.dimension->kernel;
    return kinds * knobs->image_rows * knobs->columns * knobs->vectors * (sums + 2);
}

const char *recipe_register_tile(Context *context, const Problem *problem, const RegisterTileKnobs *knobs) {
    Writer w = {.problem = problem, .knobs = knobs, .text = text_new(context)};
    describe_spans(&w);
    if (knobs->fuse_pixels) fuse_pixels(&w);
    if (knobs->lane_loop == LANE_Q)
        split_lanes(&w, "q", w.column.extent, w.column.has_tail);
    else
        split_span(&w, &w.column);
    split_span(&w, &w.row);
    split_channels(&w);
    order_loops(&w);
    mark_loops(&w);
    if (problem_flops(problem) > 0) shape_sums(&w);
    pack_weights(&w);
    unroll_filling(&w);
    spread(&w);
    prefetch(&w);
    if (problem_flops(problem) > 0) pack_x(&w);
    recipe_add_transposes(&w.text, problem, knobs);
    return text_string(&w.text);
}
