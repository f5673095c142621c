/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the schedule of a problem and builds its plan. The first that there is:
 *     file     the schedule that the caller gives
 *     default  the analytic default of the recipes
 *     naive    the seven loops as they stand, when the default does not apply: every legal layer compiles */
#ifndef SEPTET_TUNER_RESOLVE_H
#define SEPTET_TUNER_RESOLVE_H

#include "compiler/plan.h"

/* As plan_build, but request->schedule_source is not looked at: *out tells it. A given schedule that does not apply is
 * an error; a default that does not is passed over with a note. */
Status resolve_plan(Context *context, const PlanRequest *request, const Plan **out);

#endif
