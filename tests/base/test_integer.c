/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of integer arithmetic: what distinguishes floor, ceil and C's rounding towards zero. */
#include "base/integer.h"

#include "tests/support/run.h"

START_TEST(test_division) {
    for (int64_t divisor = 1; divisor <= 5; divisor++) {
        for (int64_t a = -17; a <= 17; a++) {
            int64_t down = integer_floor_div(a, divisor), up = integer_ceil_div(a, divisor);
            ck_assert(down * divisor <= a && a < (down + 1) * divisor);
            ck_assert((up - 1) * divisor < a && a <= up * divisor);
            ck_assert_int_eq(integer_floor_mod(a, divisor), a - down * divisor);
        }
    }
    ck_assert_int_eq(integer_ceil_div(INT64_MAX, 2), INT64_MAX / 2 + 1);
    ck_assert_int_eq(integer_floor_div(INT64_MIN, 2), INT64_MIN / 2);
}
END_TEST

START_TEST(test_gcd) {
    ck_assert_int_eq(integer_gcd(12, 18), 6);
    ck_assert_int_eq(integer_gcd(-12, 18), 6);
    ck_assert_int_eq(integer_gcd(12, -18), 6);
    ck_assert_int_eq(integer_gcd(0, -7), 7);
    ck_assert_int_eq(integer_gcd(-7, 0), 7);
    ck_assert_int_eq(integer_gcd(0, 0), 0);
}
END_TEST

START_TEST(test_min_max) {
    ck_assert_int_eq(integer_min(-3, 2), -3);
    ck_assert_int_eq(integer_max(-3, 2), 2);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("integer");
    tcase_add_test(tests, test_division);
    tcase_add_test(tests, test_gcd);
    tcase_add_test(tests, test_min_max);
    return run_tests(tests);
}
