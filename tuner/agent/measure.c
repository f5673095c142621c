/* SPDX-License-Identifier: Apache-2.0 */
/* A batch: what cannot be measured is refused, the others are built all together, then checked and timed one by one
 * under the machine's lock, in groups: behind each, drift.c looks whether the machine is still as fast as before. */
#include "tuner/agent/measure.h"

#include <math.h>

#include "tuner/agent/code_bytes.h"
#include "tuner/agent/lock.h"

/* A child that runs kernels makes at most so many runs of one within its effort of warming up and sampling. */
enum { RUNS_OF_A_CHILD = 200, INCUMBENT_FACTOR = 5 };

enum { RUNS_OF_A_GROUP = 3 };

static const double least_run_limit_s = 2;

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

/* The figures of what is to be run. When the session went away, nothing was built. */
static void note_object(const Workplace *workplace, Trial *trial) {
    const AgentObject *object = &trial->object;
    if (trial->measurement.status != MEASUREMENT_OK) return;
    bool is_built = object->bytes != NULL && object->packed_bytes > 0;
    if (!is_built && workplace->build == NULL)
        trial_fail(trial, MEASUREMENT_REFUSED, "build", "this agent cannot build: it needs object and packed_bytes");
    if (!is_built && workplace->build != NULL)
        trial_fail(trial, MEASUREMENT_INTERRUPTED, "build", "the session went away");
    if (!is_built) return;
    trial->measurement.packed_bytes = object->packed_bytes;
    trial->measurement.workspace_bytes = object->workspace_bytes;
    trial->measurement.code_bytes = code_bytes(object->bytes, object->length);
}

static Status start_and_build(Context *context, const Workplace *workplace, const Candidate *batch, size_t count,
                              const MeasureOptions *options, int threads, Trial *trials) {
    for (size_t i = 0; i < count; i++) {
        const AgentObject *object = options->objects != NULL ? &options->objects[i] : NULL;
        TRY(trial_start(context, &batch[i], object, threads, &trials[i]));
    }
    if (workplace->build != NULL) TRY(workplace->build(context, workplace, trials, count, options));
    for (size_t i = 0; i < count; i++) note_object(workplace, &trials[i]);
    return STATUS_OK;
}

Status build_batch(Context *context, const Workplace *workplace, const Candidate *batch, size_t count,
                   const MeasureOptions *options, TrialSink *sink, void *data) {
    Trial *trials = ARENA_ARRAY(context, Trial, count);
    TRY(start_and_build(context, workplace, batch, count, options, 0, trials));
    for (size_t i = 0; i < count; i++) TRY(sink(data, i, &trials[i]));
    return STATUS_OK;
}

Status check_trial(Context *context, Workplace *workplace, Trial *trial, const MeasureOptions *options) {
    machine_free(&workplace->machine);
    TRY(machine_new(context, trial->target, &workplace->machine));
    if (trial->measurement.candidate.cold_weights && !workplace->info.emulated) {
        int threads = (int)trial->measurement.candidate.workers;
        TRY(calibrate(context, workplace, trial->target, threads, false));
        trial->cold_copies = peaks_cold_copies(&workplace->peaks, trial->measurement.packed_bytes);
    }
    trial->measurement.drift = workplace->drift;
    return judge_trial(context, workplace, trial, options);
}

/* A trial that is timed again was checked before. */
static Status check_and_time(Context *context, Workplace *workplace, Trial *trial, const MeasureOptions *options) {
    if (isnan(trial->measurement.error_l2)) TRY(check_trial(context, workplace, trial, options));
    if (trial->measurement.status != MEASUREMENT_OK) return STATUS_OK;
    TRY(time_trial(context, workplace, trial, options));
    workplace->since_drift++;
    return drift_keep_first(workplace, trial);
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

static Status run_all(Context *context, Workplace *workplace, Trial *trials, size_t count,
                      const MeasureOptions *options) {
    for (size_t i = 0; i < count; i++)
        if (trials[i].measurement.status == MEASUREMENT_OK)
            TRY(with_machine(context, workplace, &trials[i], options, check_and_time));
    return STATUS_OK;
}

/* Those that are right are to be timed anew. */
static void forget_times(Trial *trials, size_t count) {
    for (size_t i = 0; i < count; i++) {
        Measurement *measurement = &trials[i].measurement;
        bool is_timed = measurement->status == MEASUREMENT_OK || measurement->status == MEASUREMENT_NOISY;
        if (!is_timed) continue;
        measurement->status = MEASUREMENT_OK;
        measurement->phase = measurement->detail = NULL;
        measurement->time_ns = measurement->min_ns = measurement->spread = NAN;
        measurement->visit_count = 0;
        measurement->raced = false;
    }
}

/* Times a group again as long as the machine's speed jumps meanwhile, but not for ever. */
static Status run_group(Context *context, Workplace *workplace, Trial *trials, size_t count,
                        const MeasureOptions *options) {
    bool jumped = true;
    for (int run = 0; run < RUNS_OF_A_GROUP && jumped; run++) {
        if (run > 0) forget_times(trials, count);
        TRY(run_all(context, workplace, trials, count, options));
        TRY(drift_look(context, workplace, options, &jumped));
    }
    for (size_t i = 0; i < count; i++)
        if (trials[i].measurement.visit_count > 0) trials[i].measurement.drift = workplace->drift;
    return STATUS_OK;
}

typedef Status RunGroup(Context *context, Workplace *workplace, Trial *trials, size_t count,
                        const MeasureOptions *options);

Status measure_batch(Context *context, Workplace *workplace, const Candidate *batch, size_t count,
                     const MeasureOptions *options, AgentSink *sink, void *data) {
    Trial *trials = ARENA_ARRAY(context, Trial, count);
    TRY(start_and_build(context, workplace, batch, count, options, workplace->info.threads, trials));
    size_t group = options->interleaved ? count : DRIFT_TRIALS;
    for (size_t begin = 0; begin < count; begin += group) {
        size_t end = count - begin < group ? count : begin + group;
        RunGroup *run = options->interleaved ? measure_in_rounds : run_group;
        TRY(run(context, workplace, trials + begin, end - begin, options));
        for (size_t i = begin; i < end; i++) TRY(sink(data, i, &trials[i].measurement));
    }
    return STATUS_OK;
}
