/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical texts of problems: what is read is possible and prints as a text that reads as the same. */
#include <string.h>

#include "base/text.h"
#include "ir/problem.h"
#include "tests/fuzz/fuzz.h"

static const char *print(Context *context, const Problem *problem) {
    Text text = text_new(context);
    problem_print(problem, &text);
    return text_string(&text);
}

Status fuzz_input(Context *context, const Source *input) {
    Problem problem, again;
    TRY(problem_parse(context, input, &problem));
    if (problem_check(context, &problem) != STATUS_OK)
        return diag_error(context, STATUS_WRONG, "an impossible problem was read: %s", diag_message(context));
    const char *text = print(context, &problem);
    const Source printed = {.name = "printed", .text = text, .length = strlen(text)};
    if (problem_parse(context, &printed, &again) != STATUS_OK)
        return diag_error(context, STATUS_WRONG, "what was printed is refused: %s", diag_message(context));
    return fuzz_compare(context, "a problem that was read prints differently", text, print(context, &again));
}
