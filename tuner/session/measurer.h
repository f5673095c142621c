/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever measures candidates for a session: the agent, or in tests a function. */
#ifndef SEPTET_TUNER_MEASURER_H
#define SEPTET_TUNER_MEASURER_H

#include <stddef.h>

#include "base/context.h"
#include "tuner/measurement.h"

typedef struct MeasureWish {
    int visits;          /* of each candidate */
    bool interleaved;    /* one visit of each in turn, on new pages: the i-th visits of all belong together */
    double incumbent_ns; /* a candidate that is clearly slower may be given up early; NAN: none */
} MeasureWish;

/* Told each candidate's measurement as soon as it is known; what it returns other than STATUS_OK ends the batch. */
typedef Status MeasurerSink(void *data, size_t index, const Measurement *measurement);

typedef struct Measurer {
    /* Measures candidates of one problem; strings of measurements are of the context's arena. However a candidate
     * fails is its measurement's status; another status than STATUS_OK means that nothing more can be measured. */
    Status (*measure)(void *self, Context *context, const Candidate *batch, size_t count, const MeasureWish *wish,
                      MeasurerSink *sink, void *data);
    void *self;
} Measurer;

#endif
