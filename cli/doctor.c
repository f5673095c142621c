/* SPDX-License-Identifier: Apache-2.0 */
/* septet doctor: can this machine measure? Facts that spoil measurements, peaks, and the test that counts: the same
 * object timed again and again, in processes of its own, must give the same time. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/text.h"
#include "cli/json.h"
#include "cli/request.h"
#include "compiler/frontend/frontend.h"
#include "tuner/agent/agent.h"
#include "tuner/database/database.h"
#include "tuner/measuring/machine_facts.h"
#include "tuner/resolve.h"

enum { NOISE_VISITS = 6 };

/* Above so much between visits of one object, what is measured is not to be recorded. */
static const double noise_limit = 0.02;

/* Ten layers of networks, with working sets of different levels of the caches. */
static const char *const noise_layers[] = {
    "c=64 h=56 w=56 k=64 bias relu",
    "c=64 h=56 w=56 k=64 r=3 s=3 pad=1 bias relu",
    "c=64 h=28 w=28 k=128 bias relu",
    "c=128 h=28 w=28 k=128 r=3 s=3 pad=1 bias relu",
    "c=256 h=28 w=28 k=64 bias relu",
    "c=256 h=14 w=14 k=256 bias relu",
    "c=256 h=14 w=14 k=256 r=3 s=3 pad=1 bias relu",
    "c=512 h=14 w=14 k=256 bias relu",
    "c=512 h=7 w=7 k=512 r=3 s=3 pad=1 bias relu",
    "c=512 h=7 w=7 k=2048 bias",
};

enum { NOISE_LAYERS = sizeof noise_layers / sizeof noise_layers[0] };

typedef struct Doctor {
    Command *command;
    const Target *target;
    Agent *agent;
    Database *database; /* NULL until it is open */
    bool json;
    int findings; /* that keep this machine from recording */
    Measurement measurement;
    double log_spreads, noise; /* NAN: not known */
    int measured;
    Peaks peaks;
    Text reasons; /* why it is unfit */
} Doctor;

typedef enum Severity { FINE, WARNING, UNFIT } Severity;

/* One finding. `value` is NAN when there is no number to it. */
static Status say(Doctor *doctor, Severity severity, const char *check, double value, const char *text) {
    static const char *const words[] = {"fine", "warning", "unfit"};
    if (severity == UNFIT) {
        doctor->findings++;
        text_add(&doctor->reasons, "%s%s: %s", doctor->reasons.length > 0 ? "; " : "", check, text);
    }
    if (!doctor->json) {
        printf("%-8s %-12s %s\n", words[severity], check, text);
        return STATUS_OK;
    }
    JsonLine line = json_line_new();
    json_add_string(&line, "check", check);
    json_add_string(&line, "verdict", words[severity]);
    json_add_number(&line, "value", value);
    json_add_string(&line, "text", text);
    return json_line_print(doctor->command->context, &line, stdout);
}

static Status say_cores(Doctor *doctor, const MachineFacts *facts) {
    Context *context = doctor->command->context;
    TRY(say(
        doctor, facts->can_pin ? FINE : WARNING, "cores", facts->cores,
        arena_format(context, "%d; %s", facts->cores,
                     facts->can_pin ? "a thread can be kept to one" : "threads cannot be kept to one: they wander")));
    bool limited = facts->quota_cores < 1;
    TRY(say(doctor, limited ? UNFIT : FINE, "cgroup", facts->quota_cores,
            isnan(facts->quota_cores)
                ? "no limit of CPU time"
                : arena_format(context, "%.2f cores%s", facts->quota_cores,
                               limited ? ": less than one, so that timing is interrupted by force" : "")));
    bool busy = facts->load > 0.5 * facts->cores;
    return say(doctor, busy ? WARNING : FINE, "load", facts->load,
               arena_format(context, "%.2f processes want a core%s", facts->load, busy ? ": stop them" : ""));
}

