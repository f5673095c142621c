/* SPDX-License-Identifier: Apache-2.0 */
/* The agent: a process of its own that builds, checks and times candidates, so that nothing they do ends the session.
 *
 *     session ── JSON lines ── agent ┬─ builder   lowers, emits the object          all cores, nothing is timed
 *                                    ├─ checker   links it, compares its results    one at a time, under a lock
 *                                    └─ visit     links it, times it                that the whole machine shares
 *
 * The three are children of the agent with limits of time, memory and output. A candidate that crashes, hangs or lies
 * is a Measurement with its status and cause. The agent is single-threaded; it is to be started before the session has
 * threads or an open database, which children must not inherit. docs/agent.md describes the lines.
 *
 *     agent.c       starting an agent       requests.c    what a session asks of it     wire.c     lines <-> structs
 *     serve.c       the agent's loop        lines.c       reading lines                 lock.c     the machine's lock
 *     measure.c     one batch               rounds.c      one whose candidates are compared
 *     trial.c       one candidate           workplace.c   what lasts between batches    drift.c    is it still as fast?
 *     build.c, judge.c, visit.c             its three children                          child.c    a child with limits
 *
 * On a board, septet-agent (cli/septet_agent.c) is the same without build.c: a small static program. The session then
 * has a second agent, on its own machine, which builds for the first. */
#ifndef SEPTET_TUNER_AGENT_AGENT_H
#define SEPTET_TUNER_AGENT_AGENT_H

#include <stddef.h>

#include "base/context.h"
#include "tuner/measurement.h"
#include "tuner/measuring/peaks.h"

/* The name and the source of a schedule that objects are built with, so that `septet compile --name measured --schedule
 * FILE` writes the very bytes that were measured. */
#define AGENT_KERNEL_NAME "measured"
#define AGENT_SCHEDULE_SOURCE "file"

enum { AGENT_MAX_BATCH = 64, AGENT_MAX_VISITS = MEASUREMENT_MAX_VISITS };

/* An object that was built elsewhere; its functions are called AGENT_KERNEL_NAME. */
typedef struct AgentObject {
    const char *bytes; /* NULL: the agent builds it */
    size_t length;
    const char
        *exact; /* the same without inexact activations (tuner/check.h); NULL: it has none, or the agent builds */
    size_t exact_length;
    int64_t packed_bytes,
        workspace_bytes; /* of its buffers; 0 packed bytes: the agent finds out, as for one it builds */
} AgentObject;

typedef struct MeasureOptions {
    double build_limit_s;       /* of one candidate */
    double run_limit_s;         /* of its check, and of each visit; with an incumbent the limit is nearer to its time */
    int64_t memory_limit_bytes; /* that a child may take beyond what it begins with */
    int visits;                 /* wished: 1..AGENT_MAX_VISITS / 2; disturbed ones are repeated */
    double incumbent_ns;        /* a candidate that is clearly slower is given up after one visit; NAN: none */
    bool interleaved;           /* one visit of each candidate before the next of any, and new pages for each round: for
                                   comparing them. The i-th visits of all belong together; nobody is given up */
    bool quick;                 /* fewer samples a visit */
    const AgentObject *objects; /* one for each candidate, or NULL */
} MeasureOptions;

/* Limits that no honest candidate meets, two visits. */
MeasureOptions measure_options_default(void);

typedef struct Agent Agent;

/* What an agent says about itself and its machine. */
typedef struct AgentInfo {
    const char *version; /* of septet */
    const char *machine; /* as machine_text (tuner/machine_text.h) */
    bool emulated;       /* its times say nothing */
    bool builds;         /* it has a compiler */
    int threads;         /* that kernels may have there */
    size_t target_count;
    const char *const *targets; /* that its machine can run */
} AgentInfo;

/* Starts an agent: this process's own, forked, when `command` is NULL; else what /bin/sh makes of the command ("ssh
 * board septet-agent"), which is to speak the same lines on its standard input and output, and for which this process
 * builds when it cannot. STATUS_IO when it does not greet, with its reason. The agent belongs to the caller, who ends
 * it with agent_stop; it outlives the context. */
Status agent_start(Context *context, const char *command, Agent **out);

/* The command for a place: "ssh:HOST" or "ssh:USER@HOST". STATUS_INVALID when it is something else. Inside
 * context_run. */
Status agent_command(Context *context, const char *place, const char **out);

/* Lives as long as the agent. */
const AgentInfo *agent_info(const Agent *agent);

/* STATUS_UNSUPPORTED when the agent cannot run kernels of the target, or of so many threads, with what it can. */
Status agent_check(const Agent *agent, Context *context, const Target *target, int threads);

/* Ends the agent and its children, whatever they do. NULL is allowed. */
void agent_stop(Agent *agent);

/* Told each candidate's measurement as soon as it is known, in the order of the batch; strings are of the context's
 * arena. After it has returned other than STATUS_OK, it is told no more of the batch. */
typedef Status AgentSink(void *data, size_t index, const Measurement *measurement);

/* Measures `count` <= AGENT_MAX_BATCH candidates; blocks until all are reported. When a signal that signals_hold holds
 * back comes, those left are reported as interrupted and the agent is good for agent_stop alone. STATUS_IO when the
 * agent ended before. Inside context_run. */
Status agent_measure(Agent *agent, Context *context, const Candidate *batch, size_t count,
                     const MeasureOptions *options, AgentSink *sink, void *data);

/* Measures the peaks of so many cores of the agent's machine for a target, while nothing else is measured on it.
 * STATUS_UNSUPPORTED when it cannot run the target. Inside context_run. */
Status agent_calibrate(Agent *agent, Context *context, const Target *target, int threads, Peaks *out);

/* The agent's own side: reads lines from `in` and answers on `out` until `in` ends. */
Status agent_serve(Context *context, int in, int out);

#endif
