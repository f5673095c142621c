/* SPDX-License-Identifier: Apache-2.0 */
/* The register tile's space: the values that each knob may have for a problem, and which of their combinations are
 * legal and promising. Knobs are listed in knobs.def; list_FIELD gives the values of one. */
#include "compiler/recipes/space.h"

#include <assert.h>
#include <string.h>

#include "base/integer.h"
#include "base/vector.h"
#include "compiler/algorithms/algorithms.h"
#include "compiler/recipes/internal.h"

enum { MAX_UNROLL_C = 8 };

/* Statements of a kernel that may be compiled (the pass check_size), the second where they want more registers than
 * there are. And of one that is worth it: 4096 of some 8 bytes are what a first cache holds. */
enum { MAX_STATEMENTS = 8192, MAX_SPILLING = 4096, MAX_PROMISING_STATEMENTS = 4096 };

typedef enum KnobId {
#define KNOB(field, type, words, absent) KNOB_##field,
#include "compiler/recipes/knobs.def"
#undef KNOB
    KNOBS
} KnobId;

static_assert((int)KNOBS <= (int)SPACE_MAX_KNOBS, "a point has room for all knobs");

static const char *const lane_loop_words[] = {[LANE_NONE] = "none", [LANE_K] = "k", [LANE_Q] = "q", [LANE_G] = "g"};
static const char *const order_words[] = {
    [CHANNELS_OUTSIDE] = "outside", [CHANNELS_IN_ROW] = "in_row", [CHANNELS_INSIDE] = "inside"};
static const char *const truth_words[] = {"no", "yes"};

typedef struct Values {
    Context *context;
    VECTOR(int64_t) list;
} Values;

/* What the lists are made from. */
typedef struct Shape {
    const Problem *problem;
    int lane_loop_count;
    LaneLoop lane_loops[LANE_LOOPS];
    int64_t lanes; /* the most that any point may have */
} Shape;

static bool has_lane_loop(const Shape *shape, LaneLoop lane_loop) {
    for (int i = 0; i < shape->lane_loop_count; i++)
        if (shape->lane_loops[i] == lane_loop) return true;
    return false;
}

static void add_value(Values *values, int64_t value) {
    VECTOR_PUSH(values->context, &values->list, value);
}

static void add_range(Values *values, int64_t first, int64_t last) {
    for (int64_t value = first; value <= last; value++) add_value(values, value);
}

static const Dimension *column_of(const Problem *problem) {
    return &problem->dimension[problem->spatial - 1];
}

static int64_t group_outputs(const Problem *problem) {
    return problem->k / problem->g;
}

static void list_lane_loop(const Shape *shape, Values *out) {
    for (int i = 0; i < shape->lane_loop_count; i++) add_value(out, shape->lane_loops[i]);
}

/* One lane is none: the lane loop is not cut into vectors then. */
static void list_lanes(const Shape *shape, Values *out) {
    for (int64_t lanes = 1; lanes <= shape->lanes; lanes *= 2) add_value(out, lanes);
}

static void list_vectors(const Shape *shape, Values *out) {
    (void)shape;
    add_range(out, 1, RECIPE_MAX_VECTORS);
}

/* Positions that the broadcast side of a tile is cut from: pixels of a row, all pixels, or output channels. */
static int64_t broadcast_extent(const Problem *problem, const RegisterTileKnobs *knobs) {
    if (knobs->lane_loop == LANE_Q) return group_outputs(problem);
    return knobs->fuse_pixels ? recipe_pixels(problem) : column_of(problem)->output;
}

/* As many as some point has: with lanes on q those of a point without lanes may be more. */
static void list_columns(const Shape *shape, Values *out) {
    RegisterTileKnobs knobs = {.lane_loop = LANE_NONE, .fuse_pixels = recipe_pixels_fuse(shape->problem)};
    int64_t most = broadcast_extent(shape->problem, &knobs);
    if (has_lane_loop(shape, LANE_Q)) most = integer_max(most, group_outputs(shape->problem));
    add_range(out, 1, integer_min(RECIPE_MAX_PIXELS, most));
}

