/* SPDX-License-Identifier: Apache-2.0 */
/* tuner/guarded.h: every stray access is found. */
#include "tuner/guarded.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/support/run.h"

static Context *context;
static Guarded buffer;

static void setup(void) {
    signal(SIGSEGV, SIG_DFL); /* not a sanitizer's handler: the tests below expect the signal */
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    ck_assert_int_eq(context_new(alloc_default(), &context), STATUS_OK);
}

static void teardown(void) {
    guarded_free(&buffer);
    context_free(context);
}

static volatile unsigned char *new_bytes(size_t bytes, size_t alignment) {
    ck_assert_int_eq(guarded_new(context, bytes, alignment, &buffer), STATUS_OK);
    return buffer.data;
}

START_TEST(test_that_data_is_aligned_zero_and_writable) {
    static const size_t sizes[] = {4, 60, 4096, 5000, 1 << 20};
    volatile unsigned char *data = new_bytes(sizes[_i], 64);
    ck_assert_uint_eq((uintptr_t)data % 64, 0);
    for (size_t i = 0; i < sizes[_i]; i++) {
        ck_assert_uint_eq(data[i], 0);
        data[i] = 1;
    }
    ck_assert(guarded_intact(&buffer));
}
END_TEST

START_TEST(test_that_no_bytes_are_no_buffer) {
    ck_assert_ptr_null((const void *)new_bytes(0, 64));
    guarded_make_constant(&buffer);
    ck_assert(guarded_intact(&buffer));
}
END_TEST

START_TEST(test_that_reading_behind_the_end_crashes) {
    (void)new_bytes(20, 4)[20];
}
END_TEST

START_TEST(test_that_reading_far_before_the_start_crashes) {
    (void)new_bytes(20, 4)[-4096];
}
END_TEST

START_TEST(test_that_writing_a_constant_crashes) {
    volatile unsigned char *data = new_bytes(20, 4);
    guarded_make_constant(&buffer);
    ck_assert_uint_eq(data[0], 0);
    data[0] = 1;
}
END_TEST

START_TEST(test_that_writing_before_the_start_is_seen) {
    new_bytes(20, 4)[-1] = 0;
    ck_assert(!guarded_intact(&buffer));
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("guarded");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, test_that_data_is_aligned_zero_and_writable, 0, 5);
    tcase_add_test(tests, test_that_no_bytes_are_no_buffer);
    tcase_add_test_raise_signal(tests, test_that_reading_behind_the_end_crashes, SIGSEGV);
    tcase_add_test_raise_signal(tests, test_that_reading_far_before_the_start_crashes, SIGSEGV);
    tcase_add_test_raise_signal(tests, test_that_writing_a_constant_crashes, SIGSEGV);
    tcase_add_test(tests, test_that_writing_before_the_start_is_seen);
    return run_tests(tests);
}
