/* SPDX-License-Identifier: Apache-2.0 */
/* One input through one harness. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diff.h"
#include "base/text.h"

typedef struct Run {
    Context *context;
    Source input;
} Run;

static Status run_input(void *data) {
    Run *run = data;
    return fuzz_input(run->context, &run->input);
}

static void check_answer(const Context *context, Status status) {
    bool is_answer = status == STATUS_OK || status == STATUS_INVALID || status == STATUS_REFUSED ||
                     status == STATUS_UNPROVED || status == STATUS_UNSUPPORTED || status == STATUS_IO;
    bool is_explained = status == STATUS_OK || diag_message(context)[0] != '\0';
    if (is_answer && is_explained) return;
    fprintf(stderr, "status %d: %s\n", (int)status, diag_message(context));
    abort();
}

/* The copy ends where the bytes end, so that a sanitizer sees who reads farther. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    Run run = {.input = {.name = "input", .text = text, .length = size}};
    if (text == NULL || context_new(alloc_default(), &run.context) != STATUS_OK) abort();
    if (size > 0) memcpy(text, data, size);
    text[size] = '\0';
    check_answer(run.context, context_run(run.context, run_input, &run));
    context_free(run.context);
    free(text);
    return 0;
}

Status fuzz_compare(Context *context, const char *what, const char *expected, const char *actual) {
    if (strcmp(expected, actual) == 0) return STATUS_OK;
    Text difference = text_new(context);
    diff_print(expected, actual, &difference);
    return diag_error(context, STATUS_WRONG, "%s\n%s", what, text_string(&difference));
}
