/* SPDX-License-Identifier: Apache-2.0 */
/* A batch: what cannot be measured is refused, the others are built all together, then checked and timed one by one
 * under the machine's lock. Before that, the session's first good candidate is timed again: its change is the drift. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "tuner/agent/measure.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "tuner/agent/code_bytes.h"
#include "tuner/agent/lock.h"

/* A child that runs kernels makes at most so many runs of one within its effort of warming up and sampling. */
enum { RUNS_OF_A_CHILD = 200, INCUMBENT_FACTOR = 5, CALIBRATION_LIMIT_S = 60 };

static const double least_run_limit_s = 2;

void *shared_new(size_t bytes) {
    void *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED ? NULL : shared;
}

void shared_free(void *shared, size_t bytes) {
    if (shared != NULL) munmap(shared, bytes);
}

MeasureOptions measure_options_default(void) {
    return (MeasureOptions){.build_limit_s = 60,
                            .run_limit_s = 60,
                            .memory_limit_bytes = (int64_t)4 << 30,
                            .visits = 2,
                            .incumbent_ns = NAN};
}

double run_limit_s(const MeasureOptions *options) {
    if (isnan(options->incumbent_ns)) return options->run_limit_s;
    double near = least_run_limit_s + 1e-9 * INCUMBENT_FACTOR * RUNS_OF_A_CHILD * options->incumbent_ns;
    return fmin(options->run_limit_s, near);
}

void trial_fail(Trial *trial, MeasurementStatus status, const char *phase, const char *detail) {
    Measurement *measurement = &trial->measurement;
    measurement->status = status;
    measurement->phase = phase;
    measurement->detail = detail;
    measurement->time_ns = measurement->min_ns = measurement->spread = NAN;
}

void trial_fail_by_child(Context *context, Trial *trial, const Child *child, MeasurementStatus timeout,
                         MeasurementStatus crash, const char *phase) {
    MeasurementStatus status = crash;
    if (child->end == CHILD_TIMEOUT) status = timeout;
    if (child->end == CHILD_MEMORY) status = MEASUREMENT_OUT_OF_MEMORY;
    if (child->end == CHILD_INTERRUPTED) status = MEASUREMENT_INTERRUPTED;
    trial_fail(trial, status, phase, arena_format(context, "it %s", child_describe(context, child)));
    trial->measurement.signal = child->signal;
}

KernelObject trial_object(const Trial *trial) {
    const AgentObject *object = &trial->object;
    return (KernelObject){.name = AGENT_KERNEL_NAME,
                          .problem = &trial->problem,
                          .bytes = object->bytes,
                          .length = object->length,
                          .packed_bytes = object->packed_bytes,
                          .workspace_bytes = object->workspace_bytes};
}

KernelObject trial_exact_object(const Trial *trial) {
    KernelObject exact = trial_object(trial);
    if (trial->object.exact == NULL) return exact;
    exact.bytes = trial->object.exact;
    exact.length = trial->object.exact_length;
    return exact;
}

Status workplace_new(Context *context, const ChildLimits *limits, Builder *build, Workplace *out) {
    *out =
        (Workplace){.context = context, .lock = -1, .build = build, .limits = *limits, .drift = NAN, .first_ns = NAN};
    TRY(lock_open(context, &out->lock));
    out->limits.closed[CHILD_MAX_CLOSED - 1] = out->lock;
    return STATUS_OK;
}

static void forget_problem(Workplace *workplace) {
    data_free(&workplace->data);
    context_free(workplace->layer);
    workplace->layer = NULL;
    workplace->first = NULL;
    workplace->drift = workplace->first_ns = NAN;
}

void workplace_free(Workplace *workplace) {
    forget_problem(workplace);
    machine_free(&workplace->machine);
    if (workplace->lock >= 0) close(workplace->lock);
}

typedef struct LayerSetting {
    Workplace *workplace;
    const char *text;
    const Problem *problem;
} LayerSetting;

