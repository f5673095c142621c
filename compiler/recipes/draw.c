/* SPDX-License-Identifier: Apache-2.0 */
/* A random point of the recipes: legal for a problem, good or bad, and small, so that it compiles quickly. */
#include "compiler/recipes/recipes.h"
#include "compiler/recipes/space.h"

enum { MAX_STATEMENTS = 600, MAX_THREADS = 4, TRIES = 200 };

static Point draw_point(Random *random, const RecipeSpace *space) {
    Point point = {{0}};
    for (int i = 0; i < space->knob_count; i++)
        point.index[i] = (int)random_integer(random, 0, space->knobs[i].count - 1);
    return point;
}

/* The default where small points are too rare to be met. */
const char *recipes_draw(Context *context, Random *random, const Problem *problem, const Target *target) {
    int threads = (int)random_integer(random, 1, MAX_THREADS);
    const RecipeSpace *space = recipe_space_new(context, problem, target, threads);
    if (space->recipe == NULL) return "";
    Point point = space->start;
    for (int tries = 0; tries < TRIES; tries++) {
        Point drawn = draw_point(random, space);
        if (!recipe_space_legal(space, &drawn) || recipe_space_statements(space, &drawn) > MAX_STATEMENTS) continue;
        point = drawn;
        break;
    }
    return recipe_space_schedule(context, space, &point);
}
