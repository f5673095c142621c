/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs on several threads: each is run once, the first failure of the list counts, notes arrive. */
#include <stdatomic.h>
#include <stdio.h>

#include "cli/jobs.h"
#include "tests/base/failing_allocator.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

enum { JOBS = 100 };

typedef struct Counting {
    atomic_int runs[JOBS];
    size_t fails_from; /* jobs from this one on fail */
    const char *texts[JOBS];
} Counting;

static Status count_run(Context *context, size_t index, void *data) {
    Counting *counting = data;
    atomic_fetch_add(&counting->runs[index], 1);
    counting->texts[index] = arena_format(context, "job %zu", index);
    if (index == 7) diag_note(context, "seven");
    if (index < counting->fails_from) return STATUS_OK;
    return diag_error(context, STATUS_UNSUPPORTED, "job %zu fails", index);
}

static Status run_all(Context *context, void *data) {
    int workers = *(const int *)data;
    Counting counting = {.fails_from = JOBS};
    char text[32];
    Jobs *jobs;
    TRY(jobs_new(context, workers, &jobs));
    for (int round = 1; round <= 2; round++) {
        TRY(jobs_run(jobs, JOBS, count_run, &counting));
        for (int i = 0; i < JOBS; i++) ck_assert_int_eq(atomic_load(&counting.runs[i]), round);
        ck_assert_str_eq(diag_note_get(context, (size_t)round - 1), "seven");
    }
    ck_assert_ptr_null(diag_note_get(context, 2));
    for (int i = 0; i < JOBS; i++) {
        snprintf(text, sizeof text, "job %d", i);
        ck_assert_str_eq(counting.texts[i], text);
    }
    TRY(jobs_run(jobs, 0, count_run, &counting));
    jobs_free(jobs);
    return STATUS_OK;
}

static const int workers[] = {1, 2, 3, JOBS_MAX_WORKERS};

START_TEST(test_that_each_job_is_run_once) {
    int count = workers[_i];
    run_in_context(run_all, &count);
}
END_TEST

static Status run_failing(Context *context, void *data) {
    int count = *(const int *)data;
    Counting counting = {.fails_from = 40};
    Jobs *jobs;
    TRY(jobs_new(context, count, &jobs));
    ck_assert_int_eq(jobs_run(jobs, JOBS, count_run, &counting), STATUS_UNSUPPORTED);
    ck_assert_str_eq(diag_message(context), "job 40 fails");
    for (int i = 0; i <= 40; i++) ck_assert_int_eq(atomic_load(&counting.runs[i]), 1);
    jobs_free(jobs);
    diag_clear(context);
    return STATUS_OK;
}

START_TEST(test_that_the_first_failure_counts) {
    int count = workers[_i];
    run_in_context(run_failing, &count);
}
END_TEST

static Status make_jobs(Context *context, void *data) {
    (void)data;
    Jobs *jobs;
    TRY(jobs_new(context, 3, &jobs));
    jobs_free(jobs);
    return STATUS_OK;
}

START_TEST(test_that_running_out_of_memory_is_reported) {
    ck_assert_uint_gt(run_until_memory_suffices(make_jobs, NULL), 1);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("jobs");
    tcase_add_loop_test(tests, test_that_each_job_is_run_once, 0, 4);
    tcase_add_loop_test(tests, test_that_the_first_failure_counts, 0, 4);
    tcase_add_test(tests, test_that_running_out_of_memory_is_reported);
    return run_tests(tests);
}
