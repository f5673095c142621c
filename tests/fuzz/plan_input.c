/* SPDX-License-Identifier: Apache-2.0 */
/* A layer and a schedule. */
#include "tests/fuzz/plan_input.h"

#include <math.h>
#include <string.h>

#include "compiler/frontend/frontend.h"

enum { MAX_ELEMENTS = 1 << 12 };
static const double max_flops = 2e4, max_parameter = 1e6;

static bool has_small_epilogue(const Problem *problem) {
    for (int i = 0; i < problem->epilogue_count; i++)
        for (int j = 0; j < epilogue_parameters(problem->epilogue[i].kind); j++)
            if (!(fabs(problem->epilogue[i].parameters[j]) <= max_parameter)) return false;
    return true;
}

static bool is_small(const Problem *problem) {
    return problem_x_elements(problem) <= MAX_ELEMENTS && problem_w_elements(problem) <= MAX_ELEMENTS &&
           problem_y_elements(problem) <= MAX_ELEMENTS && problem_flops(problem) <= max_flops &&
           has_small_epilogue(problem);
}

Status plan_input_read(Context *context, const Source *input, PlanRequest *out) {
    const char *newline = memchr(input->text, '\n', input->length);
    size_t length = newline != NULL ? (size_t)(newline - input->text) : input->length;
    const char *line = arena_substring(context, input->text, length);
    const Source layer = {"layer", line, length};
    Source *steps = ARENA_NEW(context, Source); /* which the schedule points into */
    *steps = (Source){"schedule", input->text + length, input->length - length};
    const LayerList *layers = NULL;
    TRY(frontend_read(context, &layer, NULL, &layers));
    *out = (PlanRequest){.name = "kernel", .problem = &layers->items[0].problem, .schedule_source = "file"};
    if (!is_small(out->problem)) return diag_error(context, STATUS_REFUSED, "the problem is not small");
    TRY(schedule_parse(context, steps, &out->schedule));
    if (out->schedule->count == 0) out->schedule = NULL;
    return STATUS_OK;
}
