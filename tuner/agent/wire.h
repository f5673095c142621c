/* SPDX-License-Identifier: Apache-2.0 */
/* The lines between session and agent (docs/agent.md), to and from structs. What is read is of the context's arena. All
 * run inside context_run. */
#ifndef SEPTET_TUNER_AGENT_WIRE_H
#define SEPTET_TUNER_AGENT_WIRE_H

#include "tuner/agent/agent.h"

enum { WIRE_PROTOCOL = 2 };

typedef enum WireRequestKind { WIRE_MEASURE, WIRE_BUILD, WIRE_CALIBRATE } WireRequestKind;

typedef struct WireRequest {
    WireRequestKind kind;
    const char *target; /* to calibrate */
    int threads;        /* likewise */
    size_t count;
    const Candidate *batch;
    MeasureOptions options; /* with objects */
} WireRequest;

/* STATUS_INVALID says which key is missing or of the wrong kind. */
Status wire_read_request(Context *context, const char *text, WireRequest *out);
const char *wire_print_request(Context *context, const WireRequest *request);

typedef enum WireReplyKind {
    WIRE_HELLO,
    WIRE_MEASUREMENT,
    WIRE_BUILT, /* a measurement that ends before anything runs, and the object */
    WIRE_PEAKS,
    WIRE_DONE,
    WIRE_ERROR
} WireReplyKind;

typedef struct WireReply {
    WireReplyKind kind;
    size_t index;            /* of the measurement, in its batch */
    Measurement measurement; /* without its candidate */
    AgentObject object;      /* that was built */
    Peaks peaks;             /* without its target */
    const char *text;        /* of an error */
    int64_t protocol;        /* of the greeting */
    AgentInfo info;          /* likewise */
    Status status;           /* of an error */
} WireReply;

Status wire_read_reply(Context *context, const char *text, WireReply *out);
const char *wire_print_reply(Context *context, const WireReply *reply);

#endif