static void list_image_rows(const Shape *shape, Values *out) {
    const Problem *problem = shape->problem;
    int64_t most = recipe_rows_tile(problem) ? (column_of(problem) - 1)->output : 1;
    add_range(out, 1, integer_min(RECIPE_MAX_ROWS, most));
}

static void list_unroll_c(const Shape *shape, Values *out) {
    int64_t c = shape->problem->c / shape->problem->g;
    for (int64_t factor = 1; factor <= integer_min(c, MAX_UNROLL_C); factor++)
        if (c % factor == 0) add_value(out, factor);
}

static void list_order(const Shape *shape, Values *out) {
    (void)shape;
    add_range(out, 0, CHANNEL_ORDERS - 1);
}

static void list_unroll_taps(const Shape *shape, Values *out) {
    add_range(out, 0, recipe_phases(shape->problem) > 1);
}

static void list_fuse_pixels(const Shape *shape, Values *out) {
    add_range(out, 0, recipe_pixels_fuse(shape->problem));
}

static void list_pack_x(const Shape *shape, Values *out) {
    add_range(out, 0, has_lane_loop(shape, LANE_K) && recipe_may_pack_x(shape->problem, LANE_K));
}

static void list_prefetch_x(const Shape *shape, Values *out) {
    bool has_taps = false;
    for (int i = 0; i < shape->problem->spatial; i++) has_taps |= shape->problem->dimension[i].kernel > 1;
    add_range(out, 0, !has_taps && has_lane_loop(shape, LANE_K));
}

static void list_prefetch_w(const Shape *shape, Values *out) {
    int64_t c = shape->problem->c / shape->problem->g;
    add_value(out, 0);
    if (!has_lane_loop(shape, LANE_K)) return;
    for (int64_t ahead = RECIPE_MIN_PREFETCH; ahead <= integer_min(c - 1, RECIPE_MAX_PREFETCH); ahead *= 2)
        add_value(out, ahead);
}

static Shape describe(const Problem *problem, const Target *target) {
    Shape shape = {.problem = problem, .lanes = 1};
    shape.lane_loop_count = recipe_list_lane_loops(problem, target, shape.lane_loops);
    for (int i = 0; i < shape.lane_loop_count; i++) {
        RegisterTileKnobs knobs = {.lane_loop = shape.lane_loops[i], .fuse_pixels = recipe_pixels_fuse(problem)};
        shape.lanes = integer_max(shape.lanes, recipe_most_lanes(problem, target, &knobs));
    }
    return shape;
}

static void add_knob(RecipeSpace *space, Knob knob, const Values *values) {
    assert(values->list.count > 0);
    knob.count = (int)values->list.count;
    knob.values = values->list.items;
    space->knobs[space->knob_count++] = knob;
}

static int64_t get_knob(const RegisterTileKnobs *knobs, KnobId id) {
    switch (id) {
#define KNOB(field, type, words, absent)                                                                               \
    case KNOB_##field: return (int64_t)knobs->field;
#include "compiler/recipes/knobs.def"
#undef KNOB
    default: return 0;
    }
}

static Point find_point(const RecipeSpace *space, const RegisterTileKnobs *knobs) {
    Point point = {{0}};
    for (int i = 0; i < space->knob_count; i++) {
        const Knob *knob = &space->knobs[i];
        int64_t value = get_knob(knobs, (KnobId)i);
        while (point.index[i] < knob->count - 1 && knob->values[point.index[i]] != value) point.index[i]++;
        assert(knob->values[point.index[i]] == value);
    }
    return point;
}

