/* SPDX-License-Identifier: Apache-2.0 */
/* What disturbed a stretch of time on the core that the calling thread keeps to: time that the host of a virtual
 * machine took, throttling by heat. */
#ifndef SEPTET_TUNER_MEASURING_DISTURBANCE_H
#define SEPTET_TUNER_MEASURING_DISTURBANCE_H

typedef struct Disturbance {
    double steal;     /* share of the time, 0..1, that the host took; NAN: not known */
    double throttles; /* how often heat slowed it down; NAN: not known */
    /* Of the beginning: */
    double start_s, stolen_s, throttles_before;
} Disturbance;

Disturbance disturbance_begin(void);
void disturbance_end(Disturbance *disturbance);

#endif
