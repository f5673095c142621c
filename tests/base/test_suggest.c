/* SPDX-License-Identifier: Apache-2.0 */
/* base/suggest.h: slips find their word, strangers find none. */
#include "base/suggest.h"

#include <stdint.h>
#include <string.h>

#include "tests/support/run.h"

static const char *const words[] = {"compile", "show", "check", "targets", "pad", NULL};

static const char *suggested(const char *word) {
    return suggest_word(word, strlen(word), words, SIZE_MAX);
}

START_TEST(test_that_slips_find_their_word) {
    ck_assert_str_eq(suggested("compil"), "compile");
    ck_assert_str_eq(suggested("ccheck"), "check");
    ck_assert_str_eq(suggested("chekc"), "check");
    ck_assert_str_eq(suggested("shew"), "show");
    ck_assert_str_eq(suggested("tragest"), "targets");
    ck_assert_str_eq(suggested("pda"), "pad");
    ck_assert_str_eq(suggested("pad"), "pad");
}
END_TEST

START_TEST(test_that_beginnings_find_their_word) {
    ck_assert_str_eq(suggested("padding"), "pad");
    ck_assert_str_eq(suggested("tar"), "targets");
    ck_assert_ptr_null(suggested("ta"));
    ck_assert_ptr_null(suggested("unpadded"));
}
END_TEST

START_TEST(test_that_strangers_find_none) {
    ck_assert_ptr_null(suggested("tune"));
    ck_assert_ptr_null(suggested(""));
    ck_assert_ptr_null(suggested("x"));
    ck_assert_ptr_null(suggested("a word that is longer than any that somebody would mistype"));
}
END_TEST

START_TEST(test_that_only_the_given_part_counts) {
    ck_assert_str_eq(suggest_word("shwo=1", 4, words, 2), "show");
    ck_assert_ptr_null(suggest_word("check", 5, words, 2));
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("suggest");
    tcase_add_test(tests, test_that_slips_find_their_word);
    tcase_add_test(tests, test_that_beginnings_find_their_word);
    tcase_add_test(tests, test_that_strangers_find_none);
    tcase_add_test(tests, test_that_only_the_given_part_counts);
    return run_tests(tests);
}
