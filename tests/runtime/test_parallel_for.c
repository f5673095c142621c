/* SPDX-License-Identifier: Apache-2.0 */
/* What septet_parallel_for promises: every task once, workers below their number and never two tasks of one at once, in
 * every order of calls: repeated, nested, from several threads, in a child of fork. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/septet_rt.h"
#include "tests/support/run.h"

enum { MAX_TASKS = 1000, MAX_WORKERS = 3, ROUNDS = 20, CALLERS = 3 };

typedef struct Record {
    size_t workers;
    atomic_int runs[MAX_TASKS], active[MAX_WORKERS], faults;
    bool nests;
} Record;

static void note_task(void *closure, size_t task, size_t worker) {
    Record *record = closure;
    if (worker >= record->workers || atomic_fetch_add(&record->active[worker], 1) != 0) {
        atomic_fetch_add(&record->faults, 1);
        return;
    }
    atomic_fetch_add(&record->runs[task], 1);
    if (record->nests) {
        Record inner = {.workers = 2};
        septet_parallel_for(2, 2, note_task, &inner);
        if (inner.runs[0] != 1 || inner.runs[1] != 1) atomic_fetch_add(&record->faults, 1);
    }
    atomic_fetch_sub(&record->active[worker], 1);
}

static bool is_right(size_t tasks, size_t workers, bool nests) {
    Record *record = calloc(1, sizeof *record);
    record->workers = workers;
    record->nests = nests;
    septet_parallel_for(tasks, workers, note_task, record);
    bool right = record->faults == 0;
    for (size_t i = 0; i < MAX_TASKS; i++) right = right && record->runs[i] == (i < tasks);
    free(record);
    return right;
}

START_TEST(every_task_runs_once) {
    for (size_t tasks = 0; tasks < 8; tasks++)
        for (size_t workers = 1; workers <= MAX_WORKERS; workers++) ck_assert(is_right(tasks, workers, false));
    ck_assert(is_right(MAX_TASKS, 3, false));
}
END_TEST

START_TEST(calls_repeat) {
    for (int i = 0; i < ROUNDS; i++) ck_assert(is_right(2, 2, false));
}
END_TEST

START_TEST(calls_nest) {
    ck_assert(is_right(10, 2, true));
}
END_TEST

static void *call_often(void *data) {
    bool right = true;
    for (int i = 0; i < ROUNDS; i++) right = right && is_right(7, 3, false);
    *(bool *)data = right;
    return NULL;
}

START_TEST(threads_call_at_the_same_time) {
    pthread_t threads[CALLERS];
    bool right[CALLERS] = {false};
    for (int i = 0; i < CALLERS; i++) ck_assert_int_eq(pthread_create(&threads[i], NULL, call_often, &right[i]), 0);
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(threads[i], NULL);
        ck_assert(right[i]);
    }
}
END_TEST

START_TEST(a_child_of_fork_has_threads_too) {
    ck_assert(is_right(5, 2, false));
    pid_t child = fork();
    if (child == 0) _exit(is_right(5, 2, false) && is_right(9, 3, false) ? EXIT_SUCCESS : EXIT_FAILURE);
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS);
    ck_assert(is_right(5, 2, false));
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("parallel_for");
    tcase_add_test(tests, every_task_runs_once);
    tcase_add_test(tests, calls_repeat);
    tcase_add_test(tests, calls_nest);
    tcase_add_test(tests, threads_call_at_the_same_time);
    tcase_add_test(tests, a_child_of_fork_has_threads_too);
    return run_tests(tests);
}
