/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a layer's search: its fastest candidates beside candidate 0, five visits each on fresh pages, interleaved.
 * All of it is stored in the end, when it is known who won: as `confirm`, and candidate 0 as `baseline`. One that was
 * faster than the winner but not clearly, a tie that the simpler schedule won, is stored as `search`: so the fastest
 * confirmed record is the winner. */
#include <math.h>
#include <string.h>

#include "tuner/session/compare.h"
#include "tuner/session/internal.h"

enum { CONFIRM_VISITS = 5, MOST = SEARCH_TOP + 1, MAX_COMPARISONS = 3 };

/* Those that a quick look found to be slower than this are not compared. */
static const double near = 1.1;

typedef struct Comparison {
    Session *session;
    Search *search;
    size_t count;
    Candidate candidates[MOST]; /* candidate 0 is the last */
    const Measurement *results[MOST];
} Comparison;

/* Is there something to compare? Not when an earlier session did, and this one measured nothing; nor while nothing was
 * searched: a record of the default would only hide that. */
static bool is_open(const Search *search) {
    bool has_news = search->winner == NULL || search->measured > 0;
    return !search->settled && search->top_count > 0 && has_news && (search->searched || search->exhausted);
}

double session_reserve_s(const Session *session) {
    const double effort = 1.5, most = 1.0 / 3; /* five visits for two, but no waiting for builds; of all the time */
    double mean_s = session->trials > 0 ? session->measuring_s / (double)session->trials : 0;
    int64_t count = 0;
    for (size_t i = 0; i < session->options.layer_count; i++)
        if (is_open(&session->searches[i])) count += session->searches[i].top_count + 1;
    double expected_s = effort * mean_s * (double)count;
    return session->options.seconds > 0 ? fmin(most * session->options.seconds, expected_s) : expected_s;
}

static Status take(void *data, size_t index, const Measurement *measurement) {
    Comparison *comparison = data;
    comparison->results[index] = search_keep(comparison->session->context, measurement);
    if (measurement->status == MEASUREMENT_INTERRUPTED) comparison->session->stopped = true;
    return STATUS_OK;
}

/* Is the machine much faster or slower than when candidate 0 was measured first? Who wins does not depend on it, but
 * its time would not compare with those of other sessions. */
static bool has_moved(const Comparison *comparison) {
    const double most = 0.1;
    const Measurement *before = comparison->search->start, *now = comparison->results[comparison->count - 1];
    bool is_known = before != NULL && before->status == MEASUREMENT_OK && now != NULL && now->status == MEASUREMENT_OK;
    return is_known && fabs(now->time_ns / before->time_ns - 1) > most;
}

static MeasurementKind kind_of(const Comparison *comparison, size_t index, const Measurement *winner) {
    const Measurement *result = comparison->results[index];
    if (result == winner) return MEASURED_CONFIRM;
    if (winner == NULL || !(result->time_ns > winner->time_ns)) return MEASURED_SEARCH;
    return index + 1 == comparison->count ? MEASURED_BASELINE : MEASURED_CONFIRM;
}

static Status settle(const Comparison *comparison) {
    const SessionOptions *options = &comparison->session->options;
    Search *search = comparison->search;
    size_t place = compare_winner(comparison->results, comparison->count);
    const Measurement *winner = place < comparison->count ? comparison->results[place] : NULL;
    for (size_t i = 0; i < comparison->count; i++) {
        if (comparison->results[i] == NULL) continue;
        Measurement *result = search_keep(comparison->session->context, comparison->results[i]);
        result->kind = kind_of(comparison, i, winner);
        if (i == place) search->winner = result;
        if (i + 1 == comparison->count && result->status == MEASUREMENT_OK) search->start = result;
        TRY(options->watch(options->data, (size_t)(search - comparison->session->searches), result,
                           winner != NULL ? winner->time_ns : NAN));
    }
    return STATUS_OK;
}

/* Candidate 0 and the fastest others. */
static void enter(Comparison *comparison) {
    const Search *search = comparison->search;
    for (int i = 0; i < search->top_count; i++) {
        const Measurement *top = search->top[i];
        bool is_zero = strcmp(top->candidate.schedule, search->zero.schedule) == 0;
        if (!is_zero && top->time_ns <= near * search->top[0]->time_ns)
            comparison->candidates[comparison->count++] = top->candidate;
    }
    comparison->candidates[comparison->count++] = search->zero;
}

Status session_confirm(Session *session, Search *search) {
    const Measurer *measurer = &session->options.measurer;
    Comparison comparison = {.session = session, .search = search};
    MeasureWish wish = {.visits = CONFIRM_VISITS, .interleaved = true, .incumbent_ns = NAN};
    bool is_good = false;
    if (!is_open(search)) return STATUS_OK;
    enter(&comparison);
    for (int i = 0; i < MAX_COMPARISONS && !is_good && !session->stopped; i++) {
        TRY(measurer->measure(measurer->self, session->context, comparison.candidates, comparison.count, &wish, take,
                              &comparison));
        is_good = !has_moved(&comparison);
    }
    return session->stopped ? STATUS_OK : settle(&comparison);
}
