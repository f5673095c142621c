/* SPDX-License-Identifier: Apache-2.0 */
/* The C API of septet.h: a session with an agent, whose measurements go into the database. */
#include "tuner/api_internal.h"
#include "tuner/session/agent_measurer.h"
#include "tuner/session/history.h"
#include "tuner/session/recorder.h"

enum { SECONDS_A_MINUTE = 60 };

typedef struct Tuning {
    Context *context;
    Database *database;
    const LayerList *list;
    septet_tune_options given;
    SessionOptions options;
    Agent *agent;
    Recorder recorder;
    bool stopped; /* the callback wants it */
} Tuning;

static bool stopped(void *data) {
    return ((const Tuning *)data)->stopped;
}

/* Stored before it is told. */
static Status watch(void *data, size_t layer, const Measurement *measurement, double best_ns) {
    static const char *const kinds[] = {
        [MEASURED_SEARCH] = "search", [MEASURED_CONFIRM] = "confirm", [MEASURED_BASELINE] = "baseline"};
    Tuning *tuning = data;
    bool stored;
    TRY(recorder_store(tuning->context, &tuning->recorder, measurement, &stored));
    if (!stored || tuning->given.watch == NULL) return STATUS_OK;
    const septet_measurement told = {
        .layer = layer,
        .kind = kinds[measurement->kind],
        .status = measurement_status_name(measurement->status),
        .detail = api_known_text(measurement->detail),
        .schedule = measurement->candidate.schedule,
        .knobs = api_known_text(measurement->candidate.knobs),
        .time_ms = api_known_number(measurement->time_ns / 1e6),
        .best_ms = api_known_number(best_ns / 1e6),
        .visits = measurement->visit_count,
    };
    if (tuning->given.watch(tuning->given.data, &told) != 0) tuning->stopped = true;
    return STATUS_OK;
}

static Status list_layers(Tuning *tuning) {
    SessionLayer *layers = ARENA_ARRAY(tuning->context, SessionLayer, tuning->list->count);
    for (size_t i = 0; i < tuning->list->count; i++) {
        const Layer *layer = &tuning->list->items[i];
        TRY(problem_check_supported(tuning->context, &layer->problem));
        layers[i] = (SessionLayer){.label = layer->name, .count = layer->count, .problem = &layer->problem};
    }
    tuning->options.layers = layers;
    tuning->options.layer_count = tuning->list->count;
    return STATUS_OK;
}

static Status read_options(Tuning *tuning) {
    const septet_tune_options *given = &tuning->given;
    tuning->options = (SessionOptions){.threads = given->threads,
                                       .cold_weights = given->cold_weights != 0,
                                       .strategy = given->strategy != NULL ? given->strategy : "descent",
                                       .seed = given->seed,
                                       .trials = given->trials,
                                       .seconds = given->minutes * SECONDS_A_MINUTE,
                                       .stopped = stopped,
                                       .watch = watch,
                                       .data = tuning};
    const char *target = given->target != NULL ? given->target : "host";
    TRY(strategy_check(tuning->context, tuning->options.strategy));
    TRY(target_find(tuning->context, target, &tuning->options.target));
    return list_layers(tuning);
}

static Status tune_body(void *data, Context *context) {
    Tuning *tuning = data;
    Session *session;
    int64_t recalled;
    tuning->context = context;
    TRY(read_options(tuning));
    TRY(agent_start(context, tuning->given.agent, &tuning->agent));
    TRY(agent_check(tuning->agent, context, tuning->options.target, tuning->options.threads));
    TRY(recorder_begin(context, &tuning->recorder, tuning->database, tuning->agent, "septet_tune", &tuning->options));
    tuning->options.measurer = agent_measurer(tuning->agent);
    TRY(session_new(context, &tuning->options, &session));
    if (!tuning->given.fresh)
        TRY(history_recall(context, tuning->database, tuning->recorder.origin.machine, &tuning->options, session,
                           &recalled));
    return session_run(session);
}

static const char *check_options(const septet_tune_options *options) {
    if (options == NULL || options->struct_bytes != sizeof *options)
        return "septet_tune_options: struct_bytes is wrong; start from SEPTET_TUNE_OPTIONS_DEFAULT";
    if (options->threads < 1 || options->threads > PLAN_MAX_THREADS)
        return "septet_tune_options: threads is not in 1..4096";
    bool is_negative = options->trials < 0 || !(options->minutes >= 0);
    if (is_negative || (options->trials == 0 && options->minutes == 0))
        return "septet_tune_options: give a budget, trials or minutes above 0";
    return NULL;
}

septet_result septet_tune(septet_context *context, septet_database *database, const septet_layers *layers,
                          const septet_tune_options *options) {
    if (check_options(options) != NULL) return api_invalid(context, check_options(options));
    Tuning tuning = {.database = database->database, .list = layers->list, .given = *options};
    septet_result result = api_run(context, tune_body, &tuning);
    agent_stop(tuning.agent);
    return result;
}
