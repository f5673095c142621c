/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that wait for work spin before they sleep, and would disturb what is timed next. */
#ifndef SEPTET_TUNER_MEASURING_IDLE_H
#define SEPTET_TUNER_MEASURING_IDLE_H

/* Sleeps until no thread of this process but the calling one is running, and for at most limit_ns. Where the system
 * does not say which threads run, for limit_ns. */
void idle_wait(double limit_ns);

#endif
