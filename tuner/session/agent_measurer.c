/* SPDX-License-Identifier: Apache-2.0 */
/* A session's wishes in the words of the agent. */
#include "tuner/session/agent_measurer.h"

static Status measure(void *self, Context *context, const Candidate *batch, size_t count, const MeasureWish *wish,
                      MeasurerSink *sink, void *data) {
    MeasureOptions options = measure_options_default();
    options.visits = wish->visits;
    options.interleaved = wish->interleaved;
    options.incumbent_ns = wish->incumbent_ns;
    return agent_measure(self, context, batch, count, &options, sink, data);
}

Measurer agent_measurer(Agent *agent) {
    return (Measurer){.measure = measure, .self = agent};
}
