/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the schedule of a problem and builds its plan. */
#include "tuner/resolve.h"

static const Source empty_source = {.name = "naive", .text = "", .length = 0};
static const Schedule seven_loops = {.source = &empty_source};

Status resolve_plan(Context *context, const PlanRequest *request, const Plan **out) {
    PlanRequest attempt = *request;
    if (request->schedule != NULL) {
        attempt.schedule_source = "file";
        return plan_build(context, &attempt, out);
    }
    attempt.schedule_source = "default";
    Status status = plan_build(context, &attempt, out);
    if (status != STATUS_REFUSED && status != STATUS_UNPROVED) return status;
    diag_note(context, "the default schedule does not apply to %s, so it gets the seven loops: %s", request->name,
              diag_message(context));
    attempt.schedule = &seven_loops;
    attempt.schedule_source = "naive";
    return plan_build(context, &attempt, out);
}
