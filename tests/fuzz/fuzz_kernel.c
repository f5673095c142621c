/* SPDX-License-Identifier: Apache-2.0 */
/* A layer and a schedule, as fuzz_plan.c takes them, all the way: LLVM makes an object of every plan for every target,
 * and where this machine runs it, it computes the convolution and keeps to its buffers. What LLVM cannot take is to be
 * refused before it is asked. */
#include <string.h>

#include "compiler/llvm/emit.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/plan_input.h"
#include "tuner/compile_object.h"

static const Target *pick_target(const Source *input) {
    size_t count = 1; /* there is one at least */
    while (target_get(count) != NULL) count++;
    return target_get(input->length % count);
}

static Status emit(Context *context, const Plan *plan, const char **bytes, size_t *length) {
    Status status = emit_kernel(context, plan, EMIT_OBJECT, bytes, length);
    const char *message = diag_message(context);
    if (status != STATUS_OK && (status != STATUS_UNSUPPORTED || strstr(message, "LLVM") != NULL))
        return diag_error(context, STATUS_WRONG, "emission: %s", message);
    return status;
}

Status fuzz_input(Context *context, const Source *input) {
    PlanRequest request;
    const Plan *plan = NULL;
    const char *bytes = NULL;
    size_t length = 0;
    CheckReport report;
    TRY(plan_input_read(context, input, &request));
    request.target = pick_target(input);
    TRY(plan_build(context, &request, &plan));
    TRY(emit(context, plan, &bytes, &length));
    if (!target_runs_here(request.target, NULL)) return STATUS_OK;
    const CheckReference *reference = check_reference_new(context, &plan->problem, true);
    TRY(check_kernel(context, reference, plan, bytes, length, &report));
    if (report.verdict == CHECK_OK) return STATUS_OK;
    return diag_error(context, STATUS_WRONG, "%s: %s", check_verdict_name(report.verdict), report.detail);
}
