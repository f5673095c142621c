/* SPDX-License-Identifier: Apache-2.0 */
/* The three steps of a session, and its budget. */
#include "tuner/session/session.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "base/integer.h"
#include "tuner/session/internal.h"

/* Between layers the measurer makes new data, so one is kept for a while. */
enum { BATCHES_A_TURN = 2, SEARCH_VISITS = 2 };

/* One batch on its way. */
typedef struct Batch {
    Session *session;
    Search *search;
    size_t count;
    bool has_points;
    Point points[STRATEGY_BATCH];
    Candidate candidates[STRATEGY_BATCH];
} Batch;

static double system_clock_s(void *data) {
    struct timespec now;
    (void)data;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

Status session_new(Context *context, const SessionOptions *options, Session **out) {
    Session *session = ARENA_NEW(context, Session);
    *session = (Session){.context = context, .options = *options};
    if (options->clock_s == NULL) session->options.clock_s = system_clock_s;
    if (options->layer_count == 0) return diag_error(context, STATUS_INVALID, "there is no layer to tune");
    session->searches = ARENA_ARRAY(context, Search, options->layer_count);
    for (size_t i = 0; i < options->layer_count; i++)
        TRY(search_new(context, &session->options, i, &session->searches[i]));
    *out = session;
    return STATUS_OK;
}

bool session_recall(Session *session, size_t layer, const Measurement *measurement) {
    Search *search = &session->searches[layer];
    Point point;
    bool is_point;
    if (!search_recognise(search, measurement, &point, &is_point)) return false;
    search_tell(search, is_point ? &point : NULL, measurement);
    return true;
}

static double elapsed_s(const Session *session) {
    return session->options.clock_s(session->options.data) - session->begin_s;
}

bool session_must_stop(Session *session) {
    if (session->options.stopped(session->options.data)) session->stopped = true;
    return session->stopped;
}

/* Is there no budget left for steps 1 and 2? */
static bool is_spent(Session *session) {
    const SessionOptions *options = &session->options;
    if (session_must_stop(session)) return true;
    if (options->trials > 0 && session->trials >= options->trials) return true;
    return options->seconds > 0 && elapsed_s(session) >= options->seconds - session_reserve_s(session);
}

static Status take(void *data, size_t index, const Measurement *measurement) {
    Batch *batch = data;
    Session *session = batch->session;
    Search *search = batch->search;
    if (measurement->status == MEASUREMENT_INTERRUPTED) {
        session->stopped = true;
    } else {
        session->trials++;
        search->measured++;
        bool is_disturbed = measurement->status == MEASUREMENT_NOISY;
        search->disturbed += is_disturbed;
        search->failed += measurement->status != MEASUREMENT_OK && !is_disturbed;
        search_tell(search, batch->has_points ? &batch->points[index] : NULL, measurement);
    }
    return session->options.watch(session->options.data, (size_t)(search - session->searches), measurement,
                                  search_best_ns(search));
}

static Status measure(Batch *batch) {
    Session *session = batch->session;
    const Measurer *measurer = &session->options.measurer;
    double begin_s = elapsed_s(session);
    MeasureWish wish = {.visits = SEARCH_VISITS, .incumbent_ns = search_best_ns(batch->search)};
    TRY(measurer->measure(measurer->self, session->context, batch->candidates, batch->count, &wish, take, batch));
    session->measuring_s += elapsed_s(session) - begin_s;
    return STATUS_OK;
}

/* Step 1 of one layer, unless an earlier session did it. */
static Status measure_zero(Session *session, Search *search) {
    Batch batch = {.session = session, .search = search, .count = 1};
    if (search->start != NULL) return STATUS_OK;
    batch.has_points = search_find_point(search, &search->zero, &batch.points[0]);
    batch.candidates[0] = search->zero;
    return measure(&batch);
}

static Status measure_batch(Session *session, Search *search) {
    Batch batch = {.session = session, .search = search, .has_points = true};
    int64_t left = session->options.trials > 0 ? session->options.trials - session->trials : STRATEGY_BATCH;
    int count = strategy_ask(search->strategy, batch.points, (int)integer_min(left, STRATEGY_BATCH));
    search->exhausted = count == 0;
    batch.count = (size_t)count;
    for (int i = 0; i < count; i++) batch.candidates[i] = search_candidate(search, &batch.points[i]);
    return count == 0 ? STATUS_OK : measure(&batch);
}

static Status take_turn(Session *session, Search *search) {
    double before = search_best_ns(search);
    TRY(measure_zero(session, search)); /* the machine may have been disturbed before */
    for (int i = 0; i < BATCHES_A_TURN && !search->exhausted && !is_spent(session); i++)
        TRY(measure_batch(session, search));
    search_note_turn(search, before);
    return STATUS_OK;
}

Status session_run(Session *session) {
    size_t count = session->options.layer_count;
    session->begin_s = session->options.clock_s(session->options.data);
    for (size_t i = 0; i < count && !is_spent(session); i++) TRY(measure_zero(session, &session->searches[i]));
    while (!is_spent(session)) {
        Search *search = search_share(session->searches, count);
        if (search == NULL) break;
        TRY(take_turn(session, search));
    }
    session->settling = true;
    for (size_t i = 0; i < count && !session_must_stop(session); i++) {
        TRY(session_confirm(session, &session->searches[i]));
        session->searches[i].settled = true;
    }
    return STATUS_OK;
}

double session_eta_s(const Session *session) {
    const SessionOptions *options = &session->options;
    double reserve_s = session_reserve_s(session), left_s = NAN;
    double mean_s = session->trials > 0 ? session->measuring_s / (double)session->trials : NAN;
    if (session->settling) return reserve_s;
    if (options->seconds > 0) left_s = fmax(options->seconds - elapsed_s(session), 0);
    if (options->trials > 0) left_s = fmin(left_s, (double)(options->trials - session->trials) * mean_s + reserve_s);
    return left_s;
}

double session_elapsed_s(const Session *session) {
    return elapsed_s(session);
}

bool session_was_stopped(const Session *session) {
    return session->stopped;
}

SessionResult session_result(const Session *session, size_t layer) {
    const Search *search = &session->searches[layer];
    return (SessionResult){.measured = search->measured,
                           .failed = search->failed,
                           .disturbed = search->disturbed,
                           .exhausted = search->exhausted,
                           .start = search->start,
                           .best = search->winner != NULL  ? search->winner
                                   : search->top_count > 0 ? search->top[0]
                                                           : NULL,
                           .confirmed = search->winner != NULL};
}
