/* SPDX-License-Identifier: Apache-2.0 */
/* The accuracy of activations, as compiler/llvm/function.c states it: kernels that do nothing else, over numbers of all
 * exponents and both signs, against libm in f64. SEPTET_MANTISSAS in the environment asks for more numbers an exponent
 * (8388608: all of them). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "compiler/llvm/emit.h"
#include "ir/expr.h"
#include "tests/compiler/llvm/plans.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tuner/kernel.h"

enum { PIXELS = 4096, DEFAULT_MANTISSAS = 2048, EXPONENTS = 255, MANTISSA_BITS = 23, PACKED_BYTES = 256 };

typedef struct Case {
    const char *epilogue;
    FunctionKind function;
    double slope;           /* leaky_relu */
    double units, relative; /* largest errors: in units of the last place, relative in 2^-24; of normal results */
    double tiny;            /* absolute error of results below them, in the smallest number */
    float at_minus_infinity, at_infinity;
} Case;

static const Case cases[] = {
    {"relu", FUNCTION_RELU, 0, 0, 0, 0, 0, INFINITY},
    {"leaky_relu=0.1", FUNCTION_LEAKY_RELU, (double)0.1F, 0.5, 1, 0.5, -INFINITY, INFINITY},
    {"hardswish", FUNCTION_HARDSWISH, 0, 2.5, 3, 1, NAN, INFINITY},
    {"sigmoid", FUNCTION_SIGMOID, 0, 2.2, 3, 1, 0, 1},
    {"silu", FUNCTION_SILU, 0, 2.9, 4, 1.2, 0, INFINITY},
};

enum { CASE_COUNT = sizeof cases / sizeof cases[0] };

/* A kernel of one channel and PIXELS pixels that applies the function. */
typedef struct Fixture {
    const Case *test;
    Kernel kernel;
    float x[PIXELS], y[PIXELS];
    _Alignas(64) char packed[PACKED_BYTES];
    double units, relative, tiny; /* the largest so far */
} Fixture;

static float from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void run_kernel(Fixture *f) {
    ck_assert_int_eq(kernel_call(&f->kernel, f->x, f->packed, NULL, NULL, f->y, NULL), SEPTET_OK);
}

static double exact(const Case *test, float value) {
    const double arguments[EXPR_MAX_ARGUMENTS] = {(double)value, test->slope};
    return function_evaluate(test->function, arguments);
}

/* Raises the errors by that of one result. */
static void note_error(Fixture *f, float x, float y) {
    double wanted = exact(f->test, x), error = fabs((double)y - wanted);
    if (fabs(wanted) < 0x1p-126) {
        f->tiny = fmax(f->tiny, error / 0x1p-149);
    } else if (error > 0) {
        f->units = fmax(f->units, error / ldexp(1, ilogb(wanted) - MANTISSA_BITS));
        f->relative = fmax(f->relative, error / fabs(wanted) / 0x1p-24);
    }
    if (isnan(y)) ck_abort_msg("%s(%a) is NaN", f->test->epilogue, (double)x);
}

static void compare_pixels(Fixture *f) {
    run_kernel(f);
    for (int i = 0; i < PIXELS; i++) note_error(f, f->x[i], f->y[i]);
}

/* Numbers of one sign and exponent, evenly spaced with a random offset. */
static void check_exponent(Fixture *f, uint32_t high_bits, int64_t mantissas, Random *random) {
    ck_assert_int_gt(mantissas, 0);
    int64_t step = ((int64_t)1 << MANTISSA_BITS) / mantissas;
    for (int64_t i = 0; i < mantissas; i++) {
        int64_t mantissa = i * step + random_integer(random, 0, step - 1);
        f->x[i % PIXELS] = from_bits(high_bits | (uint32_t)mantissa);
        if (i % PIXELS == PIXELS - 1 || i == mantissas - 1) compare_pixels(f);
    }
}

