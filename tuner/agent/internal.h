/* SPDX-License-Identifier: Apache-2.0 */
/* The session's side of an agent. */
#ifndef SEPTET_TUNER_AGENT_INTERNAL_H
#define SEPTET_TUNER_AGENT_INTERNAL_H

#include <sys/types.h>

#include "tuner/agent/lines.h"
#include "tuner/agent/wire.h"

struct Agent {
    const Allocator *allocator;
    pid_t pid;
    const char *command; /* of a process of another program, which may not see that its input has ended; or NULL */
    LineReader reader;   /* its file is the session's end of the sockets */
    Context *memory;     /* of command and info */
    AgentInfo info;
    Agent *builder; /* makes the objects when the agent cannot; else NULL */
};

/* A request with its answers. */
typedef struct Exchange {
    Agent *agent;
    Context *context;
    const WireRequest *request;
    WireReply *reply;
    bool is_stopped; /* a signal came */
} Exchange;

/* Sends the request; waits for the next answer. STATUS_IO when the agent has gone; an answer that is an error is one.
 */
Status exchange_send(Exchange *exchange);
Status exchange_receive(Exchange *exchange);

#endif
