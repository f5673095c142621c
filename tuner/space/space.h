/* SPDX-License-Identifier: Apache-2.0 */
/* What a search walks through: knobs, and which of their points are legal and promising. That of a recipe comes from
 * compiler/recipes/space.h; tests and recorded tables bring their own. A point is also a text, "vectors=2 columns=14
 * order=in_row", and a number: its index among all points, legal or not. */
#ifndef SEPTET_TUNER_SPACE_H
#define SEPTET_TUNER_SPACE_H

#include <stdbool.h>

#include "base/random.h"
#include "base/text.h"
#include "compiler/recipes/space.h"

typedef bool SpaceTest(const void *owner, const Point *point);

typedef struct Space {
    int knob_count; /* 0: the space is empty */
    const Knob *knobs;
    SpaceTest *legal, *promising; /* NULL: all points are */
    const void *owner;            /* what these two are given */
    Point start;                  /* where a search begins, legal */
} Space;

/* That of a recipe, which is kept by reference. Without `any_legal` the points that are not promising count as not
 * legal. */
Space space_of_recipe(const RecipeSpace *recipe, bool any_legal);

/* Points, legal or not; 0 for an empty space. Lists of values are short: it is below 2^40. */
int64_t space_size(const Space *space);

/* How many points have a schedule that applies, and how many of them the space allows. Of more than 2^20 points only
 * some are looked at, evenly spread, and the counts are not exact. */
typedef struct SpaceCount {
    int64_t legal, allowed;
    bool exact;
} SpaceCount;

SpaceCount space_count(const Space *space);

/* The point of an index in 0 .. size-1, and back. The last knob counts fastest. */
Point space_point(const Space *space, int64_t index);
int64_t space_index(const Space *space, const Point *point);

/* Is the point legal, and promising? */
bool space_allows(const Space *space, const Point *point);

/* Draws a point that the space allows, each equally likely. False when 10^4 draws meet none: there are too few. */
bool space_draw(const Space *space, Random *random, Point *out);

/* The next allowed point in a direction (+1, -1) along one knob, `steps` values away, or as much further as it takes;
 * false when there is none. Values of a categorical knob count as neighbours in the order of their list. */
bool space_step(const Space *space, const Point *point, int knob, int steps, Point *out);

/* "lane_loop=k lanes=16 vectors=2": all knobs, in their order. */
void space_print_point(const Space *space, const Point *point, Text *text);

/* Reads such a text; a knob that is not named has its `absent` value. STATUS_INVALID, with the place: no such knob or
 * value, one given twice. The point may be one that is not allowed. Inside context_run. */
Status space_parse_point(Context *context, const Space *space, const Source *source, Point *out);

#endif
