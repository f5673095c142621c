/* SPDX-License-Identifier: Apache-2.0 */
/* A session with the agent and the database: the agent is started first, since its children must not inherit an open
 * database. Signals that end the command are held back: what runs is ended, what was measured is stored. */
#include <stdio.h>

#include "base/signals.h"
#include "base/vector.h"
#include "cli/place.h"
#include "cli/tune.h"
#include "cli/tune_progress.h"
#include "tuner/session/agent_measurer.h"
#include "tuner/session/history.h"
#include "tuner/session/recorder.h"

typedef struct Tuning {
    Command *command;
    Context *context;
    SessionOptions options;
    Agent *agent;
    Database *database;
    Recorder recorder;
    TuneProgress progress;
    const char *first_failure;
} Tuning;

static bool stopped(void *data) {
    (void)data;
    return signals_end_is_wished();
}

/* The first candidate that failed, for people who see nothing but failures. */
static void note_failure(Tuning *tuning, const Measurement *measurement) {
    if (measurement->status == MEASUREMENT_OK || tuning->first_failure != NULL) return;
    tuning->first_failure = arena_format(
        tuning->context, "%s in phase %s: %s; reproduce: %s", measurement_status_name(measurement->status),
        measurement->phase != NULL ? measurement->phase : "?", measurement->detail != NULL ? measurement->detail : "?",
        measurement->reproduce != NULL ? measurement->reproduce : "?");
}

/* Stored before it is shown. */
static Status watch(void *data, size_t layer, const Measurement *measurement, double best_ns) {
    Tuning *tuning = data;
    bool stored;
    TRY(recorder_store(tuning->context, &tuning->recorder, measurement, &stored));
    if (!stored) return STATUS_OK;
    note_failure(tuning, measurement);
    return tune_progress_show(&tuning->progress, layer, measurement, best_ns);
}

/* A layer of which everything failed is a failure of the session. */
static Status check_results(const Tuning *tuning, const Session *session) {
    size_t failed = 0;
    for (size_t i = 0; i < tuning->options.layer_count; i++) {
        SessionResult result = session_result(session, i);
        failed += result.best == NULL && result.measured > 0;
    }
    if (failed == 0) return STATUS_OK;
    return diag_error(tuning->context, STATUS_WRONG,
                      "%zu of %zu layers have no candidate that could be measured; the first failure: %s", failed,
                      tuning->options.layer_count, tuning->first_failure != NULL ? tuning->first_failure : "?");
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

static Status recall(Tuning *tuning, Session *session) {
    int64_t recalled = 0;
    if (tuning->command->arguments.option[OPTION_FRESH] != NULL) return STATUS_OK;
    TRY(history_recall(tuning->context, tuning->database, tuning->recorder.origin.machine, &tuning->options, session,
                       &recalled));
    if (recalled > 0) fprintf(stderr, "goes on behind %lld earlier measurements\n", (long long)recalled);
    return STATUS_OK;
}

static Status tune_body(void *data) {
    Tuning *tuning = data;
    Context *context = tuning->context;
    const Arguments *arguments = &tuning->command->arguments;
    Session *session = NULL;
    TRY(place_start(tuning->command, tuning->options.target, tuning->options.threads, &tuning->agent));
    TRY(database_open(context, arguments->option[OPTION_DB], DATABASE_WRITE, &tuning->database));
    TRY(recorder_begin(context, &tuning->recorder, tuning->database, tuning->agent, command_line(tuning),
                       &tuning->options));
    TRY(tune_look_up(tuning->command, tuning->database, tuning->recorder.origin.machine, &tuning->options));
    if (tuning->options.layer_count == 0) {
        diag_note(context, "every layer has a confirmed record%s: there is nothing to do",
                  arguments->option[OPTION_STALE] != NULL ? " of the object that is compiled now" : "");
        return STATUS_OK;
    }
    tuning->options.measurer = agent_measurer(tuning->agent);
    tuning->options.stopped = stopped;
    tuning->options.watch = watch;
    tuning->options.data = tuning;
    TRY(session_new(context, &tuning->options, &session));
    TRY(recall(tuning, session));
    tuning->progress = tune_progress_new(tuning->command, &tuning->options, tuning->recorder.session.uuid);
    tuning->progress.session = session;
    Status status = session_run(session);
    TRY(tune_progress_end(&tuning->progress));
    TRY(status);
    return check_results(tuning, session);
}

Status tune_measure(Command *command, const SessionOptions *options) {
    Tuning tuning = {.command = command, .context = command->context, .options = *options};
    sigset_t before;
    fflush(NULL);
    signals_hold(&before);
    Status status = context_run(command->context, tune_body, &tuning);
    database_close(tuning.database);
    agent_stop(tuning.agent);
    fflush(stdout);
    signals_release(&before);
    return status;
}
