/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/alloc.h, and of the failing allocator that other tests build on. */
#include "base/alloc.h"

#include <string.h>

#include "tests/base/failing_allocator.h"
#include "tests/support/run.h"

START_TEST(test_resize_keeps_contents) {
    const Allocator *allocator = alloc_default();
    char *block = alloc_new(allocator, 4);
    memcpy(block, "abc", 4);
    block = alloc_resize(allocator, block, 4000);
    ck_assert_str_eq(block, "abc");
    alloc_free(allocator, block);
    alloc_free(allocator, NULL);
}
END_TEST

START_TEST(test_failing_allocator_fails_once_and_counts) {
    FailingAllocator failing;
    failing_allocator_init(&failing, 2);
    void *first = alloc_new(&failing.allocator, 8);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(alloc_resize(&failing.allocator, first, 16));
    void *second = alloc_new(&failing.allocator, 8);
    ck_assert_ptr_nonnull(second);
    ck_assert_uint_eq(failing.live_blocks, 2);
    alloc_free(&failing.allocator, first);
    alloc_free(&failing.allocator, second);
    ck_assert_uint_eq(failing.live_blocks, 0);
    ck_assert_uint_eq(failing.requests, 3);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("alloc");
    tcase_add_test(tests, test_resize_keeps_contents);
    tcase_add_test(tests, test_failing_allocator_fails_once_and_counts);
    return run_tests(tests);
}
