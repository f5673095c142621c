/* SPDX-License-Identifier: Apache-2.0 */
/* The fastest of several medians is often a lucky one; so a candidate is faster than another only when it was so again
 * and again, in rounds that both shared. One round in five may have been spoilt. What is not told apart is a tie, and
 * of tied schedules the simplest wins. */
#include "tuner/session/compare.h"

#include <string.h>

/* Closer than the first is a tie whatever the rounds say, farther apart than the second is none: on a machine that
 * noisy the faster one is still the better guess. */
static const double tie = 0.01, no_tie = 0.05;

enum { ROUNDS_A_SPOILT_ONE = 5 };

bool compare_is_faster(const Measurement *a, const Measurement *b) {
    int rounds = 0, lost = 0;
    if (a->time_ns >= (1 - tie) * b->time_ns) return false;
    for (int i = 0; i < a->visit_count && i < b->visit_count; i++) {
        if (a->visits[i].disturbed || b->visits[i].disturbed) continue;
        rounds++;
        lost += a->visits[i].median_ns >= b->visits[i].median_ns;
    }
    return a->time_ns < (1 - no_tie) * b->time_ns || ROUNDS_A_SPOILT_ONE * lost <= rounds;
}

static int count_steps(const char *schedule) {
    int steps = 0;
    for (const char *line = schedule; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n')
        steps += *line != '\n' && *line != '#';
    return steps;
}

bool compare_is_simpler(const Measurement *a, const Measurement *b) {
    int a_steps = count_steps(a->candidate.schedule), b_steps = count_steps(b->candidate.schedule);
    if (a_steps != b_steps) return a_steps < b_steps;
    if (a->code_bytes != b->code_bytes) return a->code_bytes < b->code_bytes;
    return strcmp(a->candidate.schedule, b->candidate.schedule) < 0;
}

static bool takes_part(const Measurement *result) {
    return result != NULL && result->status == MEASUREMENT_OK;
}

size_t compare_winner(const Measurement *const *results, size_t count) {
    size_t fastest = count, winner = count;
    for (size_t i = 0; i < count; i++) {
        if (!takes_part(results[i])) continue;
        if (fastest == count || results[i]->time_ns < results[fastest]->time_ns) fastest = i;
    }
    for (size_t i = 0; i < count; i++) {
        if (!takes_part(results[i]) || compare_is_faster(results[fastest], results[i])) continue;
        if (winner == count || compare_is_simpler(results[i], results[winner])) winner = i;
    }
    return winner;
}
