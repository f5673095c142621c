/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/text.h: building, and decimals that are short, exact and the same in every locale. */
#include "base/text.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/base/failing_allocator.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

static Status build(Context *context, void *data) {
    (void)data;
    Text text = text_new(context);
    ck_assert_str_eq(text_string(&text), "");
    text_add_string(&text, "");
    ck_assert_str_eq(text_string(&text), "");
    text_add_repeat(&text, ' ', 4);
    text_add(&text, "for %s in %d", "k", 64);
    text_add_string(&text, ":\n");
    ck_assert_str_eq(text_string(&text), "    for k in 64:\n");
    text_add_repeat(&text, '-', 10000);
    for (int i = 0; i < 2000; i++) text_add(&text, "%d,", i);
    ck_assert_uint_eq(strlen(text_string(&text)), text.length);
    ck_assert_uint_eq(text.length, 17 + 10000 + 10 * 2 + 90 * 3 + 900 * 4 + 1000 * 5);
    ck_assert_int_eq(strcmp(text_string(&text) + text.length - 10, "1998,1999,"), 0);
    return STATUS_OK;
}

START_TEST(test_building) {
    run_in_context(build, NULL);
    ck_assert_uint_gt(run_until_memory_suffices(build, NULL), 3);
}
END_TEST

static const char *number(Context *context, double value) {
    Text text = text_new(context);
    text_add_number(&text, value);
    return text_string(&text);
}

static Status print_numbers(Context *context, void *data) {
    (void)data;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {6, "6"},
        {-1, "-1"},
        {0.1, "0.1"},
        {100, "100"},
        {1024.5, "1024.5"},
        {1e-30, "1e-30"},
        {-2.5e-7, "-2.5e-7"},
        {0.00001, "0.00001"},
        {1.0 / 3, "0.3333333333333333"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1e15, "1000000000000000"},
        {1e16, "1e16"},
        {123456789012345680.0, "1.2345678901234568e17"},
        {DBL_MAX, "1.7976931348623157e308"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {DBL_TRUE_MIN, "5e-324"},
        {5e-1, "0.5"},
        {(double)0.1F, "0.10000000149011612"},
        {(double)INFINITY, "inf"},
        {-(double)INFINITY, "-inf"},
        {(double)NAN, "nan"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_str_eq(number(context, cases[i].value), cases[i].text);
    }
    return STATUS_OK;
}

START_TEST(test_numbers) {
    run_in_context(print_numbers, NULL);
}
END_TEST

static Status read_back_random_numbers(Context *context, void *data) {
    (void)data;
    uint64_t bits = 0x9E3779B97F4A7C15U;
    for (int i = 0; i < 20000; i++) {
        bits = bits * 6364136223846793005U + 1442695040888963407U;
        double value = 0;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) continue;
        double read = strtod(number(context, value), NULL);
        ck_assert_mem_eq(&read, &value, sizeof value);
    }
    return STATUS_OK;
}

START_TEST(test_numbers_read_back_exactly) {
    run_in_context(read_back_random_numbers, NULL);
}
END_TEST

/* Finds a locale of this machine that writes 0,5; NULL if there is none. */
static const char *set_comma_locale(void) {
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8", "de_DE", "fr_FR"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (setlocale(LC_NUMERIC, names[i]) != NULL) return names[i];
    }
    return NULL;
}

START_TEST(test_numbers_ignore_the_locale) {
    if (set_comma_locale() == NULL) {
        puts("SKIPPED: no locale with a decimal comma is installed");
        return;
    }
    run_in_context(print_numbers, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("text");
    tcase_add_test(tests, test_building);
    tcase_add_test(tests, test_numbers);
    tcase_add_test(tests, test_numbers_read_back_exactly);
    tcase_add_test(tests, test_numbers_ignore_the_locale);
    return run_tests(tests);
}
