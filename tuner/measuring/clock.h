/* SPDX-License-Identifier: Apache-2.0 */
/* The core's clock, where no counter of cycles may be read: virtual machines have none. */
#ifndef SEPTET_TUNER_MEASURING_CLOCK_H
#define SEPTET_TUNER_MEASURING_CLOCK_H

/* Cycles a nanosecond of the core at hand, estimated in some 0.1 ms from a chain of additions that wait for each other,
 * which all cores do at one a cycle. (A chain of multiply-adds would do as well, were their latency not different from
 * core to core.) NAN when the time cannot be told. */
double clock_estimate_ghz(void);

#endif
