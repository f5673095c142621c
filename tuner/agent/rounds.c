/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates beside each other. First all are checked; then they are timed in rounds: in a round each has one visit, on
 * pages of the inputs that are new for the round.
 *
 *     round 1   A B C D     one placement of x and weights
 *     round 2   A B C D     another one
 *
 * What changes slowly, the clock or the load, and where the inputs lie, is the same for all visits of a round; so
 * candidates are compared round by round. */
#include "tuner/agent/measure.h"

static Status for_all(Context *context, Workplace *workplace, Trial *trials, size_t count,
                      const MeasureOptions *options, TrialBody *body) {
    for (size_t i = 0; i < count; i++)
        if (trials[i].measurement.status == MEASUREMENT_OK)
            TRY(with_machine(context, workplace, &trials[i], options, body));
    return STATUS_OK;
}

Status measure_in_rounds(Context *context, Workplace *workplace, Trial *trials, size_t count,
                         const MeasureOptions *options) {
    TRY(for_all(context, workplace, trials, count, options, check_trial));
    for (int round = 0; round < options->visits; round++) {
        TRY(workplace_renew_pages(workplace));
        TRY(for_all(context, workplace, trials, count, options, visit_in_round));
    }
    for (size_t i = 0; i < count; i++) fail_if_noisy(context, &trials[i]);
    return STATUS_OK;
}
