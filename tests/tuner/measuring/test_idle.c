/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for other threads lasts until they sleep, and not for ever. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "tests/support/run.h"
#include "tuner/measuring/idle.h"

typedef struct Spinner {
    atomic_bool started, spun, ends;
    pthread_mutex_t gate; /* held by the test: what the thread sleeps at */
} Spinner;

enum { SPINS = 20000000 };

/* Spins, and then sleeps at the gate. */
static void *spin_then_sleep(void *data) {
    Spinner *spinner = data;
    volatile int spins = 0;
    atomic_store(&spinner->started, true);
    while (spins < SPINS) spins = spins + 1;
    atomic_store(&spinner->spun, true);
    pthread_mutex_lock(&spinner->gate);
    pthread_mutex_unlock(&spinner->gate);
    return NULL;
}

static void *spin_until_told(void *data) {
    Spinner *spinner = data;
    atomic_store(&spinner->started, true);
    while (!atomic_load(&spinner->ends)) continue;
    return NULL;
}

static pthread_t start(void *(*function)(void *), Spinner *spinner) {
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, function, spinner), 0);
    while (!atomic_load(&spinner->started)) sched_yield();
    return thread;
}

START_TEST(it_waits_until_others_sleep) {
    Spinner spinner = {.gate = PTHREAD_MUTEX_INITIALIZER};
    pthread_mutex_lock(&spinner.gate);
    pthread_t thread = start(spin_then_sleep, &spinner);
    idle_wait(1e12);
    ck_assert(atomic_load(&spinner.spun));
    pthread_mutex_unlock(&spinner.gate);
    pthread_join(thread, NULL);
}
END_TEST

START_TEST(it_does_not_wait_for_ever) {
    Spinner spinner = {.ends = false};
    pthread_t thread = start(spin_until_told, &spinner);
    idle_wait(1e7);
    atomic_store(&spinner.ends, true);
    pthread_join(thread, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("idle");
    tcase_add_test(tests, it_waits_until_others_sleep);
    tcase_add_test(tests, it_does_not_wait_for_ever);
    return run_tests(tests);
}
