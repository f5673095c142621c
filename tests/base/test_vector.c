/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/vector.h. */
#include "base/vector.h"

#include <stdint.h>

#include "tests/base/failing_allocator.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

static Status push_squares(Context *context, void *data) {
    (void)data;
    VECTOR(size_t) squares = {0};
    for (size_t i = 0; i < 5000; i++) VECTOR_PUSH(context, &squares, i * i);
    ck_assert_uint_eq(squares.count, 5000);
    ck_assert_uint_lt(squares.capacity, 10000);
    for (size_t i = 0; i < squares.count; i++) ck_assert_uint_eq(squares.items[i], i * i);
    return STATUS_OK;
}

START_TEST(test_push_keeps_what_is_there) {
    run_in_context(push_squares, NULL);
}
END_TEST

START_TEST(test_each_failure_of_memory_unwinds) {
    ck_assert_uint_gt(run_until_memory_suffices(push_squares, NULL), 3);
}
END_TEST

static Status grow_beyond_memory(Context *context, void *data) {
    (void)data;
    size_t capacity = SIZE_MAX / 4;
    vector_grow(context, NULL, capacity, &capacity, 16);
    return STATUS_OK;
}

static Status expect_no_memory(void *data) {
    return grow_beyond_memory(data, NULL);
}

START_TEST(test_overflow_is_no_memory) {
    Context *context = NULL;
    ck_assert_int_eq(context_new(alloc_default(), &context), STATUS_OK);
    ck_assert_int_eq(context_run(context, expect_no_memory, context), STATUS_NO_MEMORY);
    context_free(context);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("vector");
    tcase_add_test(tests, test_push_keeps_what_is_there);
    tcase_add_test(tests, test_each_failure_of_memory_unwinds);
    tcase_add_test(tests, test_overflow_is_no_memory);
    return run_tests(tests);
}
