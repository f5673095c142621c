/* SPDX-License-Identifier: Apache-2.0 */
/* Differences of texts: the common lines, and what takes too long to compare. */
#include "base/diff.h"

#include <string.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"

static const char *diff(Context *context, const char *a, const char *b) {
    Text out = text_new(context);
    diff_print(a, b, &out);
    return text_string(&out);
}

static Status check_lines(Context *context, void *data) {
    (void)data;
    ck_assert_str_eq(diff(context, "a\nb\nc\n", "a\nx\nc\n"), "  a\n- b\n+ x\n  c\n");
    ck_assert_str_eq(diff(context, "a\nb\nc\nd\n", "b\nx\nd\n"), "- a\n  b\n- c\n+ x\n  d\n");
    ck_assert_str_eq(diff(context, "a\na\n", "a\n"), "  a\n- a\n");
    ck_assert_str_eq(diff(context, "", "a\n"), "+ a\n");
    ck_assert_str_eq(diff(context, "a\nb", "a\nb"), "  a\n  b\n");
    ck_assert_str_eq(diff(context, "", ""), "");
    return STATUS_OK;
}

START_TEST(test_lines) {
    run_in_context(check_lines, NULL);
}
END_TEST

/* Ten thousand lines on each side, of which the middle is common: all of it counts as different. */
static Status check_large(Context *context, void *data) {
    enum { LINES = 10000 };
    (void)data;
    Text a = text_new(context), b = text_new(context);
    text_add_string(&a, "same\nold\n");
    text_add_string(&b, "same\nnew\n");
    for (int i = 0; i < LINES; i++) {
        text_add(&a, "%d\n", i);
        text_add(&b, "%d\n", i);
    }
    text_add_string(&a, "old\nend\n");
    text_add_string(&b, "new\nend\n");
    const char *lines = diff(context, text_string(&a), text_string(&b));
    ck_assert_int_eq(strncmp(lines, "  same\n- old\n- 0\n- 1\n", 21), 0);
    ck_assert_ptr_nonnull(strstr(lines, "\n+ 9999\n+ new\n  end\n"));
    return STATUS_OK;
}

START_TEST(test_texts_that_are_too_large) {
    run_in_context(check_large, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("diff");
    tcase_add_test(tests, test_lines);
    tcase_add_test(tests, test_texts_that_are_too_large);
    return run_tests(tests);
}
