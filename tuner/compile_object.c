/* SPDX-License-Identifier: Apache-2.0 */
/* Emits, and compiles the schedule's text once more where a check needs it. */
#include "tuner/compile_object.h"

#include <string.h>

#include "compiler/llvm/emit.h"

KernelObject object_of_plan(const Plan *plan, const char *bytes, size_t length) {
    KernelSizes sizes;
    emit_sizes(plan, &sizes);
    return (KernelObject){.name = plan->name,
                          .problem = &plan->problem,
                          .bytes = bytes,
                          .length = length,
                          .packed_bytes = sizes.packed_bytes,
                          .workspace_bytes = sizes.workspace_bytes};
}

Status object_compile(Context *context, const Plan *plan, KernelObject *out) {
    const char *bytes;
    size_t length;
    TRY(emit_kernel(context, plan, EMIT_OBJECT, &bytes, &length));
    *out = object_of_plan(plan, bytes, length);
    return STATUS_OK;
}

typedef struct Exact {
    Context *context;
    const Plan *given;
    const Problem *problem;
    const Plan *plan;
} Exact;

static Status build_exact(void *data) {
    Exact *exact = data;
    const Plan *given = exact->given;
    Source *source = ARENA_NEW(exact->context, Source);
    *source = (Source){"schedule", given->schedule, strlen(given->schedule)};
    PlanRequest request = {.name = given->name,
                           .problem = exact->problem,
                           .target = given->target,
                           .threads = given->threads,
                           .schedule_source = given->schedule_source};
    TRY(schedule_parse(exact->context, source, &request.schedule));
    return plan_build(exact->context, &request, &exact->plan);
}

Status object_compile_exact(Context *context, const Plan *plan, const KernelObject *given, KernelObject *out) {
    Problem problem;
    *out = *given;
    if (!check_exact_problem(&plan->problem, &problem)) return STATUS_OK;
    Exact exact = {.context = context, .given = plan, .problem = &problem};
    TRY(context_run(context, build_exact, &exact));
    return object_compile(context, exact.plan, out);
}

Status check_kernel_on(Context *context, const Machine *machine, const CheckReference *reference, const Plan *plan,
                       const char *bytes, size_t length, CheckReport *out) {
    KernelObject given = object_of_plan(plan, bytes, length), exact;
    TRY(object_compile_exact(context, plan, &given, &exact));
    return check_object_on(context, machine, reference, &given, &exact, out);
}

Status check_kernel(Context *context, const CheckReference *reference, const Plan *plan, const char *bytes,
                    size_t length, CheckReport *out) {
    Machine machine;
    Status status = machine_new(context, plan->target, &machine);
    if (status == STATUS_OK) status = check_kernel_on(context, &machine, reference, plan, bytes, length, out);
    machine_free(&machine);
    return status;
}
