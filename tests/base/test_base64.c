/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/base64.h with the vectors of RFC 4648, section 10. */
#include "base/base64.h"

#include <string.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"

static const char *const vectors[][2] = {{"", ""},
                                         {"f", "Zg=="},
                                         {"fo", "Zm8="},
                                         {"foo", "Zm9v"},
                                         {"foob", "Zm9vYg=="},
                                         {"fooba", "Zm9vYmE="},
                                         {"foobar", "Zm9vYmFy"}};

static Status convert(Context *context, void *data) {
    const char *const *vector = data, *bytes;
    size_t length;
    ck_assert_str_eq(base64_encode(context, vector[0], strlen(vector[0])), vector[1]);
    TRY(base64_decode(context, vector[1], &bytes, &length));
    ck_assert_uint_eq(length, strlen(vector[0]));
    ck_assert_mem_eq(bytes, vector[0], length);
    return STATUS_OK;
}

START_TEST(test_vectors) {
    run_in_context(convert, (void *)vectors[_i]);
}
END_TEST

static Status convert_all_bytes(Context *context, void *data) {
    char all[256];
    const char *bytes;
    size_t length;
    (void)data;
    for (int i = 0; i < 256; i++) all[i] = (char)i;
    TRY(base64_decode(context, base64_encode(context, all, sizeof all), &bytes, &length));
    ck_assert_uint_eq(length, sizeof all);
    ck_assert_mem_eq(bytes, all, length);
    return STATUS_OK;
}

START_TEST(test_all_bytes) {
    run_in_context(convert_all_bytes, NULL);
}
END_TEST

static const char *const refused[] = {"Z", "Zg", "Zg=", "Zg==Zg==", "Z===", "====", "Zm9v\n", "Zm 9", "Zm9-"};

static Status refuse(Context *context, void *data) {
    const char *bytes;
    size_t length;
    ck_assert_int_eq(base64_decode(context, data, &bytes, &length), STATUS_INVALID);
    return STATUS_OK;
}

START_TEST(test_other_texts_are_refused) {
    run_in_context(refuse, (void *)refused[_i]);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("base64");
    tcase_add_loop_test(tests, test_vectors, 0, sizeof vectors / sizeof vectors[0]);
    tcase_add_test(tests, test_all_bytes);
    tcase_add_loop_test(tests, test_other_texts_are_refused, 0, sizeof refused / sizeof refused[0]);
    return run_tests(tests);
}
