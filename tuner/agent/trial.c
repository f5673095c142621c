/* SPDX-License-Identifier: Apache-2.0 */
/* A candidate on its way: what it is, and how it failed. */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "tuner/agent/measure.h"

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
    *source = (Source){"problem", candidate->problem, strlen(candidate->problem)};
    TRY(problem_parse(context, source, &trial->problem));
    TRY(problem_check(context, &trial->problem));
    return target_find(context, candidate->target, &trial->target);
}

static Status check_machine(Context *context, const Trial *trial, int threads) {
    const Candidate *candidate = &trial->measurement.candidate;
    const char *missing;
    if (!target_runs_here(trial->target, &missing))
        return diag_error(context, STATUS_UNSUPPORTED, "this machine cannot run %s: it lacks %s", trial->target->name,
                          missing);
    if (candidate->workers >= 1 && candidate->workers <= threads) return STATUS_OK;
    return diag_error(context, STATUS_UNSUPPORTED, "a kernel of %lld threads, where this agent runs at most %d",
                      (long long)candidate->workers, threads);
}

Status trial_start(Context *context, const Candidate *candidate, const AgentObject *object, int threads, Trial *out) {
    *out = (Trial){.cold_copies = 1};
    out->measurement = measurement_unknown(MEASUREMENT_OK, candidate);
    out->measurement.reproduce = reproduce(context, candidate);
    if (object != NULL) out->object = *object;
    Status status = read_candidate(context, out);
    if (status == STATUS_OK && threads > 0) status = check_machine(context, out, threads);
    if (status == STATUS_NO_MEMORY) return status;
    if (status != STATUS_OK)
        trial_fail(out, MEASUREMENT_REFUSED, "build", arena_string(context, diag_message(context)));
    return STATUS_OK;
}