static Status set_problem_body(void *data) {
    const LayerSetting *setting = data;
    Workplace *workplace = setting->workplace;
    Problem *problem = ARENA_NEW(workplace->layer, Problem);
    *problem = *setting->problem;
    workplace->problem_text = arena_string(workplace->layer, setting->text);
    workplace->reference = check_reference_new(workplace->layer, problem, false);
    return data_new(workplace->layer, problem, &workplace->data);
}

Status workplace_set_problem(Workplace *workplace, const char *text, const Problem *problem) {
    if (workplace->layer != NULL && strcmp(workplace->problem_text, text) == 0) return STATUS_OK;
    forget_problem(workplace);
    TRY(context_new_beside(workplace->context, &workplace->layer));
    LayerSetting setting = {workplace, text, problem};
    Status status = context_run(workplace->layer, set_problem_body, &setting);
    if (status == STATUS_OK) return STATUS_OK;
    diag_error(workplace->context, status, "%s", diag_message(workplace->layer));
    forget_problem(workplace);
    return status;
}

static Status renew_body(void *data) {
    Workplace *workplace = data;
    const Problem *problem = workplace->data.problem;
    data_free(&workplace->data);
    return data_new(workplace->layer, problem, &workplace->data);
}

Status workplace_renew_pages(Workplace *workplace) {
    if (workplace->layer == NULL) return STATUS_OK;
    Status status = context_run(workplace->layer, renew_body, workplace);
    if (status == STATUS_OK) return STATUS_OK;
    diag_error(workplace->context, status, "%s", diag_message(workplace->layer));
    forget_problem(workplace);
    return status;
}

typedef struct Calibration {
    Context *context;
    const Target *target;
    int threads;
    Status status;
    Peaks peaks;
} Calibration;

static void run_calibration(void *data) {
    Calibration *calibration = data;
    TimingCores cores = timing_cores(calibration->threads);
    timing_pin_all(&cores);
    calibration->status =
        peaks_measure(calibration->context, calibration->target, calibration->threads, &calibration->peaks);
}

static bool has_peaks(const Workplace *workplace, const Target *target, int threads) {
    return workplace->peaks.target == target && workplace->peaks.threads == threads;
}

/* A peak is what was reached once: of two calibrations the larger counts. */
static Status keep_peaks(Context *context, Workplace *workplace, const Calibration *calibration, const Child *child) {
    if (child->end != CHILD_DONE || calibration->status != STATUS_OK)
        return diag_error(context, STATUS_NO_MEMORY, "the measurement of peaks %s", child_describe(context, child));
    bool is_known = has_peaks(workplace, calibration->target, calibration->threads);
    double before = is_known ? workplace->peaks.fma_gflops : 0;
    workplace->peaks = calibration->peaks;
    workplace->peaks.fma_gflops = fmax(before, calibration->peaks.fma_gflops);
    return STATUS_OK;
}

Status calibrate(Context *context, Workplace *workplace, const Target *target, int threads, bool again) {
    if (!again && has_peaks(workplace, target, threads)) return STATUS_OK;
    Calibration *calibration = shared_new(sizeof *calibration);
    if (calibration == NULL) return diag_error(context, STATUS_NO_MEMORY, "no memory for a calibration");
    *calibration = (Calibration){.context = context, .target = target, .threads = threads};
    ChildLimits limits = workplace->limits;
    limits.seconds = CALIBRATION_LIMIT_S;
    limits.memory_bytes = INT64_MAX;
    Child child;
    Status status = child_start(context, &limits, run_calibration, calibration, &child);
    if (status == STATUS_OK) {
        children_wait(&child, 1);
        status = keep_peaks(context, workplace, calibration, &child);
    }
    shared_free(calibration, sizeof *calibration);
    return status;
}

/* The schedule as the format of printf(1). */
static const char *quote_schedule(Context *context, const char *schedule) {
    Text text = text_new(context);
    for (const char *c = schedule; *c != '\0'; c++) {
        if (*c == '\n') {
            text_add_string(&text, "\\n");
        } else if (*c == '\'') {
            text_add_string(&text, "'\\''");
        } else {
            text_add(&text, *c == '%' || *c == '\\' ? "%c%c" : "%c", *c, *c);
        }
    }
    return text_string(&text);
}

