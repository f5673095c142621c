/* SPDX-License-Identifier: Apache-2.0 */
/* A layer in any form on the first line, a schedule behind it: what the steps and passes make of small problems
 * computes the convolution, by the interpreter. Without a step the default schedule is meant. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/plan_input.h"
#include "tests/support/reference_check.h"

static const double tolerance = 1e-5; /* of values that are rounded to f32; a wrong sum is off by a whole number */

Status fuzz_input(Context *context, const Source *input) {
    static const char *const targets[] = {"scalar", "x86-64-v2", "x86-64-v3", "x86-64-v4"};
    Random random = random_new(1, 0);
    PlanRequest request;
    const Plan *plan = NULL;
    TRY(plan_input_read(context, input, &request));
    TRY(target_find(context, targets[input->length % 4], &request.target));
    TRY(plan_build(context, &request, &plan));
    if (reference_check(context, &random, request.problem, plan->nest, tolerance) == STATUS_OK) return STATUS_OK;
    return diag_error(context, STATUS_WRONG, "%s", diag_message(context));
}
