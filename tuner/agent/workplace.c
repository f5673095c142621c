/* SPDX-License-Identifier: Apache-2.0 */
/* What is known about the machine and about the last problem: peaks, reference, data, candidate 0. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tuner/agent/lock.h"
#include "tuner/agent/measure.h"
#include "tuner/machine_text.h"

enum { CALIBRATION_LIMIT_S = 60, CALIBRATION_TRIES = 3 };

void *shared_new(size_t bytes) {
    void *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED ? NULL : shared;
}

void shared_free(void *shared, size_t bytes) {
    if (shared != NULL) munmap(shared, bytes);
}

static Status fill_info(void *data) {
    Workplace *workplace = data;
    size_t count = 0, used = 0;
    while (target_get(count) != NULL) count++;
    const char **names = ARENA_ARRAY(workplace->context, const char *, count);
    for (size_t i = 0; i < count; i++)
        if (target_runs_here(target_get(i), NULL)) names[used++] = target_get(i)->name;
    workplace->info = (AgentInfo){.version = SEPTET_VERSION,
                                  .machine = machine_text(workplace->context),
                                  .emulated = machine_is_emulated(),
                                  .builds = workplace->build != NULL,
                                  .threads = workplace->build != NULL ? (int)sysconf(_SC_NPROCESSORS_ONLN) : 1,
                                  .target_count = used,
                                  .targets = names};
    return STATUS_OK;
}

Status workplace_new(Context *context, const ChildLimits *limits, Builder *build, Workplace *out) {
    *out =
        (Workplace){.context = context, .lock = -1, .build = build, .limits = *limits, .drift = NAN, .first_ns = NAN};
    TRY(context_run(context, fill_info, out));
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

static Status calibrate_in_child(Context *context, const Workplace *workplace, Calibration *calibration, Child *child) {
    ChildLimits limits = workplace->limits;
    limits.seconds = CALIBRATION_LIMIT_S;
    limits.memory_bytes = INT64_MAX;
    TRY(child_start(context, &limits, run_calibration, calibration, child));
    children_wait(child, 1);
    return STATUS_OK;
}

/* A child that was killed from outside says nothing about the machine, so there is another one. */
Status calibrate(Context *context, Workplace *workplace, const Target *target, int threads, bool again) {
    if (!again && has_peaks(workplace, target, threads)) return STATUS_OK;
    Calibration *calibration = shared_new(sizeof *calibration);
    if (calibration == NULL) return diag_error(context, STATUS_NO_MEMORY, "no memory for a calibration");
    *calibration = (Calibration){.context = context, .target = target, .threads = threads};
    Child child = {.end = CHILD_SIGNALLED};
    Status status = STATUS_OK;
    for (int tries = 0; status == STATUS_OK && child.end == CHILD_SIGNALLED && tries < CALIBRATION_TRIES; tries++)
        status = calibrate_in_child(context, workplace, calibration, &child);
    if (status == STATUS_OK) status = keep_peaks(context, workplace, calibration, &child);
    shared_free(calibration, sizeof *calibration);
    return status;
}
