/* SPDX-License-Identifier: Apache-2.0 */
/* The three steps of a session, and its budget. */
#include "tuner/session/session.h"

#include <math.h>
#include <string.h>

#include "base/integer.h"
#include "tuner/session/internal.h"

/* Between layers the measurer makes new data, so one is kept for a while. */
enum { BATCHES_A_TURN = 2, SEARCH_VISITS = 2, CONFIRM_VISITS = 5 };

/* Of the time: what is left is for step 3. */
static const double search_share_of_time = 0.85;

struct Session {
    Context *context;
    SessionOptions options;
    Search *searches;
    double begin_s;
    int64_t trials; /* so far */
    bool stopped;
};

/* One batch on its way. */
typedef struct Batch {
    Session *session;
    Search *search;
    MeasurementKind kind;
    size_t count;
    Point points[STRATEGY_BATCH];
    Candidate candidates[STRATEGY_BATCH];
    const Measurement *results[STRATEGY_BATCH]; /* of step 3 */
} Batch;

Status session_new(Context *context, const SessionOptions *options, Session **out) {
    Session *session = ARENA_NEW(context, Session);
    *session = (Session){.context = context, .options = *options};
    if (options->layer_count == 0) return diag_error(context, STATUS_INVALID, "there is no layer to tune");
    session->searches = ARENA_ARRAY(context, Search, options->layer_count);
    for (size_t i = 0; i < options->layer_count; i++)
        TRY(search_new(context, &session->options, i, &session->searches[i]));
    *out = session;
    return STATUS_OK;
}

bool session_recall(Session *session, size_t layer, const Measurement *measurement) {
    Search *search = &session->searches[layer];
    Point point = search->space.start;
    if (!search_recognise(search, measurement, &point)) return false;
    search_tell(search, &point, measurement);
    return true;
}

static double elapsed_s(const Session *session) {
    return session->options.clock_s(session->options.data) - session->begin_s;
}

static bool must_stop(Session *session) {
    if (session->options.stopped(session->options.data)) session->stopped = true;
    return session->stopped;
}

/* Is there no budget left for steps 1 and 2? */
static bool is_spent(Session *session) {
    const SessionOptions *options = &session->options;
    if (must_stop(session)) return true;
    if (options->trials > 0 && session->trials >= options->trials) return true;
    return options->seconds > 0 && elapsed_s(session) >= search_share_of_time * options->seconds;
}

static void take_searched(Batch *batch, size_t index, const Measurement *measurement) {
    Search *search = batch->search;
    if (measurement->status == MEASUREMENT_INTERRUPTED) {
        batch->session->stopped = true;
        return;
    }
    batch->session->trials++;
    search->measured++;
    search->failed += measurement->status != MEASUREMENT_OK;
    search_tell(search, &batch->points[index], measurement);
}

static Status take(void *data, size_t index, const Measurement *measurement) {
    Batch *batch = data;
    Session *session = batch->session;
    Measurement *copy = ARENA_NEW(session->context, Measurement);
    *copy = *measurement;
    copy->kind = batch->kind;
    batch->results[index] = copy;
    if (batch->kind != MEASURED_CONFIRM) take_searched(batch, index, copy);
    return session->options.watch(session->options.data, (size_t)(batch->search - session->searches), copy,
                                  search_best_ns(batch->search));
}

static Status measure(Batch *batch, int visits) {
    const Measurer *measurer = &batch->session->options.measurer;
    bool races = batch->kind == MEASURED_SEARCH;
    MeasureWish wish = {.visits = visits, .incumbent_ns = races ? search_best_ns(batch->search) : NAN};
    return measurer->measure(measurer->self, batch->session->context, batch->candidates, batch->count, &wish, take,
                             batch);
}

/* Step 1 of one layer, unless an earlier session did it. */
static Status measure_start(Session *session, Search *search) {
    Batch batch = {.session = session, .search = search, .kind = MEASURED_BASELINE, .count = 1};
    if (search->start != NULL) return STATUS_OK;
    batch.points[0] = search->space.start;
    batch.candidates[0] = search_start(search);
    return measure(&batch, SEARCH_VISITS);
}

static Status measure_batch(Session *session, Search *search) {
    Batch batch = {.session = session, .search = search, .kind = MEASURED_SEARCH};
    int64_t left = session->options.trials > 0 ? session->options.trials - session->trials : STRATEGY_BATCH;
    int count = strategy_ask(search->strategy, batch.points, (int)integer_min(left, STRATEGY_BATCH));
    search->exhausted = count == 0;
    batch.count = (size_t)count;
    for (int i = 0; i < count; i++) batch.candidates[i] = search_candidate(search, &batch.points[i]);
    return count == 0 ? STATUS_OK : measure(&batch, SEARCH_VISITS);
}

static Status take_turn(Session *session, Search *search) {
    double before = search_best_ns(search);
    for (int i = 0; i < BATCHES_A_TURN && !search->exhausted && !is_spent(session); i++)
        TRY(measure_batch(session, search));
    search_note_turn(search, before);
    return STATUS_OK;
}

/* The fastest of a comparison takes the first place. Candidate 0, the last of the batch, wins a tie: it needs no
 * record. */
static void settle(Search *search, const Batch *batch) {
    const double tie = 0.99;
    const Measurement *start = batch->results[batch->count - 1], *best = NULL;
    for (size_t i = 0; i + 1 < batch->count; i++) {
        const Measurement *result = batch->results[i];
        if (result == NULL || !search_counts(result)) continue;
        if (best == NULL || result->time_ns < best->time_ns) best = result;
    }
    if (start != NULL && search_counts(start)) {
        search->start = start;
        if (best == NULL || best->time_ns >= tie * start->time_ns) best = start;
    }
    if (best == NULL) return;
    search->top[0] = best;
    search->confirmed = true;
}

/* Step 3 of one layer: candidate 0 beside the fastest others. */
static Status confirm(Session *session, Search *search) {
    Batch batch = {.session = session, .search = search, .kind = MEASURED_CONFIRM};
    Candidate start = search_start(search);
    for (int i = 0; i < search->top_count; i++) {
        const Candidate *candidate = &search->top[i]->candidate;
        if (strcmp(candidate->schedule, start.schedule) != 0) batch.candidates[batch.count++] = *candidate;
    }
    batch.candidates[batch.count++] = start;
    TRY(measure(&batch, CONFIRM_VISITS));
    settle(search, &batch);
    return STATUS_OK;
}

Status session_run(Session *session) {
    size_t count = session->options.layer_count;
    session->begin_s = session->options.clock_s(session->options.data);
    for (size_t i = 0; i < count && !is_spent(session); i++) TRY(measure_start(session, &session->searches[i]));
    while (!is_spent(session)) {
        Search *search = search_share(session->searches, count);
        if (search == NULL) break;
        TRY(take_turn(session, search));
    }
    for (size_t i = 0; i < count && !must_stop(session); i++)
        if (session->searches[i].top_count > 0) TRY(confirm(session, &session->searches[i]));
    return STATUS_OK;
}

bool session_was_stopped(const Session *session) {
    return session->stopped;
}

SessionResult session_result(const Session *session, size_t layer) {
    const Search *search = &session->searches[layer];
    return (SessionResult){.measured = search->measured,
                           .failed = search->failed,
                           .exhausted = search->exhausted,
                           .start = search->start,
                           .best = search->top_count > 0 ? search->top[0] : NULL,
                           .confirmed = search->confirmed};
}
