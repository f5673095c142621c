/* SPDX-License-Identifier: Apache-2.0 */
/* The space of a recipe: all schedules that it can make for a problem on a target, as points of knobs. A knob has a
 * list of values, in order, so that "one step away" means something; a point has an index into each list.
 *
 * A point is legal when the recipe makes a schedule of it, and that applies. It is promising when nothing speaks
 * against it: a matter of taste, which a search may ignore. Both are functions of the point alone, without a loop
 * nest: a few hundred nanoseconds. */
#ifndef SEPTET_COMPILER_RECIPES_SPACE_H
#define SEPTET_COMPILER_RECIPES_SPACE_H

#include "ir/problem.h"
#include "targets/target.h"

enum { SPACE_MAX_KNOBS = 16 };

typedef struct Knob {
    const char *name; /* "columns" */
    int count;        /* of values, >= 1 */
    const int64_t *values;
    const char *const *words; /* words[value], of a categorical knob, whose values are equal or not and have no order;
                                 NULL of one whose values are numbers, rising */
    int64_t absent;           /* the value meant by a text that does not name the knob */
} Knob;

/* Indices into the values of each knob; beyond the last knob they are 0. */
typedef struct Point {
    int index[SPACE_MAX_KNOBS];
} Point;

typedef struct RecipeSpace {
    const char *recipe; /* "register_tile"; NULL: no recipe knows the problem, and there are no knobs and points */
    const Problem *problem;
    const Target *target;
    int threads; /* that all its schedules are for */
    int knob_count;
    Knob knobs[SPACE_MAX_KNOBS];
    Point start; /* of the analytic default */
} RecipeSpace;

/* The space of a supported problem for so many threads, in the arena; `problem` is kept by reference. Inside
 * context_run. */
const RecipeSpace *recipe_space_new(Context *context, const Problem *problem, const Target *target, int threads);

/* Does the point have a schedule, and does that apply? Not when a knob would have no effect (rows of a tile that fuses
 * all pixels: the schedule is that of another point), nor when copies of the body were too many. */
bool recipe_space_legal(const RecipeSpace *space, const Point *point);

/* Is a legal point worth measuring: do its accumulators fit into the registers, do vectors hold what there is, is its
 * code short? The start always is. */
bool recipe_space_promising(const RecipeSpace *space, const Point *point);

/* At most so many statements of its kernel, all copies of unrolled loops written out. */
int64_t recipe_space_statements(const RecipeSpace *space, const Point *point);

/* The schedule text of a legal point, in the arena. Inside context_run. */
const char *recipe_space_schedule(Context *context, const RecipeSpace *space, const Point *point);

#endif