static const char *reproduce(Context *context, const Candidate *candidate) {
    return arena_format(context, "printf '%s' | septet bench --conv '%s' --target %s --threads %lld --schedule -%s",
                        quote_schedule(context, candidate->schedule), candidate->problem, candidate->target,
                        (long long)candidate->workers, candidate->cold_weights ? " --cold-weights" : "");
}

static Status read_candidate(Context *context, Trial *trial) {
    const Candidate *candidate = &trial->measurement.candidate;
    Source *source = ARENA_NEW(context, Source);
    const char *missing;
    *source = (Source){"problem", candidate->problem, strlen(candidate->problem)};
    TRY(problem_parse(context, source, &trial->problem));
    TRY(problem_check(context, &trial->problem));
    TRY(target_find(context, candidate->target, &trial->target));
    if (!target_runs_here(trial->target, &missing))
        return diag_error(context, STATUS_UNSUPPORTED, "this machine cannot run %s: it lacks %s", trial->target->name,
                          missing);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (candidate->workers >= 1 && candidate->workers <= cores) return STATUS_OK;
    return diag_error(context, STATUS_UNSUPPORTED, "this machine has %ld cores for %lld threads", cores,
                      (long long)candidate->workers);
}

static Status start_trial(Context *context, const Candidate *candidate, const AgentObject *object, Trial *out) {
    *out = (Trial){.cold_copies = 1};
    out->measurement = (Measurement){.candidate = *candidate,
                                     .kind = MEASURED_SEARCH,
                                     .status = MEASUREMENT_OK,
                                     .reproduce = reproduce(context, candidate),
                                     .time_ns = NAN,
                                     .min_ns = NAN,
                                     .spread = NAN,
                                     .drift = NAN,
                                     .error_l2 = NAN,
                                     .error_max = NAN,
                                     .packed_bytes = -1,
                                     .workspace_bytes = -1,
                                     .code_bytes = -1};
    if (object != NULL) out->object = *object;
    Status status = read_candidate(context, out);
    if (status == STATUS_NO_MEMORY) return status;
    if (status != STATUS_OK)
        trial_fail(out, MEASUREMENT_REFUSED, "build", arena_string(context, diag_message(context)));
    return STATUS_OK;
}

typedef struct Keeping {
    Workplace *workplace;
    const Trial *trial;
} Keeping;

static Status keep_body(void *data) {
    const Keeping *keeping = data;
    Workplace *workplace = keeping->workplace;
    Trial *first = ARENA_NEW(workplace->layer, Trial);
    *first = *keeping->trial;
    char *bytes = arena_alloc(workplace->layer, first->object.length);
    memcpy(bytes, first->object.bytes, first->object.length);
    first->object.bytes = bytes;
    workplace->first = first;
    workplace->first_ns = first->measurement.time_ns;
    workplace->drift = 1;
    return STATUS_OK;
}

/* Keeps the first good candidate of a problem, in the problem's memory. */
static Status keep_first(Workplace *workplace, const Trial *trial) {
    if (workplace->first != NULL || trial->measurement.status != MEASUREMENT_OK) return STATUS_OK;
    return context_run(workplace->layer, keep_body, &(Keeping){workplace, trial});
}

/* One visit of the first good candidate; a disturbed one says nothing. */
static Status measure_drift(Context *context, Workplace *workplace, const MeasureOptions *options) {
    if (workplace->first == NULL) return STATUS_OK;
    MeasureOptions unhurried = *options;
    unhurried.incumbent_ns = NAN;
    Trial trial = *workplace->first;
    Visit visited = {0};
    TRY(visit_trial(context, workplace, &trial, &unhurried, &visited));
    if (trial.measurement.status == MEASUREMENT_OK && !visited.disturbed)
        workplace->drift = visited.median_ns / workplace->first_ns;
    return STATUS_OK;
}

