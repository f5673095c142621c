/* SPDX-License-Identifier: Apache-2.0 */
/* Reads earlier measurements of the same key: problem, target, machine, threads, weights, build. */
#include "tuner/session/history.h"

#include <math.h>

static const char query[] = "SELECT status, kind = 'confirm', time_ns, spread, drift, visit_count, raced, schedule, "
                            "recipe, knobs FROM record "
                            "WHERE problem = ?1 AND target = ?2 AND machine = ?3 AND workers = CAST(?4 "
                            "AS INTEGER) AND regime = ?5 "
                            "AND build = ?6 ORDER BY measured_at, uuid";

/* In the order of the query. */
enum {
    STATUS_COLUMN,
    CONFIRM_COLUMN,
    TIME_COLUMN,
    SPREAD_COLUMN,
    DRIFT_COLUMN,
    VISITS_COLUMN,
    RACED_COLUMN,
    SCHEDULE_COLUMN,
    RECIPE_COLUMN,
    KNOBS_COLUMN
};

typedef struct Recall {
    Context *context;
    Session *session;
    size_t layer;
    Candidate frame;
    int64_t recalled;
} Recall;

static Status recall_row(void *data, const Row *row) {
    Recall *recall = data;
    const Value *values = row->values;
    Candidate candidate = recall->frame;
    Measurement measurement = {.min_ns = NAN, .spread = NAN, .drift = NAN, .error_l2 = NAN, .error_max = NAN};
    if (!measurement_status_parse(values[STATUS_COLUMN].text, &measurement.status)) return STATUS_OK;
    candidate.schedule = arena_string(recall->context, values[SCHEDULE_COLUMN].text);
    candidate.recipe = arena_string(recall->context, values[RECIPE_COLUMN].text);
    candidate.knobs = arena_string(recall->context, values[KNOBS_COLUMN].text);
    measurement.candidate = candidate;
    measurement.kind = values[CONFIRM_COLUMN].integer != 0 ? MEASURED_CONFIRM : MEASURED_SEARCH;
    measurement.time_ns = values[TIME_COLUMN].kind == VALUE_REAL ? values[TIME_COLUMN].real : NAN;
    measurement.spread = values[SPREAD_COLUMN].kind == VALUE_REAL ? values[SPREAD_COLUMN].real : NAN;
    measurement.drift = values[DRIFT_COLUMN].kind == VALUE_REAL ? values[DRIFT_COLUMN].real : NAN;
    measurement.visit_count = (int)values[VISITS_COLUMN].integer;
    measurement.raced = values[RACED_COLUMN].integer != 0;
    recall->recalled += session_recall(recall->session, recall->layer, &measurement);
    return STATUS_OK;
}

Status history_recall(Context *context, Database *database, const char *machine, const SessionOptions *options,
                      Session *session, int64_t *recalled) {
    Recall recall = {.context = context, .session = session};
    for (size_t i = 0; i < options->layer_count; i++) {
        Text problem = text_new(context);
        problem_print(options->layers[i].problem, &problem);
        recall.layer = i;
        recall.frame = (Candidate){.problem = text_string(&problem),
                                   .target = options->target->name,
                                   .workers = options->threads,
                                   .cold_weights = options->cold_weights};
        const char *const parameters[] = {recall.frame.problem,
                                          recall.frame.target,
                                          machine,
                                          arena_format(context, "%d", options->threads),
                                          options->cold_weights ? "cold-weights" : "warm",
                                          database_build(context)};
        enum { PARAMETERS = sizeof parameters / sizeof parameters[0] };
        TRY(database_select(context, database, query, parameters, PARAMETERS, false, recall_row, &recall));
    }
    *recalled = recall.recalled;
    return STATUS_OK;
}
