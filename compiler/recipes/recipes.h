/* SPDX-License-Identifier: Apache-2.0 */
/* Recipes make schedule text from knobs, one file a loop shape; the analytic default chooses the knobs. */
#ifndef SEPTET_COMPILER_RECIPES_H
#define SEPTET_COMPILER_RECIPES_H

#include "base/random.h"
#include "ir/problem.h"
#include "targets/target.h"

/* The default schedule of a supported problem on a target and so many threads, as text; every legal problem gets one
 * that applies. */
const char *recipes_default(Context *context, const Problem *problem, const Target *target, int threads);

/* The schedule of a random recipe with random knobs, as text: it applies too, however slow it is. */
const char *recipes_draw(Context *context, Random *random, const Problem *problem, const Target *target);

#endif
