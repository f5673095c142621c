/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the scalar types: spellings, and rounding at the edges of each format. */
#include "ir/types.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "tests/support/run.h"

START_TEST(test_names_are_found) {
    static const char *const names[] = {"f64", "f32", "f16", "bf16", "s32", "s8", "u8"};
    static const size_t bytes[] = {8, 4, 2, 2, 4, 1, 1};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ScalarType type;
        ck_assert(type_find(names[i], strlen(names[i]), &type));
        ck_assert_str_eq(type_name(type), names[i]);
        ck_assert_uint_eq(type_bytes(type), bytes[i]);
    }
    ScalarType untouched = TYPE_U8;
    ck_assert(!type_find("f3", 2, &untouched));
    ck_assert(!type_find("f324", 4, &untouched));
    ck_assert_int_eq(untouched, TYPE_U8);
}
END_TEST

START_TEST(test_rounding) {
    static const struct {
        ScalarType type;
        double value, rounded;
    } cases[] = {
        {TYPE_F64, 0.1, 0.1},
        {TYPE_F32, 0.1, 0.1f},
        {TYPE_F32, 0x1p-149, 0x1p-149},
        {TYPE_F32, 0x1p-150, 0}, /* halfway to the smallest subnormal: to even */
        {TYPE_F32, 0x1.8p-150, 0x1p-149},
        {TYPE_F32, 0x1.FFFFFEp127, 0x1.FFFFFEp127},
        {TYPE_F32, -0x1.FFFFFFp127, -INFINITY},
        {TYPE_F32, INFINITY, INFINITY},
        {TYPE_F16, 1 + 0x1p-11, 1}, /* ties to even, both ways */
        {TYPE_F16, 1 + 0x3p-11, 1 + 0x2p-10},
        {TYPE_F16, 65504, 65504},
        {TYPE_F16, 65519.99, 65504},
        {TYPE_F16, 65520, INFINITY},
        {TYPE_F16, 0x1p-24, 0x1p-24},
        {TYPE_F16, 0x1.8p-24, 0x1p-23},
        {TYPE_F16, -0x1p-25, 0},
        {TYPE_BF16, 1 + 0x1p-8, 1},
        {TYPE_BF16, 1 + 0x1p-8 + 0x1p-40, 1 + 0x1p-7}, /* by way of f32 it would be 1 */
        {TYPE_BF16, 0x1.FFp127, INFINITY},
        {TYPE_BF16, 0x1p-133, 0x1p-133},
        {TYPE_S32, 2.5, 2},
        {TYPE_S32, 3e9, INT32_MAX},
        {TYPE_S32, -INFINITY, INT32_MIN},
        {TYPE_S8, 3.5, 4},
        {TYPE_S8, -128.6, -128},
        {TYPE_S8, NAN, 0},
        {TYPE_U8, 255.4, 255},
        {TYPE_U8, 300, 255},
        {TYPE_U8, -1, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double rounded = type_round(cases[i].type, cases[i].value);
        ck_assert_msg(rounded == cases[i].rounded, "%s of %a is %a, not %a", type_name(cases[i].type), cases[i].value,
                      rounded, cases[i].rounded);
    }
    ck_assert(isnan(type_round(TYPE_F16, NAN)));
}
END_TEST

/* The compiler's own conversion is the judge of f32. */
START_TEST(test_f32_agrees_with_the_hardware) {
    uint64_t state = 1;
    for (int i = 0; i < 100000; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        double value = ldexp((double)(int64_t)state, (int)(state % 400) - 260);
        ck_assert(type_round(TYPE_F32, value) == (double)(float)value);
    }
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("types");
    tcase_add_test(tests, test_names_are_found);
    tcase_add_test(tests, test_rounding);
    tcase_add_test(tests, test_f32_agrees_with_the_hardware);
    return run_tests(tests);
}
