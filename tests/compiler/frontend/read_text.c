/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the texts of a table. */
#include "tests/compiler/frontend/read_text.h"

#include <check.h>
#include <string.h>

#include "tests/base/failing_allocator.h"
#include "tests/support/in_context.h"

typedef struct Run {
    const TextCase *test;
    const FrontendOptions *options;
} Run;

const char *print_layers(Context *context, const LayerList *layers) {
    Text text = text_new(context);
    for (size_t i = 0; i < layers->count; i++) {
        const Layer *layer = &layers->items[i];
        text_add(&text, "%s%s*%lld: ", i > 0 ? "\n" : "", layer->name, (long long)layer->count);
        problem_print(&layer->problem, &text);
    }
    return text_string(&text);
}

static Status read_case(Context *context, const Run *run, const LayerList **out) {
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){"t", run->test->text, strlen(run->test->text)};
    return frontend_read(context, source, run->options, out);
}

static Status read_layers(Context *context, void *data) {
    const Run *run = data;
    const LayerList *layers;
    TRY(read_case(context, run, &layers));
    ck_assert_str_eq(print_layers(context, layers), run->test->expected);
    return STATUS_OK;
}

static Status read_refused(Context *context, void *data) {
    const Run *run = data;
    const LayerList *layers;
    Status status = read_case(context, run, &layers);
    ck_assert_msg(status == STATUS_INVALID, "status %d for: %s", (int)status, run->test->text);
    const char *message = diag_message(context);
    ck_assert_str_eq(arena_substring(context, message, strcspn(message, "\n")), run->test->expected);
    return STATUS_OK;
}

void expect_layers(const TextCase *cases, size_t count, const FrontendOptions *options) {
    for (size_t i = 0; i < count; i++) run_in_context(read_layers, &(Run){&cases[i], options});
}

void expect_refusals(const TextCase *cases, size_t count, const FrontendOptions *options) {
    for (size_t i = 0; i < count; i++) run_in_context(read_refused, &(Run){&cases[i], options});
}

void expect_memory_is_checked(const TextCase *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        Run run = {&cases[i], NULL};
        ck_assert_uint_gt(run_until_memory_suffices(read_layers, &run), 0);
    }
}
