/* SPDX-License-Identifier: Apache-2.0 */
/* A session with the agent and the database: the agent is started first, since its children must not inherit an open
 * database. Signals that end the command are held back: what runs is ended, what was measured is stored. */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/signals.h"
#include "base/vector.h"
#include "cli/json.h"
#include "cli/tune.h"
#include "tuner/machine_text.h"
#include "tuner/session/agent_measurer.h"
#include "tuner/session/history.h"

typedef struct Tuning {
    Command *command;
    Context *context;
    SessionOptions options;
    Agent *agent;
    Database *database;
    DatabaseSession session;
    Origin origin;
    bool json;
    int64_t measured;
} Tuning;

static double clock_s(void *data) {
    struct timespec now;
    (void)data;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool stopped(void *data) {
    (void)data;
    return signals_end_is_wished();
}

static Status print_measurement_json(const Tuning *tuning, size_t layer, const Measurement *measurement) {
    static const char *const kinds[] = {
        [MEASURED_SEARCH] = "search", [MEASURED_CONFIRM] = "confirm", [MEASURED_BASELINE] = "baseline"};
    JsonLine line = json_line_new();
    json_add_string(&line, "layer", tuning->options.layers[layer].label);
    json_add_string(&line, "kind", kinds[measurement->kind]);
    json_add_string(&line, "status", measurement_status_name(measurement->status));
    json_add_number(&line, "time_ns", measurement->time_ns);
    json_add_integer(&line, "visits", measurement->visit_count);
    json_add_string(&line, "knobs", measurement->candidate.knobs);
    json_add_string(&line, "detail", measurement->detail);
    return json_line_print(tuning->context, &line, stdout);
}

/* Progress goes to standard error: candidate 0, each new best, what is confirmed, and what failed. */
static void print_progress(const Tuning *tuning, size_t layer, const Measurement *measurement, double best_ns) {
    bool is_best = measurement->time_ns <= best_ns, is_ok = measurement->status == MEASUREMENT_OK;
    if (measurement->kind == MEASURED_SEARCH && is_ok && !is_best) return;
    fprintf(stderr, "%5lld  %-32s %-9s", (long long)tuning->measured, tuning->options.layers[layer].label,
            measurement_status_name(measurement->status));
    if (is_ok) fprintf(stderr, " %9.4f ms", measurement->time_ns / 1e6);
    fprintf(stderr, "  %s\n", measurement->candidate.knobs == NULL ? "" : measurement->candidate.knobs);
}

/* Stored before it is shown; one that was interrupted says nothing. */
static Status watch(void *data, size_t layer, const Measurement *measurement, double best_ns) {
    Tuning *tuning = data;
    if (measurement->status == MEASUREMENT_INTERRUPTED) return STATUS_OK;
    tuning->measured++;
    TRY(database_insert(tuning->context, tuning->database, &tuning->origin, measurement));
    if (tuning->json) TRY(print_measurement_json(tuning, layer, measurement));
    if (!tuning->json) print_progress(tuning, layer, measurement, best_ns);
    fflush(stdout);
    return STATUS_OK;
}

/* --missing: without those that have a record. */
static Status leave_out_known(Tuning *tuning) {
    VECTOR(SessionLayer) missing = {0};
    for (size_t i = 0; i < tuning->options.layer_count; i++) {
        const Record *record = NULL;
        Text problem = text_new(tuning->context);
        problem_print(tuning->options.layers[i].problem, &problem);
        BestQuery query = {.problem = text_string(&problem),
                           .target = tuning->options.target->name,
                           .machine = tuning->origin.machine,
                           .workers = tuning->options.threads,
                           .cold_weights = tuning->options.cold_weights,
                           .error_limit = INFINITY,
                           .workspace_limit = -1};
        TRY(database_best(tuning->context, tuning->database, &query, &record));
        if (record == NULL || !record->confirmed) VECTOR_PUSH(tuning->context, &missing, tuning->options.layers[i]);
    }
    tuning->options.layers = missing.items;
    tuning->options.layer_count = missing.count;
    return STATUS_OK;
}

static void print_result(const SessionLayer *layer, const SessionResult *result) {
    printf("%-32s x%-3lld", layer->label, (long long)layer->count);
    if (result->start != NULL && isfinite(result->start->time_ns))
        printf("  default %9.4f ms", result->start->time_ns / 1e6);
    if (result->best != NULL) printf("  best %9.4f ms", result->best->time_ns / 1e6);
    if (result->best != NULL && result->start != NULL && isfinite(result->start->time_ns))
        printf("  %5.2f x", result->start->time_ns / result->best->time_ns);
    printf("  %lld measured, %lld failed%s%s\n", (long long)result->measured, (long long)result->failed,
           result->exhausted ? ", nothing left" : "", result->confirmed || result->best == NULL ? "" : ", unconfirmed");
}

static void print_results(const Tuning *tuning, const Session *session) {
    for (size_t i = 0; i < tuning->options.layer_count; i++) {
        SessionResult result = session_result(session, i);
        print_result(&tuning->options.layers[i], &result);
    }
}

/* The verb with its layers, for people who look at the database. */
static const char *command_line(const Tuning *tuning) {
    Text text = text_new(tuning->context);
    text_add_string(&text, tuning->command->verb->program);
    for (size_t i = 0; i < tuning->command->arguments.spec_count; i++) {
        const SpecArgument *spec = &tuning->command->arguments.specs[i];
        text_add(&text, spec->is_text ? " --conv '%s'" : " %s", spec->word);
    }
    return text_string(&text);
}

static Status open_session(Tuning *tuning) {
    Context *context = tuning->context;
    tuning->session = (DatabaseSession){.started_at = database_now(context),
                                        .command = command_line(tuning),
                                        .strategy = tuning->options.strategy,
                                        .seed = (int64_t)tuning->options.seed};
    database_new_uuid(tuning->session.uuid);
    tuning->origin =
        (Origin){.session = &tuning->session, .machine = machine_text(context), .build = database_build(context)};
    return database_add_session(context, tuning->database, &tuning->session);
}

static Status recall(Tuning *tuning, Session *session) {
    int64_t recalled = 0;
    if (tuning->command->arguments.option[OPTION_FRESH] != NULL) return STATUS_OK;
    TRY(history_recall(tuning->context, tuning->database, tuning->origin.machine, &tuning->options, session,
                       &recalled));
    if (recalled > 0) fprintf(stderr, "goes on behind %lld earlier measurements\n", (long long)recalled);
    return STATUS_OK;
}

static Status tune_body(void *data) {
    Tuning *tuning = data;
    Context *context = tuning->context;
    const Arguments *arguments = &tuning->command->arguments;
    Session *session = NULL;
    TRY(agent_start(context, NULL, &tuning->agent));
    TRY(database_open(context, arguments->option[OPTION_DB], DATABASE_WRITE, &tuning->database));
    TRY(open_session(tuning));
    if (arguments->option[OPTION_MISSING] != NULL) TRY(leave_out_known(tuning));
    if (tuning->options.layer_count == 0) {
        diag_note(context, "every layer has a confirmed record: nothing is missing");
        return STATUS_OK;
    }
    tuning->options.measurer = agent_measurer(tuning->agent);
    tuning->options.clock_s = clock_s;
    tuning->options.stopped = stopped;
    tuning->options.watch = watch;
    tuning->options.data = tuning;
    TRY(session_new(context, &tuning->options, &session));
    TRY(recall(tuning, session));
    Status status = session_run(session);
    if (!tuning->json) print_results(tuning, session);
    return status;
}

Status tune_measure(Command *command, const SessionOptions *options) {
    Tuning tuning = {.command = command,
                     .context = command->context,
                     .options = *options,
                     .json = command->arguments.option[OPTION_JSON] != NULL};
    const char *reason;
    sigset_t before;
    if (!target_runs_here(options->target, &reason))
        return diag_error(command->context, STATUS_UNSUPPORTED, "%s cannot be measured on this machine: %s",
                          options->target->name, reason);
    fflush(NULL);
    signals_hold(&before);
    Status status = context_run(command->context, tune_body, &tuning);
    database_close(tuning.database);
    agent_stop(tuning.agent);
    fflush(stdout);
    signals_release(&before);
    return status;
}
