/* SPDX-License-Identifier: Apache-2.0 */
/* Drift: clocks and neighbours change while a session lasts for hours, so candidate 0 of the problem is timed again and
 * again. Its newest time over its first one is recorded with each measurement, and scales the incumbent's time, which
 * was taken earlier. */
#include <math.h>
#include <string.h>

#include "tuner/agent/lock.h"
#include "tuner/agent/measure.h"

enum { TRIES = 3 };

/* A change by more than this share is a jump. */
static const double jump = 0.1;

typedef struct Keeping {
    Workplace *workplace;
    const Trial *trial;
} Keeping;

static Status keep_body(void *data) {
    const Keeping *keeping = data;
    Workplace *workplace = keeping->workplace;
    Trial *first = ARENA_NEW(workplace->layer, Trial);
    *first = *keeping->trial;
    char *bytes = arena_alloc(workplace->layer, first->object.length);
    memcpy(bytes, first->object.bytes, first->object.length);
    first->object.bytes = bytes;
    workplace->first = first;
    workplace->first_ns = first->measurement.time_ns;
    workplace->drift = 1;
    workplace->since_drift = 0;
    return STATUS_OK;
}

Status drift_keep_first(Workplace *workplace, const Trial *trial) {
    bool is_first = workplace->first == NULL && trial->measurement.status == MEASUREMENT_OK;
    if (!is_first || workplace->info.emulated) return STATUS_OK;
    return context_run(workplace->layer, keep_body, &(Keeping){workplace, trial});
}

/* Its time in one visit; NAN when that is disturbed again and again, or fails. */
static Status time_first(Context *context, const Workplace *workplace, const MeasureOptions *options, double *out) {
    MeasureOptions unhurried = *options;
    unhurried.incumbent_ns = *out = NAN;
    for (int i = 0; i < TRIES && isnan(*out); i++) {
        Trial trial = *workplace->first;
        Visit visited = {0};
        TRY(visit_trial(context, workplace, &trial, &unhurried, &visited));
        if (trial.measurement.status != MEASUREMENT_OK) break;
        if (!visited.disturbed) *out = visited.median_ns;
    }
    return STATUS_OK;
}

Status drift_look(Context *context, Workplace *workplace, const MeasureOptions *options, bool *jumped) {
    double before = workplace->drift, time_ns;
    *jumped = false;
    if (workplace->first == NULL || workplace->info.emulated || workplace->since_drift < DRIFT_TRIALS) return STATUS_OK;
    if (!lock_take(workplace->lock, true, workplace->limits.control)) return STATUS_OK;
    Status status = time_first(context, workplace, options, &time_ns);
    lock_leave(workplace->lock);
    TRY(status);
    if (isnan(time_ns)) return STATUS_OK;
    workplace->drift = time_ns / workplace->first_ns;
    workplace->since_drift = 0;
    *jumped = fabs(workplace->drift / before - 1) > jump;
    return STATUS_OK;
}
