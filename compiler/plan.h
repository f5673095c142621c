/* SPDX-License-Identifier: Apache-2.0 */
/* From a problem to a nest that is ready for emission: algorithm -> tensor expression -> loop nest -> schedule steps ->
 * passes. A Plan is all that compiler/llvm needs to know about one kernel. */
#ifndef SEPTET_COMPILER_PLAN_H
#define SEPTET_COMPILER_PLAN_H

#include "ir/nest.h"
#include "ir/problem.h"
#include "ir/schedule.h"
#include "targets/target.h"

enum { PLAN_MAX_THREADS = 4096 };

typedef struct Plan {
    const char *name; /* C identifier, prefix of all symbols */
    Problem problem;
    const Target *target;
    int threads;                 /* that loops on cores are divided among, >= 1 */
    const char *algorithm;       /* "direct"; "expression": the request's pipeline */
    const char *schedule;        /* the schedule's text, canonical */
    const char *schedule_source; /* "default", "naive", "file", … */
    const char *problem_text;    /* canonical */
    const Nest *scheduled;       /* after the last step */
    /* After the last pass. Arguments are named x, w, b, residual, y; the weights are always read through a tensor of
     * SCOPE_PACKED: a step `pack w as [k c r s] -> packed_w ahead` is added when the schedule has none. */
    const Nest *nest;
} Plan;

/* Told the nest after each step ("split q 14 -> qo qi") and each pass ("fold_guards"). NULL members are skipped. */
typedef struct PlanObserver {
    void (*step)(void *data, const Step *step, const Nest *nest); /* step NULL: the unscheduled nest */
    void (*pass)(void *data, const char *pass, const Nest *nest, int64_t elapsed_ns);
    void *data;
} PlanObserver;

typedef struct PlanRequest {
    const char *name;
    const Problem *problem;
    const Target *target;
    int threads;                 /* <= PLAN_MAX_THREADS; 0 counts as 1 */
    const Pipeline *pipeline;    /* verified; computes the problem, and is named as Plan.nest; NULL: algorithm direct */
    const Schedule *schedule;    /* NULL: the analytic default, which is made for algorithm direct */
    const char *schedule_source; /* of `schedule` */
    const PlanObserver *observer; /* or NULL */
} PlanRequest;

/* Builds a plan in the context's arena, which owns all of it; may be called inside context_run or outside. The added
 * pack of the weights is observed like a step of the schedule, but is no part of the plan's schedule text.
 * STATUS_UNSUPPORTED; STATUS_REFUSED and STATUS_UNPROVED with the step's place and reason, also where it
 * is a pass that cannot lower what the step asked for; * STATUS_NO_MEMORY. */
Status plan_build(Context *context, const PlanRequest *request, const Plan **out);

/* The unscheduled nest of a problem (algorithm direct), verified. Inside context_run. STATUS_UNSUPPORTED. */
Status plan_start(Context *context, const Problem *problem, const Nest **out);

#endif
