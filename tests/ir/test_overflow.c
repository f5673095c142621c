/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes that no machine has, in tensor expressions, loop nests and layouts of tensors: read within the bounds that
 * ir/README.md states, or refused with a place; never computed with (the sanitizers see to that). */
#include <string.h>

#include "ir/nest.h"
#include "tests/support/huge.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

#define X "tensor x f32 [n 4, c 4]\n"
#define XY X "tensor y f32 [n 4, c 4]\n"

static const char *const pipelines[] = {
    "tensor x f32 [n @]\ny[n @] = x[n]",
    "tensor x f32 [n 4, a @, b @]\ny[n 4] = x[n, 0, 0]",
    "tensor x f32 [n 4, c @] as [c/@ n c%@]\ny[n 4] = x[n, 0]",
    "tensor x f32 [n 4, c 2147483647] as [c/@/2 n c/2%@ c%2]\ny[n 4] = x[n, 0]",
    "constant x f32 [n 2] = {@, 1/@}\ny[n 2] = x[n]",
    "constant x f32 [n @] = {1}\ny[n 1] = x[n]",
    X "y[n 4, c 4] = x[n, c + @ - @]",
    X "y[n 4, c 4] = x[n, c*@ - c*@ + c]",
    X "y[n 4, c 4] = x[n, (c*@ + @) div @]",
    X "y[n 4, c 4] = x[n, (c*@ + @) mod @]",
    X "y[n 4] = sum[c @] x[n, c]",
    X "y[n 4] = sum[c 4] x[n, c] where c*@ + @ < @",
    X "y[n 4] = sum[c 4] x[n, c]*@ + @",
};

static const char *const nests[] = {
    "tensor x f32 [n @]\ntensor y f32 [n @]\nfor n @: y[n] = x[n]",
    XY "for n 4, c in @..@: y[n, c] = x[n, c]",
    XY "for n 4, c in max(0, n*@ - @)..min(4, n*@ + @): y[n, c] = x[n, c]",
    XY "for n 4, c in 0..(n*@ + @) div @: y[n, c] = x[n, c]",
    XY "for n 4; unroll c 4 by @: y[n, c] = x[n, c]",
    XY "for n 4, c 4: if (0 <= n*@ + c*@ + @ < @) y[n, c] = x[n, c]",
    XY "for n 4, c 4: if ((n*@ + @) mod @ = @) y[n, c] = x[n, c]",
    XY "for n 4, c 4: y[n, c] = x[n, c*@ - @]",
    XY "for n 4, c 4: y[n, (c + @) mod 4] = x[n, c]",
    XY "for n 4 { a f32 [c @, d @] in stack; for c 4: y[n, c] = x[n, c] }",
    XY "for n 4 {\n a f32 [c @, d @] in stack\n for c 4: y[n, c] = x[n, c] }",
};

static void expect_answer(Context *context, const char *text, Status status) {
    if (status == STATUS_OK) return;
    ck_assert_msg(status == STATUS_INVALID && strncmp(diag_message(context), "text:", 5) == 0, "%s: status %d, %s",
                  text, (int)status, diag_message(context));
    diag_clear(context);
}

static Status read_pipeline(Context *context, void *data) {
    const int *form = data;
    int refused = 0;
    for (int i = 0; i < HUGE_COUNT; i++) {
        const char *text = huge_fill_in(context, pipelines[*form], i);
        const Source source = {"text", text, strlen(text)};
        const Pipeline *pipeline;
        Status status = pipeline_parse(context, &source, &pipeline);
        refused += status != STATUS_OK;
        expect_answer(context, text, status);
        if (status == STATUS_OK) ck_assert_int_eq(nest_verify(context, nest_build(context, pipeline)), STATUS_OK);
    }
    ck_assert_int_gt(refused, 0);
    return STATUS_OK;
}

static Status read_nest(Context *context, void *data) {
    const int *form = data;
    int refused = 0;
    for (int i = 0; i < HUGE_COUNT; i++) {
        const char *text = huge_fill_in(context, nests[*form], i);
        const Source source = {"text", text, strlen(text)};
        const Nest *nest;
        Status status = nest_parse(context, &source, &nest);
        refused += status != STATUS_OK;
        expect_answer(context, text, status);
    }
    ck_assert_int_gt(refused, 0);
    return STATUS_OK;
}

START_TEST(test_that_sizes_of_expressions_do_not_overflow) {
    run_in_context(read_pipeline, &_i);
}
END_TEST

START_TEST(test_that_sizes_of_nests_do_not_overflow) {
    run_in_context(read_nest, &_i);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("overflow");
    tcase_add_loop_test(tests, test_that_sizes_of_expressions_do_not_overflow, 0,
                        sizeof pipelines / sizeof pipelines[0]);
    tcase_add_loop_test(tests, test_that_sizes_of_nests_do_not_overflow, 0, sizeof nests / sizeof nests[0]);
    return run_tests(tests);
}
