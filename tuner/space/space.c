/* SPDX-License-Identifier: Apache-2.0 */
/* Points as numbers, neighbours, and random draws. */
#include "tuner/space/space.h"

#include "base/integer.h"

static bool recipe_legal(const void *owner, const Point *point) {
    return recipe_space_legal(owner, point);
}

static bool recipe_promising(const void *owner, const Point *point) {
    return recipe_space_promising(owner, point);
}

Space space_of_recipe(const RecipeSpace *recipe, bool any_legal) {
    return (Space){.knob_count = recipe->knob_count,
                   .knobs = recipe->knobs,
                   .legal = recipe_legal,
                   .promising = any_legal ? NULL : recipe_promising,
                   .owner = recipe,
                   .start = recipe->start};
}

int64_t space_size(const Space *space) {
    int64_t size = space->knob_count > 0;
    for (int i = 0; i < space->knob_count; i++) size *= space->knobs[i].count;
    return size;
}

Point space_point(const Space *space, int64_t index) {
    Point point = {{0}};
    for (int i = space->knob_count - 1; i >= 0; i--) {
        point.index[i] = (int)(index % space->knobs[i].count);
        index /= space->knobs[i].count;
    }
    return point;
}

int64_t space_index(const Space *space, const Point *point) {
    int64_t index = 0;
    for (int i = 0; i < space->knob_count; i++) index = index * space->knobs[i].count + point->index[i];
    return index;
}

static bool is_legal(const Space *space, const Point *point) {
    return space->legal == NULL || space->legal(space->owner, point);
}

bool space_allows(const Space *space, const Point *point) {
    if (!is_legal(space, point)) return false;
    return space->promising == NULL || space->promising(space->owner, point);
}

SpaceCount space_count(const Space *space) {
    enum { MOST = 1 << 20 };
    int64_t size = space_size(space), stride = integer_ceil_div(size, MOST) | 1;
    SpaceCount count = {.exact = stride == 1};
    for (int64_t i = 0; i < size; i += stride) {
        Point point = space_point(space, i);
        if (!is_legal(space, &point)) continue;
        count.legal += stride;
        if (space_allows(space, &point)) count.allowed += stride;
    }
    return count;
}

bool space_draw(const Space *space, Random *random, Point *out) {
    enum { MAX_TRIES = 10000 };
    if (space->knob_count == 0) return false;
    for (int tries = 0; tries < MAX_TRIES; tries++) {
        for (int i = 0; i < space->knob_count; i++)
            out->index[i] = (int)random_integer(random, 0, space->knobs[i].count - 1);
        if (space_allows(space, out)) return true;
    }
    return false;
}

bool space_step(const Space *space, const Point *point, int knob, int steps, Point *out) {
    int direction = steps < 0 ? -1 : 1;
    *out = *point;
    for (int i = point->index[knob] + steps; i >= 0 && i < space->knobs[knob].count; i += direction) {
        out->index[knob] = i;
        if (space_allows(space, out)) return true;
    }
    return false;
}
