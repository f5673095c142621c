/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the arena in base/context.h: alignment, zeroing, many sizes, unwinding. */
#include "base/context.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "tests/base/failing_allocator.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

enum { SIZES = 3000 };

/* Sizes that fit, that fill a block exactly, and that are larger than any block. */
static size_t size_of_nth(size_t n) {
    static const size_t unusual[] = {0, 1, 4096, 4097, 300000, 262144};
    return n % 500 == 7 ? unusual[n / 500] : (n * 37) % 200;
}

/* Whether all bytes have the value: one assertion for each would take seconds. */
static bool all_bytes_are(const unsigned char *bytes, size_t count, unsigned char value) {
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != value) return false;
    }
    return true;
}

static Status fill_arena(Context *context, void *data) {
    (void)data;
    unsigned char **objects = ARENA_ARRAY(context, unsigned char *, SIZES);
    for (size_t n = 0; n < SIZES; n++) {
        objects[n] = arena_alloc(context, size_of_nth(n));
        ck_assert_uint_eq((uintptr_t)objects[n] % alignof(max_align_t), 0);
        ck_assert(all_bytes_are(objects[n], size_of_nth(n), 0));
        memset(objects[n], (int)(n % 251), size_of_nth(n));
    }
    for (size_t n = 0; n < SIZES; n++) {
        ck_assert(all_bytes_are(objects[n], size_of_nth(n), (unsigned char)(n % 251)));
    }
    return STATUS_OK;
}

START_TEST(test_objects_are_zeroed_aligned_and_apart) {
    run_in_context(fill_arena, NULL);
}
END_TEST

START_TEST(test_each_failure_of_memory_unwinds) {
    size_t failures = run_until_memory_suffices(fill_arena, NULL);
    ck_assert_uint_gt(failures, 5);
}
END_TEST

static Status copy_strings(Context *context, void *data) {
    (void)data;
    ck_assert_str_eq(arena_string(context, "seven loops"), "seven loops");
    ck_assert_str_eq(arena_substring(context, "seven loops", 5), "seven");
    ck_assert_str_eq(arena_substring(context, "", 0), "");
    ck_assert_str_eq(arena_format(context, "%s=%d", "r", 3), "r=3");
    const char *wide = arena_format(context, "%5000d", 1);
    ck_assert_uint_eq(strlen(wide), 5000);
    return STATUS_OK;
}

START_TEST(test_strings) {
    run_in_context(copy_strings, NULL);
    run_until_memory_suffices(copy_strings, NULL);
}
END_TEST

static Status ask_for_too_much(void *data) {
    Context *context = data;
    arena_array(context, SIZE_MAX / 2, 3);
    ck_abort_msg("an array larger than the address space was handed out");
    return STATUS_OK;
}

static Status ask_inside(void *data) {
    Context *context = data;
    ck_assert_int_eq(context_run(context, ask_for_too_much, context), STATUS_NO_MEMORY);
    ck_assert_ptr_nonnull(arena_alloc(context, 100));
    return STATUS_REFUSED;
}

START_TEST(test_runs_nest) {
    Context *context = NULL;
    ck_assert_int_eq(context_new(alloc_default(), &context), STATUS_OK);
    ck_assert_ptr_eq(context_allocator(context), alloc_default());
    ck_assert_int_eq(context_run(context, ask_inside, context), STATUS_REFUSED);
    ck_assert_str_eq(diag_message(context), "out of memory");
    context_free(context);
    context_free(NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("context");
    tcase_add_test(tests, test_objects_are_zeroed_aligned_and_apart);
    tcase_add_test(tests, test_each_failure_of_memory_unwinds);
    tcase_add_test(tests, test_strings);
    tcase_add_test(tests, test_runs_nest);
    return run_tests(tests);
}
