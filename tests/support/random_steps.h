/* SPDX-License-Identifier: Apache-2.0 */
/* A random small problem or tensor expression, and a nest that random steps made of its obvious one. */
#ifndef SEPTET_TESTS_SUPPORT_RANDOM_STEPS_H
#define SEPTET_TESTS_SUPPORT_RANDOM_STEPS_H

#include "base/random.h"
#include "base/text.h"
#include "ir/nest.h"

typedef struct RandomSteps {
    Context *context; /* these two are given */
    Random random;
    const Nest *start, *nest; /* before and after the steps */
    Text script;              /* the problem and the steps that were applied, for messages */
    int applied, refused, unproved;
} RandomSteps;

/* Fills in the rest, inside context_run; false when the drawn problem is not possible. Asserts that each step is
 * applied, refused with a reason or left as not proved. */
bool random_steps_apply(RandomSteps *steps);

#endif
