/* SPDX-License-Identifier: Apache-2.0 */
/* Signals held back while something must not be left half done: work that then sees that one has come, or a write that
 * failed because of one, cleans up and returns, and the signal takes effect when it is let go. So no handler and no
 * global list of what is to be cleaned up is needed. For the calling thread alone. */
#ifndef SEPTET_BASE_SIGNALS_H
#define SEPTET_BASE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* Holds back SIGINT, SIGTERM and SIGHUP, by which users end a program, unless they are ignored; and SIGXFSZ, which the
 * system sends when a file comes to its limit, so that write returns EFBIG instead. */
void signals_hold(sigset_t *before);

/* Has one of the three come since? */
bool signals_end_is_wished(void);

/* Forgets the SIGXFSZ of a write that returned EFBIG: what it says is known by then. */
void signals_forget_file_limit(void);

/* Back to what `before` says. What was held back takes effect now. */
void signals_release(const sigset_t *before);

#endif
