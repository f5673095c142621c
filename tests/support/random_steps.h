/* SPDX-License-Identifier: Apache-2.0 */
/* A random small problem or tensor expression, and a nest that random steps made of its obvious one. */
#ifndef SEPTET_TESTS_SUPPORT_RANDOM_STEPS_H
#define SEPTET_TESTS_SUPPORT_RANDOM_STEPS_H

#include "base/random.h"
#include "base/text.h"
#include "ir/nest.h"
#include "ir/problem.h"
#include "ir/schedule.h"

enum { TAILS = TAIL_PAD + 1 };

typedef struct RandomSteps {
    Context *context; /* these three are given, and whether the problem shall be a convolution in one stage */
    Random random;
    int round;
    bool is_convolution;
    Problem problem;          /* of a convolution */
    const char *subject;      /* the problem, or the file of the tensor expression */
    const Nest *start, *nest; /* before and after the steps */
    Text schedule;            /* the steps that were applied */
    int applied, refused, unproved;
    int met[STEP_COUNT], met_tail[TAILS]; /* how many of the applied ones */
} RandomSteps;

/* Fills in the rest, inside context_run; false when the drawn problem is not possible. Asserts that each step is
 * applied, refused with a reason or left as not proved. */
bool random_steps_apply(RandomSteps *steps);

/* How to have the round again, the problem and the steps, for messages. Inside context_run. */
const char *random_steps_text(const RandomSteps *steps);

/* The rounds of a test: first .. end - 1. By default the first `count`; SEPTET_RANDOM_FIRST and SEPTET_RANDOM_ROUNDS in
 * the environment ask for others. A loop test over them runs each in a process of its own, so that Check names the
 * round that crashed or hung: "test_name:17". */
typedef struct RandomRounds {
    int first, count, end;
} RandomRounds;

RandomRounds random_rounds(int count);

#endif
