/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules as text: what is read prints as a text that reads as the same. */
#include <string.h>

#include "base/text.h"
#include "ir/schedule.h"
#include "tests/fuzz/fuzz.h"

static const char *print(Context *context, const Schedule *schedule) {
    Text text = text_new(context);
    schedule_print(schedule, &text);
    return text_string(&text);
}

Status fuzz_input(Context *context, const Source *input) {
    const Schedule *schedule = NULL, *again = NULL;
    TRY(schedule_parse(context, input, &schedule));
    const char *text = print(context, schedule);
    const Source printed = {.name = "printed", .text = text, .length = strlen(text)};
    if (schedule_parse(context, &printed, &again) != STATUS_OK)
        return diag_error(context, STATUS_WRONG, "what was printed is refused: %s", diag_message(context));
    return fuzz_compare(context, "a schedule that was read prints differently", text, print(context, again));
}
