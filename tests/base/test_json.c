/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/json.h: what is read, what is refused, and that what is written reads back. */
#include "base/json.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/base/failing_allocator.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

static Status read_members(Context *context, void *data) {
    static const char text[] =
        " {\"a\" : -1.5e+2, \"b\":[1, 2 ,[]], \"c\":\"x\\n\\\"\\u00e4\\ud83d\\ude00\\/\", \"t\":true,\"f\":false,"
        "\"n\":null, \"o\":{}, \"a\":7, \"big\":1e300, \"small\":0.1, \"tiny\":5e-324, \"zero\":0.0}\n";
    const Json *json;
    (void)data;
    TRY(json_read(context, text, &json));
    ck_assert_int_eq(json->kind, JSON_OBJECT);
    ck_assert_uint_eq(json->count, 12);
    ck_assert_double_eq(json_get_number(json, "a", 0), -150);
    ck_assert_int_eq(json_get_integer(json, "a", 0), -150);
    ck_assert_str_eq(json_get_string(json, "c"), "x\n\"\xC3\xA4\xF0\x9F\x98\x80/");
    ck_assert(json_get_bool(json, "t") && !json_get_bool(json, "f") && !json_get_bool(json, "missing"));
    ck_assert_int_eq(json_member(json, "n")->kind, JSON_NULL);
    ck_assert_int_eq(json_get_integer(json, "big", 3), 3);
    ck_assert_double_eq(json_get_number(json, "small", 0), 0.1);
    ck_assert_double_eq(json_get_number(json, "tiny", 0), 5e-324);
    ck_assert_double_eq(json_get_number(json, "zero", 1), 0);
    ck_assert_ptr_null(json_get_string(json, "a"));
    ck_assert_double_eq(json_get_number(json, "c", 9), 9);
    const Json *array = json_member(json, "b");
    ck_assert_uint_eq(array->count, 3);
    ck_assert_double_eq(array->first->next->number, 2);
    ck_assert_int_eq(array->first->next->next->kind, JSON_ARRAY);
    ck_assert_ptr_null(json_member(array, "a"));
    ck_assert_ptr_null(json_member(NULL, "a"));
    return STATUS_OK;
}

START_TEST(test_reading) {
    run_in_context(read_members, NULL);
    ck_assert_uint_gt(run_until_memory_suffices(read_members, NULL), 0);
}
END_TEST

static const char *const refused[] = {
    "",
    " ",
    "{",
    "[1,]",
    "[1 2]",
    "{\"a\"}",
    "{\"a\":}",
    "{a:1}",
    "{\"a\":1,}",
    "01",
    "-",
    "+1",
    ".5",
    "1.",
    "1e",
    "0x10",
    "nan",
    "NaN",
    "inf",
    "tru",
    "'a'",
    "\"",
    "\"\\",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\ud800\\u0041\"",
    "\"\\udc00\"",
    "\"a\nb\"",
    "1 2",
    "[1]]",
    "\"\\u12g4\"",
};

static Status refuse(Context *context, void *data) {
    const char *text = data;
    const Json *json;
    ck_assert_int_eq(json_read(context, text, &json), STATUS_INVALID);
    ck_assert_ptr_eq(strstr(diag_message(context), "no JSON: "), diag_message(context));
    return STATUS_OK;
}

START_TEST(test_what_is_no_json_is_refused) {
    run_in_context(refuse, (void *)refused[_i]);
}
END_TEST

static Status nest(Context *context, void *data) {
    char text[129];
    const Json *json;
    size_t depth = *(const size_t *)data;
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    text[2 * depth] = '\0';
    return json_read(context, text, &json);
}

static Status nest_too_deeply(Context *context, void *data) {
    char text[1000];
    const Json *json;
    (void)data;
    memset(text, '[', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ck_assert_int_eq(json_read(context, text, &json), STATUS_INVALID);
    ck_assert_str_eq(diag_message(context), "no JSON: nested too deeply at byte 64");
    return STATUS_OK;
}

START_TEST(test_depth) {
    size_t depth = 64;
    run_in_context(nest, &depth);
    run_in_context(nest_too_deeply, NULL);
}
END_TEST

static Status write_and_read(Context *context, void *data) {
    static const double numbers[] = {0, -1, 0.1, 1e21, 1e-7, DBL_MAX, 5e-324, 123456789012345678.0};
    char every[256];
    const Json *json;
    (void)data;
    for (int i = 0; i < 255; i++) every[i] = (char)(i + 1);
    every[255] = '\0';
    JsonWriter writer = json_writer_new(context);
    json_open(&writer, NULL, '{');
    json_open(&writer, "numbers", '[');
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) json_put_number(&writer, NULL, numbers[i]);
    json_put_number(&writer, NULL, NAN);
    json_close(&writer, ']');
    json_put_string(&writer, "every", every);
    json_put_string(&writer, "none", NULL);
    json_put_bool(&writer, "yes", true);
    json_close(&writer, '}');
    TRY(json_read(context, text_string(&writer.text), &json));
    const Json *number = json_member(json, "numbers")->first;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++, number = number->next)
        ck_assert_double_eq(number->number, numbers[i]);
    ck_assert_int_eq(number->kind, JSON_NULL);
    ck_assert_str_eq(json_get_string(json, "every"), every);
    ck_assert_int_eq(json_member(json, "none")->kind, JSON_NULL);
    ck_assert(json_get_bool(json, "yes"));
    return STATUS_OK;
}

START_TEST(test_that_what_is_written_reads_back) {
    run_in_context(write_and_read, NULL);
}
END_TEST

static Status print_small(Context *context, void *data) {
    JsonWriter writer = json_writer_new(context);
    (void)data;
    json_open(&writer, NULL, '{');
    json_open(&writer, "a", '[');
    json_close(&writer, ']');
    json_put_number(&writer, "b", 1);
    json_open(&writer, "c", '{');
    json_put_string(&writer, "d", "\t\"");
    json_close(&writer, '}');
    json_put_bool(&writer, "e", false);
    json_close(&writer, '}');
    ck_assert_str_eq(text_string(&writer.text), "{\"a\":[],\"b\":1,\"c\":{\"d\":\"\\u0009\\\"\"},\"e\":false}");
    return STATUS_OK;
}

START_TEST(test_the_text_that_is_written) {
    run_in_context(print_small, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("json");
    tcase_add_test(tests, test_reading);
    tcase_add_loop_test(tests, test_what_is_no_json_is_refused, 0, sizeof refused / sizeof refused[0]);
    tcase_add_test(tests, test_depth);
    tcase_add_test(tests, test_that_what_is_written_reads_back);
    tcase_add_test(tests, test_the_text_that_is_written);
    return run_tests(tests);
}
