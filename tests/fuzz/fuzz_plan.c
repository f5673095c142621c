/* SPDX-License-Identifier: Apache-2.0 */
/* A layer in any form on the first line, a schedule behind it: what the steps and passes make of small problems
 * computes the convolution. Without a step the default schedule is meant. */
#include <math.h>
#include <string.h>

#include "compiler/frontend/frontend.h"
#include "compiler/plan.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/reference_check.h"

enum { MAX_ELEMENTS = 1 << 12 };
static const double max_flops = 2e4;
static const double tolerance = 1e-5; /* of values that are rounded to f32; a wrong sum is off by a whole number */

static bool is_small(const Problem *problem) {
    return problem_x_elements(problem) <= MAX_ELEMENTS && problem_w_elements(problem) <= MAX_ELEMENTS &&
           problem_y_elements(problem) <= MAX_ELEMENTS && problem_flops(problem) <= max_flops;
}

/* The reference takes numbers that f32 holds. */
static bool has_small_epilogue(const Problem *problem) {
    for (int i = 0; i < problem->epilogue_count; i++)
        for (int j = 0; j < epilogue_parameters(problem->epilogue[i].kind); j++)
            if (!(fabs(problem->epilogue[i].parameters[j]) <= 1e6)) return false;
    return true;
}

static Status check_plan(Context *context, const PlanRequest *request) {
    Random random = random_new(1, 0);
    const Plan *plan = NULL;
    TRY(plan_build(context, request, &plan));
    if (reference_check(context, &random, request->problem, plan->nest, tolerance) == STATUS_OK) return STATUS_OK;
    return diag_error(context, STATUS_WRONG, "%s", diag_message(context));
}

Status fuzz_input(Context *context, const Source *input) {
    static const char *const targets[] = {"scalar", "x86-64-v2", "x86-64-v3", "x86-64-v4"};
    const char *newline = memchr(input->text, '\n', input->length);
    size_t length = newline != NULL ? (size_t)(newline - input->text) : input->length;
    const char *line = arena_substring(context, input->text, length), *rest = input->text + length;
    const Source layer = {"layer", line, length}, steps = {"schedule", rest, input->length - length};
    const LayerList *layers = NULL;
    TRY(frontend_read(context, &layer, NULL, &layers));
    const Problem *problem = &layers->items[0].problem;
    PlanRequest request = {.name = "kernel", .problem = problem, .schedule_source = "file"};
    if (!is_small(problem) || !has_small_epilogue(problem)) return STATUS_OK;
    TRY(schedule_parse(context, &steps, &request.schedule));
    if (request.schedule->count == 0) request.schedule = NULL;
    TRY(target_find(context, targets[input->length % 4], &request.target));
    return check_plan(context, &request);
}