static Status say_clocks(Doctor *doctor, const MachineFacts *facts) {
    Context *context = doctor->command->context;
    bool coarse = facts->timer_ns > 1000;
    TRY(say(doctor, coarse ? UNFIT : FINE, "timer", facts->timer_ns,
            arena_format(context, "steps of %.0f ns", facts->timer_ns)));
    bool slow = facts->governor[0] != '\0' && strcmp(facts->governor, "performance") != 0;
    TRY(say(doctor, slow ? WARNING : FINE, "governor", NAN,
            facts->governor[0] == '\0'
                ? "not known"
                : arena_format(context, "%s%s", facts->governor,
                               slow ? ": the clock follows the load; performance is steadier" : "")));
    bool stolen = facts->steal > noise_limit;
    return say(doctor, stolen ? UNFIT : FINE, "steal", facts->steal,
               isnan(facts->steal) ? "not known"
                                   : arena_format(context, "the host took %.1f %% of the time", 100 * facts->steal));
}

static Status say_processor(Doctor *doctor, const MachineFacts *facts) {
    static const char *const matrix[] = {[MATRIX_UNIT_NONE] = "none: this processor has no AMX",
                                         [MATRIX_UNIT_FORBIDDEN] = "AMX, which the system does not let us use"};
    TRY(say(doctor, FINE, "target", NAN, doctor->target->name));
    TRY(say(doctor, FINE, "virtual", facts->is_virtual,
            facts->is_virtual ? "yes: the size of the last-level cache may be another machine's" : "no"));
    TRY(say(doctor, FINE, "counters", facts->has_counters,
            facts->has_counters ? "cycles can be counted" : "none: clocks are not recorded"));
    if (facts->matrix == MATRIX_UNIT_ALLOWED) return STATUS_OK; /* its peak follows */
    return say(doctor, facts->matrix == MATRIX_UNIT_FORBIDDEN ? WARNING : FINE, "matrix unit", NAN,
               matrix[facts->matrix]);
}

static Status say_peaks(Doctor *doctor) {
    Context *context = doctor->command->context;
    Peaks *peaks = &doctor->peaks;
    TRY(agent_calibrate(doctor->agent, context, doctor->target, 1, peaks));
    TRY(say(doctor, FINE, "peak", peaks->fma_gflops,
            arena_format(context, "%.1f GFLOP/s of multiply-adds, one core", peaks->fma_gflops)));
    if (isfinite(peaks->matrix_gflops))
        TRY(say(doctor, FINE, "matrix unit", peaks->matrix_gflops,
                arena_format(context, "AMX, %.0f GFLOP/s in bf16, one core", peaks->matrix_gflops)));
    static const char *const levels[LEVEL_COUNT] = {"read L1", "read L2", "read L3", "read DRAM"};
    for (int i = 0; i < LEVEL_COUNT; i++)
        TRY(say(doctor, FINE, levels[i], peaks->read_gbs[i], arena_format(context, "%.1f GB/s", peaks->read_gbs[i])));
    return STATUS_OK;
}

static Status keep(void *data, size_t index, const Measurement *measurement) {
    Doctor *doctor = data;
    (void)index;
    doctor->measurement = *measurement;
    return STATUS_OK;
}

/* The whole path, from the text of a layer to its time. */
static Status measure_layer(Doctor *doctor, const char *layer) {
    Context *context = doctor->command->context;
    const LayerList *layers;
    const Plan *plan;
    TRY(frontend_read_conv(context, layer, NULL, &layers));
    PlanRequest request = {.name = AGENT_KERNEL_NAME, .problem = &layers->items[0].problem, .target = doctor->target};
    TRY(resolve_plan(context, &request, NULL, &plan));
    Candidate candidate = {
        .problem = plan->problem_text, .target = doctor->target->name, .schedule = plan->schedule, .workers = 1};
    MeasureOptions options = measure_options_default();
    options.visits = NOISE_VISITS;
    return agent_measure(doctor->agent, context, &candidate, 1, &options, keep, doctor);
}

static Status say_layer(Doctor *doctor, const char *layer) {
    Context *context = doctor->command->context;
    const Measurement *measurement = &doctor->measurement;
    TRY(measure_layer(doctor, layer));
    if (measurement->status != MEASUREMENT_OK)
        return say(doctor, UNFIT, "kernel", NAN,
                   arena_format(context, "%s: %s: %s", layer, measurement_status_name(measurement->status),
                                measurement->detail));
    doctor->measured++;
    doctor->log_spreads += log(fmax(measurement->spread, 1e-4));
    return say(doctor, FINE, "kernel", measurement->spread,
               arena_format(context, "%s: %.4f ms, %.1f %% between %d visits", layer, measurement->time_ns / 1e6,
                            100 * measurement->spread, measurement->visit_count));
}

