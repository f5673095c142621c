/* SPDX-License-Identifier: Apache-2.0 */
/* The statements of a nest in the order in which they run. */
#ifndef SEPTET_IR_TRACE_H
#define SEPTET_IR_TRACE_H

#include "ir/nest.h"

/* A loop around the statement that runs. On the lanes of a vector iterations run at the same time: first..last. */
typedef struct TraceLoop {
    const Stmt *loop;
    int64_t first, last;
} TraceLoop;

/* One run of a store. Loops are the outermost first. Of the loop on lanes, `lanes` says which iterations run: the value
 * of its variable is the first one. */
typedef struct TraceEvent {
    int64_t number; /* from 1 */
    const Stmt *store;
    const TraceLoop *loops;
    int loop_count;
    const int64_t *values; /* of loop variables, by their ids, for the first lane */
    const int64_t *last;   /* the same for the last lane */
} TraceEvent;

/* Returns false to end the trace. */
typedef bool TraceSink(void *data, const TraceEvent *event);

/* Runs the nest's body without computing anything, and tells the sink of each store. Inside context_run. */
void nest_trace(Context *context, const Nest *nest, TraceSink *sink, void *data);

#endif
