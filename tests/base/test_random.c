/* SPDX-License-Identifier: Apache-2.0 */
/* base/random.h: reproducible, in range, and of the right shape. */
#include "base/random.h"

#include <math.h>

#include "tests/support/run.h"

START_TEST(test_that_a_seed_gives_its_sequence) {
    Random first = {0}, again = random_new(7, 1), same = random_new(7, 1), other = random_new(7, 2);
    ck_assert(random_bits(&first) == UINT64_C(0xE220A8397B1DCDAF)); /* the published first output for state 0 */
    uint64_t bits = random_bits(&again);
    ck_assert(bits == random_bits(&same));
    ck_assert(bits != random_bits(&other));
}
END_TEST

START_TEST(test_that_integers_fill_their_range) {
    Random random = random_new(1, 0);
    int seen[5] = {0};
    for (int i = 0; i < 5000; i++) {
        int64_t drawn = random_integer(&random, -2, 2);
        ck_assert(drawn >= -2 && drawn <= 2);
        seen[drawn + 2]++;
    }
    for (int i = 0; i < 5; i++) ck_assert_int_gt(seen[i], 850);
    ck_assert(random_integer(&random, 3, 3) == 3);
    ck_assert(random_once_in(&random, 1));
}
END_TEST

START_TEST(test_that_distributions_have_their_moments) {
    enum { COUNT = 20000 };
    Random random = random_new(1, 0);
    double uniform = 0, normal = 0, squares = 0;
    for (int i = 0; i < COUNT; i++) {
        double u = random_uniform(&random), z = random_normal(&random);
        ck_assert(u >= 0 && u < 1);
        uniform += u;
        normal += z;
        squares += z * z;
    }
    ck_assert_double_eq_tol(uniform / COUNT, 0.5, 0.02);
    ck_assert_double_eq_tol(normal / COUNT, 0, 0.03);
    ck_assert_double_eq_tol(squares / COUNT, 1, 0.05);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("random");
    tcase_add_test(tests, test_that_a_seed_gives_its_sequence);
    tcase_add_test(tests, test_that_integers_fill_their_range);
    tcase_add_test(tests, test_that_distributions_have_their_moments);
    return run_tests(tests);
}
