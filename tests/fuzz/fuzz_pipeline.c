/* SPDX-License-Identifier: Apache-2.0 */
/* Tensor expressions: what is read prints as a text that reads as the same; its obvious nest is well formed, reads as
 * it prints, and computes the same then. */
#include <string.h>

#include "ir/nest.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/nest_can_run.h"
#include "tests/support/equivalence.h"
#include "tests/support/round_trip.h"

static const char *print(Context *context, const Pipeline *pipeline) {
    Text text = text_new(context);
    pipeline_print(pipeline, &text);
    return text_string(&text);
}

static Status check_print(Context *context, const Pipeline *pipeline) {
    const Pipeline *again = NULL;
    const char *text = print(context, pipeline);
    const Source printed = {.name = "printed", .text = text, .length = strlen(text)};
    if (pipeline_parse(context, &printed, &again) != STATUS_OK)
        return diag_error(context, STATUS_WRONG, "what was printed is refused: %s", diag_message(context));
    return fuzz_compare(context, "an expression that was read prints differently", text, print(context, again));
}

Status fuzz_input(Context *context, const Source *input) {
    const Pipeline *pipeline = NULL;
    const Nest *read = NULL;
    TRY(pipeline_parse(context, input, &pipeline));
    TRY(check_print(context, pipeline));
    const Nest *nest = nest_build(context, pipeline);
    if (nest_verify(context, nest) != STATUS_OK || round_trip_check(context, nest, &read) != STATUS_OK)
        return diag_error(context, STATUS_WRONG, "the obvious nest: %s", diag_message(context));
    if (!nest_can_run(nest) || equivalence_check(context, nest, read) == STATUS_OK) return STATUS_OK;
    return diag_error(context, STATUS_WRONG, "the obvious nest: %s", diag_message(context));
}
