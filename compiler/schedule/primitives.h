/* SPDX-License-Identifier: Apache-2.0 */
/* The mechanism of schedules: each step is a rewrite of the loop nest, verified after every step. One primitive a file.
 */
#ifndef SEPTET_COMPILER_SCHEDULE_PRIMITIVES_H
#define SEPTET_COMPILER_SCHEDULE_PRIMITIVES_H

#include "ir/nest.h"
#include "ir/schedule.h"

/* Applies one step: the rewritten nest, verified. With the reason, at the step's place in `source`: STATUS_REFUSED when
 * it does not apply; STATUS_UNPROVED when its result cannot be proved to be right, which is more than it should promise
 * (a bug of the step) or less than is true (a gap of ir/facts.c). */
Status schedule_apply_step(Context *context, const Source *source, const Nest *nest, const Step *step,
                           const Nest **out);

/* Applies all steps in order, telling `observe` (or NULL) the nest after each. */
typedef void ScheduleObserve(void *data, const Step *step, const Nest *nest);
Status schedule_apply(Context *context, const Nest *nest, const Schedule *schedule, ScheduleObserve *observe,
                      void *data, const Nest **out);

#endif
