/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs take turns, are run before they are timed, and times are those of one run. */
#include <stdlib.h>
#include <time.h>

#include "tests/support/run.h"
#include "tuner/measuring/timing.h"

/* Notes the order in which jobs run. */
typedef struct Probe {
    char *log; /* of both jobs */
    size_t *length;
    char letter;
    long sleep_ns;
} Probe;

enum { LOG_BYTES = 1 << 16 };

static void run_probe(void *data, int64_t count) {
    const Probe *probe = data;
    if (*probe->length < LOG_BYTES - 1) probe->log[(*probe->length)++] = probe->letter;
    nanosleep(&(struct timespec){.tv_nsec = probe->sleep_ns * count}, NULL);
}

/* A function that sleeps does not have the core, so every sample is taken as often as allowed: the order still is
 * turns.
 */
START_TEST(jobs_take_turns) {
    char *log = calloc(LOG_BYTES, 1);
    size_t length = 0;
    Probe a = {log, &length, 'a', 100000}, b = {log, &length, 'b', 100000};
    const TimedJob jobs[] = {{.function = run_probe, .data = &a}, {.function = run_probe, .data = &b}};
    Timing timings[2];
    timing_measure(jobs, 2, (TimingEffort){.samples = 3, .warm_up_limit_ns = 1e6, .retake_limit_ns = 1e7}, timings);
    int changes = 0;
    for (size_t i = 1; i < length; i++) changes += log[i] != log[i - 1];
    ck_assert_int_eq(changes, 1 + 1 + 2 * 3 - 1); /* warm a, warm b, then a b a b a b */
    ck_assert_int_eq(timings[0].count, 3);
    ck_assert(timings[0].min_ns >= 100000);
    ck_assert(timings[0].min_ns <= timings[0].median_ns);
    free(log);
}
END_TEST

START_TEST(ratios_are_medians_of_neighbours) {
    Timing a = {.count = 3, .samples_ns = {10, 40, 90}}, b = {.count = 3, .samples_ns = {10, 20, 30}};
    ck_assert_double_eq(timing_ratio(&a, &b), 2);
    ck_assert_double_eq(timing_ratio(&b, &a), 0.5);
}
END_TEST

START_TEST(measurements_are_joined) {
    Timing all = {0}, first = {.count = 3, .others = 0.5, .samples_ns = {10, 40, 90}},
           second = {.count = 1, .others = 0.1, .samples_ns = {20}};
    timing_append(&all, &first);
    ck_assert_double_eq(all.median_ns, 40);
    timing_append(&all, &second);
    ck_assert_int_eq(all.count, 4);
    ck_assert_double_eq(all.samples_ns[3], 20);
    ck_assert_double_eq(all.min_ns, 10);
    ck_assert_double_eq_tol(all.others, 0.4, 1e-12);
    for (int i = 0; i < TIMING_MAX_SAMPLES; i++) timing_append(&all, &first);
    ck_assert_int_eq(all.count, TIMING_MAX_SAMPLES);
}
END_TEST

/* Against a limit that it is above, a job has three samples; below it, all. */
START_TEST(a_job_that_is_too_slow_is_given_up) {
    char log[1];
    size_t length = LOG_BYTES; /* nothing is logged */
    Probe probe = {log, &length, 'a', 100000};
    const TimedJob job = {.function = run_probe, .data = &probe};
    TimingEffort effort = {.samples = 9, .warm_up_limit_ns = 1e6, .retake_limit_ns = 1e7, .give_up_ns = 1000};
    Timing timing;
    timing_measure(&job, 1, effort, &timing);
    ck_assert_int_eq(timing.count, 3);
    effort.give_up_ns = 1e12;
    timing_measure(&job, 1, effort, &timing);
    ck_assert_int_eq(timing.count, 9);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("timing");
    tcase_add_test(tests, jobs_take_turns);
    tcase_add_test(tests, a_job_that_is_too_slow_is_given_up);
    tcase_add_test(tests, measurements_are_joined);
    tcase_add_test(tests, ratios_are_medians_of_neighbours);
    return run_tests(tests);
}