static Status say_noise(Doctor *doctor) {
    for (int i = 0; i < NOISE_LAYERS; i++) TRY(say_layer(doctor, noise_layers[i]));
    if (doctor->measured == 0) return STATUS_OK;
    double noise = doctor->noise = exp(doctor->log_spreads / doctor->measured);
    return say(doctor, noise > noise_limit ? UNFIT : FINE, "noise", noise,
               arena_format(doctor->command->context, "%.2f %% between visits of the same object (at most %.0f %%)",
                            100 * noise, 100 * noise_limit));
}

/* What the figures hold for, in words. */
static const char *describe_environment(Doctor *doctor, const MachineFacts *facts) {
    struct utsname system;
    Text text = text_new(doctor->command->context);
    if (uname(&system) == 0) text_add(&text, "%s %s", system.sysname, system.release);
    text_add(&text, ", governor %s", facts->governor[0] != '\0' ? facts->governor : "not known");
    if (isfinite(facts->quota_cores)) text_add(&text, ", at most %.2f cores", facts->quota_cores);
    text_add(&text, ", load %.2f%s%s", facts->load, facts->is_virtual ? ", virtual" : "",
             facts->has_counters ? "" : ", no counters");
    if (isfinite(doctor->peaks.matrix_gflops)) text_add(&text, ", AMX %.0f GFLOP/s", doctor->peaks.matrix_gflops);
    return text_string(&text);
}

/* The peaks of a machine that is fit are kept, for septet db roofline. */
static Status record(Doctor *doctor, const MachineFacts *facts) {
    Context *context = doctor->command->context;
    const char *environment = describe_environment(doctor, facts);
    TRY(database_open(context, doctor->command->arguments.option[OPTION_DB], DATABASE_WRITE, &doctor->database));
    TRY(database_add_calibration(context, doctor->database, agent_info(doctor->agent)->machine, &doctor->peaks,
                                 doctor->noise, environment));
    return say(doctor, FINE, "recorded", NAN,
               arena_format(context, "peaks and noise, in %s", database_path(doctor->database)));
}

static Status examine(void *data) {
    Doctor *doctor = data;
    Context *context = doctor->command->context;
    MachineFacts facts = machine_facts();
    TRY(say_processor(doctor, &facts));
    TRY(say_cores(doctor, &facts));
    TRY(say_clocks(doctor, &facts));
    TRY(say_peaks(doctor));
    TRY(say_noise(doctor));
    if (doctor->findings == 0) {
        TRY(record(doctor, &facts));
        return say(doctor, FINE, "verdict", NAN, "fit to record");
    }
    const char *why = arena_string(context, text_string(&doctor->reasons));
    TRY(say(doctor, UNFIT, "verdict", doctor->findings, arena_format(context, "not fit to record: %s", why)));
    return diag_error(context, STATUS_UNSUPPORTED, "this machine is not fit to record measurements now: %s", why);
}

static Status run(Command *command) {
    Doctor doctor = {.command = command,
                     .json = command->arguments.option[OPTION_JSON] != NULL,
                     .noise = NAN,
                     .reasons = text_new(command->context)};
    TRY(target_find(command->context, "host", &doctor.target));
    TRY(agent_start(command->context, NULL, &doctor.agent));
    Status status = context_run(command->context, examine, &doctor);
    database_close(doctor.database);
    agent_stop(doctor.agent);
    return status;
}

static const OptionKind options[] = {OPTION_DB, OPTION_JSON, OPTION_HELP, OPTION_COUNT};

const Verb verb_doctor = {
    .name = "doctor",
    .program = "septet doctor",
    .summary = "can this machine measure?",
    .synopsis = "[options]",
    .text =
        "Looks at what spoils measurements: other load, limits of CPU time, time that a host takes, the clock and its\n"
        "governor; measures the peaks; then takes ten layers through the whole path, timing the same object in six\n"
        "visits. When these differ by more than 2 % (geomean), or something else forbids it, this machine is not fit\n"
        "to record measurements, and the exit status is 1. Peaks of a machine that is fit go into the database, for\n"
        "septet db roofline.",
    .example = "septet doctor",
    .options = options,
    .run = run,
};
