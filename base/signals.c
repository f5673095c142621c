/* SPDX-License-Identifier: Apache-2.0 */
/* Signal masks of a thread. */
#include "base/signals.h"

#include <stddef.h>
#include <time.h>

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};

enum { ENDING_COUNT = sizeof ending_signals / sizeof ending_signals[0] };

/* A blocked signal is kept even when it is ignored: nohup's SIGHUP would then count as a wish. */
static bool is_ignored(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void signals_hold(sigset_t *before) {
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGXFSZ);
    for (int i = 0; i < ENDING_COUNT; i++) {
        if (!is_ignored(ending_signals[i])) sigaddset(&held, ending_signals[i]);
    }
    pthread_sigmask(SIG_BLOCK, &held, before);
}

bool signals_end_is_wished(void) {
    sigset_t pending;
    bool wished = false;
    sigpending(&pending);
    for (int i = 0; i < ENDING_COUNT; i++)
        wished |= sigismember(&pending, ending_signals[i]) == 1 && !is_ignored(ending_signals[i]);
    return wished;
}

void signals_forget_file_limit(void) {
    sigset_t limit;
    sigemptyset(&limit);
    sigaddset(&limit, SIGXFSZ);
    sigtimedwait(&limit, NULL, &(struct timespec){0});
}

void signals_release(const sigset_t *before) {
    pthread_sigmask(SIG_SETMASK, before, NULL);
}