static void check_special_values(Fixture *f) {
    const float values[] = {-INFINITY, INFINITY, NAN, 0, -0.0F};
    memcpy(f->x, values, sizeof values);
    run_kernel(f);
    const float wanted[] = {f->test->at_minus_infinity, f->test->at_infinity};
    for (int i = 0; i < 2; i++)
        ck_assert_msg(f->y[i] == wanted[i] || (isnan(f->y[i]) && isnan(wanted[i])), "%s(%g) is %g", f->test->epilogue,
                      (double)values[i], (double)f->y[i]);
    bool keeps_nan = f->test->function != FUNCTION_RELU;
    ck_assert_msg(isnan(f->y[2]) == keeps_nan, "%s(NaN) is %g", f->test->epilogue, (double)f->y[2]);
    for (int i = 3; i < 5; i++) ck_assert_double_eq((double)f->y[i], exact(f->test, 0));
    memset(f->x, 0, sizeof f->x);
}

static void check_numbers(Fixture *f, const char *target) {
    const char *asked = getenv("SEPTET_MANTISSAS");
    int64_t mantissas = asked != NULL ? atoll(asked) : DEFAULT_MANTISSAS;
    Random random = random_new(3, 0);
    for (uint32_t sign = 0; sign < 2; sign++)
        for (uint32_t exponent = 0; exponent < EXPONENTS; exponent++)
            check_exponent(f, sign << 31 | exponent << MANTISSA_BITS, mantissas, &random);
    const Case *test = f->test;
    bool is_fine = f->units <= test->units && f->relative <= test->relative && f->tiny <= test->tiny;
    ck_assert_msg(is_fine, "%s on %s: %g units, %g * 2^-24 relative, %g of the smallest number", test->epilogue, target,
                  f->units, f->relative, f->tiny);
    if (asked != NULL)
        printf("%s on %s: %g units, %g * 2^-24 relative, %g of the smallest number\n", test->epilogue, target, f->units,
               f->relative, f->tiny);
}

typedef struct Choice {
    const Case *test;
    const Target *target;
} Choice;

static Status check_function(Context *context, void *data) {
    const Choice *choice = data;
    static Fixture fixture;
    const char *problem = arena_format(context,
                                       "conv2d n=1 g=1 c=1 h=1 w=%d k=1 p=1 q=%d r=1 s=1 stride=1,1 pad=0,0,0,0 "
                                       "dilation=1,1 type=f32,f32,f32 layout=nchw,nchw epilogue=%s",
                                       PIXELS, PIXELS, choice->test->epilogue);
    const Plan *plan = NULL;
    const char *bytes = NULL;
    size_t length = 0;
    const float one = 1;
    fixture = (Fixture){.test = choice->test};
    TRY(plan_of(context, choice->target->name, problem, NULL, &plan));
    TRY(emit_kernel(context, plan, EMIT_OBJECT, &bytes, &length));
    TRY(kernel_load(context, plan->name, &plan->problem, bytes, length, &fixture.kernel));
    ck_assert_int_eq(fixture.kernel.pack(&one, fixture.packed), SEPTET_OK);
    check_special_values(&fixture);
    check_numbers(&fixture, choice->target->name);
    kernel_unload(&fixture.kernel);
    return STATUS_OK;
}

START_TEST(test_accuracy) {
    const char *missing = NULL;
    Choice choice = {&cases[_i % CASE_COUNT], target_get((size_t)(_i / CASE_COUNT))};
    if (!target_runs_here(choice.target, &missing)) {
        printf("SKIPPED: functions on %s; this machine lacks %s\n", choice.target->name, missing);
        return;
    }
    run_in_context(check_function, &choice);
}
END_TEST

int main(void) {
    int targets = 0;
    while (target_get((size_t)targets) != NULL) targets++;
    TCase *tests = tcase_create("functions");
    tcase_set_timeout(tests, 3600);
    tcase_add_loop_test(tests, test_accuracy, 0, targets * CASE_COUNT);
    return run_tests(tests);
}
