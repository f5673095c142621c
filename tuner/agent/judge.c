/* SPDX-License-Identifier: Apache-2.0 */
/* The checker: a child that runs tuner/check.h, which runs the kernel in children of its own. */
#include <stdio.h>

#include "tuner/agent/measure.h"

enum { DETAIL_BYTES = 1024 };

typedef struct JudgeReport {
    bool is_done;
    Status status;
    CheckReport check; /* its texts are the child's: `phase` a literal, `detail` below */
    char detail[DETAIL_BYTES];
} JudgeReport;

typedef struct Judging {
    Context *context;
    const Workplace *workplace;
    const Trial *trial;
    JudgeReport *report; /* shared */
} Judging;

/* In the child. */
static void judge(void *data) {
    const Judging *judging = data;
    JudgeReport *report = judging->report;
    const Trial *trial = judging->trial;
    KernelObject given = trial_object(trial), exact = trial_exact_object(trial);
    report->status = check_object_on(judging->context, &judging->workplace->machine, judging->workplace->reference,
                                     &given, &exact, &report->check);
    const char *detail = report->status == STATUS_OK ? report->check.detail : diag_message(judging->context);
    snprintf(report->detail, sizeof report->detail, "%s", detail);
    report->is_done = true;
}

static void apply_check(Context *context, const JudgeReport *report, const Child *child, Trial *trial) {
    static const MeasurementStatus statuses[] = {[CHECK_OK] = MEASUREMENT_OK,
                                                 [CHECK_WRONG] = MEASUREMENT_WRONG,
                                                 [CHECK_CRASHED] = MEASUREMENT_CRASHED,
                                                 [CHECK_TIMEOUT] = MEASUREMENT_RUN_TIMEOUT};
    Measurement *measurement = &trial->measurement;
    if (report->check.verdict == CHECK_OK) {
        measurement->error_l2 = report->check.error_l2;
        measurement->error_max = report->check.error_max;
        return;
    }
    const char *detail = arena_string(context, report->detail);
    if (child->tail[0] != '\0') detail = arena_format(context, "%s; its last output: %s", detail, child->tail);
    trial_fail(trial, statuses[report->check.verdict], report->check.phase, detail);
    measurement->signal = report->check.signal;
}

static void apply(Context *context, const JudgeReport *report, const Child *child, Trial *trial) {
    trial->measurement.run_s += child->seconds;
    if (child->end != CHILD_DONE) {
        trial_fail_by_child(context, trial, child, MEASUREMENT_RUN_TIMEOUT, MEASUREMENT_CRASHED, "run");
    } else if (!report->is_done || report->status != STATUS_OK) {
        MeasurementStatus status =
            report->status == STATUS_NO_MEMORY ? MEASUREMENT_OUT_OF_MEMORY : MEASUREMENT_BUILD_ERROR;
        trial_fail(trial, status, "check", arena_string(context, report->detail));
    } else if (child->left_process && report->check.verdict == CHECK_OK) {
        trial_fail(trial, MEASUREMENT_WRONG, "run", "the kernel left a process behind, which was ended");
    } else {
        apply_check(context, report, child, trial);
    }
}

Status judge_trial(Context *context, Workplace *workplace, Trial *trial, const MeasureOptions *options) {
    Judging judging = {.context = context, .workplace = workplace, .trial = trial};
    judging.report = shared_new(sizeof *judging.report);
    if (judging.report == NULL) return diag_error(context, STATUS_NO_MEMORY, "no memory for a checker");
    ChildLimits limits = workplace->limits;
    limits.seconds = options->run_limit_s;
    limits.memory_bytes = options->memory_limit_bytes;
    Child child;
    Status status = child_start(context, &limits, judge, &judging, &child);
    if (status == STATUS_OK) {
        children_wait(&child, 1);
        apply(context, judging.report, &child, trial);
    }
    shared_free(judging.report, sizeof *judging.report);
    return status;
}
