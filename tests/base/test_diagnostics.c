/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of errors and notes: the place in the text, the caret below it, messages too long for their buffer. */
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "tests/base/failing_allocator.h"
#include "tests/support/run.h"

static Context *context;

static void setup(void) {
    ck_assert_int_eq(context_new(alloc_default(), &context), STATUS_OK);
}

static void teardown(void) {
    context_free(context);
}

static const char *message_at(const char *text, size_t offset) {
    Source source = {"layers.txt", text, strlen(text)};
    ck_assert_int_eq(diag_error_at(context, STATUS_INVALID, &source, offset, "no"), STATUS_INVALID);
    return diag_message(context);
}

START_TEST(test_place_and_caret) {
    const char *text = "# one\nn=1 strid=2\nlast";
    ck_assert_str_eq(message_at(text, 10), "layers.txt:2:5: no\n    n=1 strid=2\n        ^");
    ck_assert_str_eq(message_at(text, 0), "layers.txt:1:1: no\n    # one\n    ^");
    ck_assert_str_eq(message_at(text, 17), "layers.txt:2:12: no\n    n=1 strid=2\n               ^");
    ck_assert_str_eq(message_at(text, strlen(text)), "layers.txt:3:5: no\n    last\n        ^");
}
END_TEST

START_TEST(test_empty_line_is_not_shown) {
    ck_assert_str_eq(message_at("", 0), "layers.txt:1:1: no");
    ck_assert_str_eq(message_at("a\n", 2), "layers.txt:2:1: no");
}
END_TEST

START_TEST(test_carriage_return_is_not_part_of_the_line) {
    ck_assert_str_eq(message_at("ab\r\nc", 3), "layers.txt:1:3: no\n    ab\n      ^");
}
END_TEST

START_TEST(test_tabs_stay_aligned) {
    ck_assert_str_eq(message_at("\tk\tx", 3), "layers.txt:1:4: no\n    \tk\tx\n    \t \t^");
}
END_TEST

START_TEST(test_columns_count_utf8_characters) {
    ck_assert_str_eq(message_at("é€😀x", 9), "layers.txt:1:4: no\n    é€😀x\n       ^");
}
END_TEST

START_TEST(test_what_could_upset_a_terminal_is_masked) {
    ck_assert_str_eq(message_at("\x1b[31m\xff\xc2\x9b\xe2\x82", 0), "layers.txt:1:1: no\n    ?[31m????\n    ^");
}
END_TEST

/* A line of 400 characters, the n-th of which is a letter that tells n mod 26. */
static void fill_long_line(char line[401]) {
    for (int i = 0; i < 400; i++) line[i] = (char)('a' + i % 26);
    line[400] = '\0';
}

/* The character of the shown line that the caret is below. */
static char character_at_caret(const char *message) {
    const char *shown = strchr(message, '\n') + 1;
    const char *below = strchr(shown, '\n') + 1;
    return shown[strchr(below, '^') - below];
}

START_TEST(test_long_lines_are_cut_to_a_window) {
    char line[401];
    fill_long_line(line);
    for (size_t offset = 0; offset < 400; offset++) {
        const char *message = message_at(line, offset);
        ck_assert_uint_lt(strlen(message), 260);
        ck_assert_int_eq(character_at_caret(message), line[offset]);
    }
    ck_assert_ptr_null(strstr(message_at(line, 0), "    ..."));
    ck_assert_ptr_nonnull(strstr(message_at(line, 200), "    ...u"));
    ck_assert_ptr_nonnull(strstr(message_at(line, 200), "p...\n"));
    ck_assert_ptr_nonnull(strstr(message_at(line, 400), "^"));
}
END_TEST

START_TEST(test_long_message_and_name_are_cut_between_characters) {
    char name[4001] = "";
    for (int i = 0; i < 2000; i++) memcpy(name + (size_t)i * 2, "é", 3);
    char line[401];
    fill_long_line(line);
    Source source = {name, line, 400};
    diag_error_at(context, STATUS_INVALID, &source, 200, "x%s", name);
    const char *message = diag_message(context);
    ck_assert_uint_lt(strlen(message), 2048);
    ck_assert_int_eq(strncmp(message, "...é", 5), 0);
    ck_assert_ptr_nonnull(strstr(message, "é:1:201: xé"));
    ck_assert_ptr_nonnull(strstr(message, "é...\n"));
    ck_assert_int_eq(character_at_caret(message), line[200]);
}
END_TEST

START_TEST(test_the_newest_error_replaces_and_may_quote_the_older) {
    ck_assert_str_eq(diag_message(context), "");
    ck_assert_int_eq(diag_status(context), STATUS_OK);
    diag_error(context, STATUS_REFUSED, "tile %d does not divide %d", 7, 64);
    diag_error(context, STATUS_IO, "step 3: %s", diag_message(context));
    ck_assert_str_eq(diag_message(context), "step 3: tile 7 does not divide 64");
    ck_assert_int_eq(diag_status(context), STATUS_IO);
}
END_TEST

START_TEST(test_notes_keep_their_order_and_are_cleared) {
    diag_note(context, "batch %d", 2);
    diag_note(context, "second");
    ck_assert_str_eq(diag_note_get(context, 0), "batch 2");
    ck_assert_str_eq(diag_note_get(context, 1), "second");
    ck_assert_ptr_null(diag_note_get(context, 2));
    diag_error(context, STATUS_IO, "gone");
    diag_clear(context);
    ck_assert_ptr_null(diag_note_get(context, 0));
    ck_assert_str_eq(diag_message(context), "");
    ck_assert_int_eq(diag_status(context), STATUS_OK);
}
END_TEST

START_TEST(test_errors_need_no_memory_and_notes_are_dropped_without) {
    FailingAllocator failing;
    failing_allocator_init(&failing, 2);
    Context *poor = NULL;
    ck_assert_int_eq(context_new(&failing.allocator, &poor), STATUS_OK);
    diag_note(poor, "dropped");
    diag_note(poor, "kept");
    ck_assert_str_eq(diag_note_get(poor, 0), "kept");
    ck_assert_ptr_null(diag_note_get(poor, 1));
    diag_error(poor, STATUS_IO, "words");
    ck_assert_str_eq(diag_message(poor), "words");
    ck_assert_uint_eq(failing.requests, 3);
    context_free(poor);
    ck_assert_uint_eq(failing.live_blocks, 0);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("diagnostics");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_place_and_caret);
    tcase_add_test(tests, test_empty_line_is_not_shown);
    tcase_add_test(tests, test_carriage_return_is_not_part_of_the_line);
    tcase_add_test(tests, test_tabs_stay_aligned);
    tcase_add_test(tests, test_columns_count_utf8_characters);
    tcase_add_test(tests, test_what_could_upset_a_terminal_is_masked);
    tcase_add_test(tests, test_long_lines_are_cut_to_a_window);
    tcase_add_test(tests, test_long_message_and_name_are_cut_between_characters);
    tcase_add_test(tests, test_the_newest_error_replaces_and_may_quote_the_older);
    tcase_add_test(tests, test_notes_keep_their_order_and_are_cleared);
    tcase_add_test(tests, test_errors_need_no_memory_and_notes_are_dropped_without);
    return run_tests(tests);
}