Status check_trial(Context *context, Workplace *workplace, Trial *trial, const MeasureOptions *options) {
    machine_free(&workplace->machine);
    TRY(machine_new(context, trial->target, &workplace->machine));
    if (trial->measurement.candidate.cold_weights) {
        int threads = (int)trial->measurement.candidate.workers;
        TRY(calibrate(context, workplace, trial->target, threads, false));
        trial->cold_copies = peaks_cold_copies(&workplace->peaks, trial->measurement.packed_bytes);
    }
    trial->measurement.drift = workplace->drift;
    return judge_trial(context, workplace, trial, options);
}

static Status check_and_time(Context *context, Workplace *workplace, Trial *trial, const MeasureOptions *options) {
    TRY(check_trial(context, workplace, trial, options));
    if (trial->measurement.status != MEASUREMENT_OK) return STATUS_OK;
    TRY(time_trial(context, workplace, trial, options));
    return keep_first(workplace, trial);
}

Status with_machine(Context *context, Workplace *workplace, Trial *trial, const MeasureOptions *options,
                    TrialBody *body) {
    const Candidate *candidate = &trial->measurement.candidate;
    double start_s = child_now_s();
    Status status = workplace_set_problem(workplace, candidate->problem, &trial->problem);
    if (status == STATUS_NO_MEMORY) {
        trial_fail(trial, MEASUREMENT_OUT_OF_MEMORY, "run", arena_string(context, diag_message(workplace->context)));
        return STATUS_OK;
    }
    TRY(status);
    bool taken = lock_take(workplace->lock, true, workplace->limits.control);
    trial->measurement.wait_s += child_now_s() - start_s;
    if (!taken) {
        trial_fail(trial, MEASUREMENT_INTERRUPTED, "run", "the session went away");
        return STATUS_OK;
    }
    status = body(context, workplace, trial, options);
    lock_leave(workplace->lock);
    return status;
}

/* Drift belongs to the batch: measured before it is timed. */
static Status begin_batch(Context *context, Workplace *workplace, const MeasureOptions *options) {
    if (workplace->first == NULL || !lock_take(workplace->lock, true, workplace->limits.control)) return STATUS_OK;
    Status status = measure_drift(context, workplace, options);
    lock_leave(workplace->lock);
    return status;
}

/* The figures of what is to be run. When the session went away, nothing was built. */
static void note_object(Trial *trial) {
    const AgentObject *object = &trial->object;
    if (trial->measurement.status != MEASUREMENT_OK) return;
    if (object->bytes == NULL || object->packed_bytes <= 0) {
        trial_fail(trial, MEASUREMENT_INTERRUPTED, "build", "the session went away");
        return;
    }
    trial->measurement.packed_bytes = object->packed_bytes;
    trial->measurement.workspace_bytes = object->workspace_bytes;
    trial->measurement.code_bytes = code_bytes(object->bytes, object->length);
}

Status measure_batch(Context *context, Workplace *workplace, const Candidate *batch, size_t count,
                     const MeasureOptions *options, AgentSink *sink, void *data) {
    Trial *trials = ARENA_ARRAY(context, Trial, count);
    for (size_t i = 0; i < count; i++)
        TRY(start_trial(context, &batch[i], options->objects != NULL ? &options->objects[i] : NULL, &trials[i]));
    TRY(workplace->build(context, workplace, trials, count, options));
    for (size_t i = 0; i < count; i++) note_object(&trials[i]);
    TRY(begin_batch(context, workplace, options));
    if (options->interleaved) TRY(measure_in_rounds(context, workplace, trials, count, options));
    for (size_t i = 0; i < count; i++) {
        bool is_left = trials[i].measurement.status == MEASUREMENT_OK && !options->interleaved;
        if (is_left) TRY(with_machine(context, workplace, &trials[i], options, check_and_time));
        TRY(sink(data, i, &trials[i].measurement));
    }
    return STATUS_OK;
}