const RecipeSpace *recipe_space_new(Context *context, const Problem *problem, const Target *target, int threads) {
    RecipeSpace *space = ARENA_NEW(context, RecipeSpace);
    *space = (RecipeSpace){.problem = problem, .target = target, .threads = threads};
    if (algorithm_direct_joins_groups(problem)) return space;
    Shape shape = describe(problem, target);
    RegisterTileKnobs start;
    space->recipe = "register_tile";
    Values values;
#define KNOB(field, type, words_, absent_)                                                                             \
    values = (Values){.context = context};                                                                             \
    list_##field(&shape, &values);                                                                                     \
    add_knob(space, (Knob){.name = #field, .words = (words_), .absent = (absent_)}, &values);
#include "compiler/recipes/knobs.def"
#undef KNOB
    recipe_choose(problem, target, threads, &start);
    if (start.lane_loop == LANE_NONE) start.lane_loop = shape.lane_loops[0];
    space->start = find_point(space, &start);
    return space;
}

static RegisterTileKnobs knobs_of(const RecipeSpace *space, const Point *point) {
    RegisterTileKnobs knobs = {.threads = space->threads};
#define KNOB(field, type, words, absent)                                                                               \
    knobs.field = (type)space->knobs[KNOB_##field].values[point->index[KNOB_##field]];
#include "compiler/recipes/knobs.def"
#undef KNOB
    if (knobs.lanes == 1) knobs.lane_loop = LANE_NONE;
    return knobs;
}

/* Rows that are not cut into tiles stand outside of tiles. */
static bool has_row_loops(const Problem *problem, const RegisterTileKnobs *knobs) {
    return problem->spatial > 1 && !knobs->fuse_pixels;
}

/* Does each knob have its effect? */
static bool means_something(const Problem *problem, const RegisterTileKnobs *knobs) {
    if (knobs->columns > broadcast_extent(problem, knobs)) return false;
    if (knobs->image_rows > 1 && (knobs->fuse_pixels || knobs->lane_loop == LANE_Q)) return false;
    if (knobs->pack_x && !recipe_may_pack_x(problem, knobs->lane_loop)) return false;
    if (knobs->prefetch_x && !recipe_prefetches_x(problem, knobs)) return false;
    if (knobs->prefetch_w > 0 && !recipe_prefetches_w(problem, knobs)) return false;
    return knobs->order != CHANNELS_IN_ROW || has_row_loops(problem, knobs);
}

bool recipe_space_legal(const RecipeSpace *space, const Point *point) {
    if (space->recipe == NULL) return false;
    RegisterTileKnobs knobs = knobs_of(space, point);
    int64_t live = recipe_live_registers(space->target, knobs.columns * knobs.image_rows, knobs.vectors);
    int64_t limit = live > space->target->vector_registers ? MAX_SPILLING : MAX_STATEMENTS;
    return means_something(space->problem, &knobs) && recipe_statements(space->problem, &knobs) <= limit;
}

int64_t recipe_space_statements(const RecipeSpace *space, const Point *point) {
    RegisterTileKnobs knobs = knobs_of(space, point);
    return recipe_statements(space->problem, &knobs);
}

/* Of a transposed layer: whole phases with their taps unrolled, else one pixel that asks for each tap. */
static bool fits_phases(const Problem *problem, const RegisterTileKnobs *knobs) {
    int64_t phases = recipe_phases(problem), columns = knobs->columns;
    if (phases == 1) return true;
    return knobs->unroll_taps ? columns % phases == 0 || columns == column_of(problem)->output : columns == 1;
}

bool recipe_space_promising(const RecipeSpace *space, const Point *point) {
    const Problem *problem = space->problem;
    const Target *target = space->target;
    RegisterTileKnobs knobs = knobs_of(space, point);
    int64_t pixels = knobs.columns * knobs.image_rows;
    int64_t vectors_there_are = integer_ceil_div(recipe_lane_extent(problem, &knobs), knobs.lanes);
    if (memcmp(point, &space->start, sizeof *point) == 0) return true;
    return recipe_live_registers(target, pixels, knobs.vectors) <= target->vector_registers &&
           knobs.vectors <= vectors_there_are && recipe_vectors_fit(problem, &knobs) && fits_phases(problem, &knobs) &&
           recipe_statements(problem, &knobs) <= MAX_PROMISING_STATEMENTS;
}

const char *recipe_space_schedule(Context *context, const RecipeSpace *space, const Point *point) {
    assert(recipe_space_legal(space, point));
    RegisterTileKnobs knobs = knobs_of(space, point);
    return recipe_register_tile(context, space->problem, &knobs);
}
