/* SPDX-License-Identifier: Apache-2.0 */
/* Lines over a pipe: handed out one by one, to the end; whoever writes none is not waited for for ever. */
#define _GNU_SOURCE /* pipe2 */
#include "tuner/agent/lines.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"

static void open_pipe(int *reading, int *writing) {
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    *reading = ends[0];
    *writing = ends[1];
}

static Status read_to_the_end(Context *context, void *data) {
    int writing;
    const char *line;
    LineReader reader = lines_new(alloc_default(), -1);
    (void)data;
    open_pipe(&reader.file, &writing);
    ck_assert_int_eq(lines_write(context, writing, "one"), STATUS_OK);
    ck_assert_int_eq(lines_write(context, writing, "two"), STATUS_OK);
    close(writing);
    ck_assert_int_eq(lines_read(context, &reader, &line), STATUS_OK);
    ck_assert_str_eq(line, "one");
    ck_assert_int_eq(lines_read(context, &reader, &line), STATUS_OK);
    ck_assert_str_eq(line, "two");
    ck_assert_int_eq(lines_read(context, &reader, &line), STATUS_OK);
    ck_assert_ptr_null(line);
    close(reader.file);
    lines_free(&reader);
    return STATUS_OK;
}

static Status wait_in_vain(Context *context, void *data) {
    int writing;
    const char *line;
    LineReader reader = lines_new(alloc_default(), -1);
    (void)data;
    reader.patience_ms = 50;
    open_pipe(&reader.file, &writing);
    ck_assert_int_eq(lines_read(context, &reader, &line), STATUS_IO);
    ck_assert_ptr_nonnull(strstr(diag_message(context), "no answer came within 1 s"));
    ck_assert_int_eq(lines_write(context, writing, "late"), STATUS_OK);
    ck_assert_int_eq(lines_read(context, &reader, &line), STATUS_OK);
    ck_assert_str_eq(line, "late");
    close(writing);
    close(reader.file);
    lines_free(&reader);
    return STATUS_OK;
}

START_TEST(test_that_lines_come_one_by_one) {
    run_in_context(read_to_the_end, NULL);
}
END_TEST

START_TEST(test_that_patience_ends) {
    run_in_context(wait_in_vain, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("lines");
    tcase_add_test(tests, test_that_lines_come_one_by_one);
    tcase_add_test(tests, test_that_patience_ends);
    return run_tests(tests);
}
