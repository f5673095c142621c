/* SPDX-License-Identifier: Apache-2.0 */
/* What a session asks of its agent. Where the agent cannot build, a batch is first built by the builder, and what could
 * be built goes on to the agent with its object:
 *
 *     candidates ── build ──> builder ── objects ──> agent ── times ──> sink        failures of building go there too
 */
#include <signal.h>
#include <string.h>

#include "base/signals.h"
#include "tuner/agent/internal.h"

/* Before it greets, whoever starts it says which agent that is. */
static Status report_end(const Exchange *exchange) {
    const Agent *agent = exchange->agent;
    if (agent->command == NULL || agent->info.version == NULL)
        return diag_error(exchange->context, STATUS_IO, "the agent ended before it had answered");
    return diag_error(exchange->context, STATUS_IO,
                      "the agent started by '%s' ended before it had answered; what it had measured before is kept",
                      agent->command);
}

Status exchange_send(Exchange *exchange) {
    const char *line = wire_print_request(exchange->context, exchange->request);
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    Status status = lines_write(exchange->context, exchange->agent->reader.file, line);
    signal(SIGPIPE, before);
    return status == STATUS_IO ? report_end(exchange) : status;
}

Status exchange_receive(Exchange *exchange) {
    const char *line;
    TRY(lines_read(exchange->context, &exchange->agent->reader, &line));
    exchange->is_stopped = line == NULL && signals_end_is_wished();
    if (exchange->is_stopped) return STATUS_OK;
    if (line == NULL) return report_end(exchange);
    TRY(wire_read_reply(exchange->context, line, exchange->reply));
    if (exchange->reply->kind != WIRE_ERROR) return STATUS_OK;
    return diag_error(exchange->context, exchange->reply->status, "the agent says: %s", exchange->reply->text);
}

/* Who is told what an agent answers about each candidate. */
typedef struct Told {
    AgentSink *sink;
    void *data;
    WireReplyKind kind;
    AgentObject *objects; /* receives those that were built; or NULL */
} Told;

static Status report_interrupted(const Exchange *exchange, size_t reported, const Told *told) {
    for (size_t i = reported; i < exchange->request->count; i++) {
        Measurement measurement = measurement_unknown(MEASUREMENT_INTERRUPTED, &exchange->request->batch[i]);
        TRY(told->sink(told->data, i, &measurement));
    }
    return STATUS_OK;
}

/* Answers come in the order of the batch, then the end, which is waited for also when the sink wants no more: what is
 * left unread would be taken for answers to the next request. */
static Status ask_batch(Agent *agent, Context *context, const WireRequest *request, const Told *told) {
    WireReply reply = {.kind = WIRE_ERROR};
    Exchange exchange = {.agent = agent, .context = context, .request = request, .reply = &reply};
    Status wanted = STATUS_OK;
    TRY(exchange_send(&exchange));
    for (size_t reported = 0;; reported++) {
        TRY(exchange_receive(&exchange));
        if (exchange.is_stopped) return wanted != STATUS_OK ? wanted : report_interrupted(&exchange, reported, told);
        if (reply.kind == WIRE_DONE) return wanted;
        if (reply.kind != told->kind || reply.index != reported || reported >= request->count)
            return diag_error(context, STATUS_IO, "the agent's answers are out of order");
        reply.measurement.candidate = request->batch[reported];
        if (told->objects != NULL) told->objects[reported] = reply.object;
        if (wanted == STATUS_OK) wanted = told->sink(told->data, reported, &reply.measurement);
    }
}

/* A batch that one agent builds and another runs. */
typedef struct Relay {
    AgentSink *sink;
    void *data;
    Measurement *built; /* what the builder says of each candidate */
    size_t count;
    size_t next; /* to be reported */
} Relay;

static Status keep_built(void *data, size_t index, const Measurement *measurement) {
    Relay *relay = data;
    relay->built[index] = *measurement;
    return STATUS_OK;
}

/* Reports what could not be built, up to the next that could. */
static Status report_unbuilt(Relay *relay) {
    for (; relay->next < relay->count; relay->next++) {
        const Measurement *built = &relay->built[relay->next];
        if (built->status == MEASUREMENT_OK) break;
        TRY(relay->sink(relay->data, relay->next, built));
    }
    return STATUS_OK;
}

/* What the agent found, with what only the builder knows. */
static Status report_run(void *data, size_t index, const Measurement *measurement) {
    Relay *relay = data;
    const Measurement *built = &relay->built[relay->next];
    Measurement merged = *measurement;
    (void)index; /* among those that were built */
    merged.build_s = built->build_s;
    merged.reproduce = built->reproduce;
    memcpy(merged.object_sha256, built->object_sha256, sizeof merged.object_sha256);
    TRY(relay->sink(relay->data, relay->next++, &merged));
    return report_unbuilt(relay);
}

static Status relay_batch(Agent *agent, Context *context, const WireRequest *request, AgentSink *sink, void *data) {
    Relay relay = {.sink = sink, .data = data, .count = request->count};
    relay.built = ARENA_ARRAY(context, Measurement, request->count);
    AgentObject *objects = ARENA_ARRAY(context, AgentObject, request->count);
    Candidate *batch = ARENA_ARRAY(context, Candidate, request->count);
    WireRequest build = *request, run = *request;
    build.kind = WIRE_BUILD;
    TRY(ask_batch(agent->builder, context, &build, &(Told){keep_built, &relay, WIRE_BUILT, objects}));
    run.batch = batch;
    run.options.objects = objects;
    run.count = 0;
    for (size_t i = 0; i < request->count; i++) {
        if (relay.built[i].status != MEASUREMENT_OK) continue;
        batch[run.count] = request->batch[i];
        objects[run.count++] = objects[i];
    }
    TRY(report_unbuilt(&relay));
    if (run.count == 0) return STATUS_OK;
    return ask_batch(agent, context, &run, &(Told){report_run, &relay, WIRE_MEASUREMENT, NULL});
}

Status agent_measure(Agent *agent, Context *context, const Candidate *batch, size_t count,
                     const MeasureOptions *options, AgentSink *sink, void *data) {
    WireRequest request = {.kind = WIRE_MEASURE, .count = count, .batch = batch, .options = *options};
    if (agent->builder != NULL) return relay_batch(agent, context, &request, sink, data);
    return ask_batch(agent, context, &request, &(Told){sink, data, WIRE_MEASUREMENT, NULL});
}

Status agent_calibrate(Agent *agent, Context *context, const Target *target, int threads, Peaks *out) {
    WireRequest request = {.kind = WIRE_CALIBRATE, .target = target->name, .threads = threads};
    WireReply reply = {.kind = WIRE_ERROR}, end;
    Exchange exchange = {.agent = agent, .context = context, .request = &request, .reply = &reply};
    TRY(exchange_send(&exchange));
    TRY(exchange_receive(&exchange));
    if (exchange.is_stopped) return diag_error(context, STATUS_IO, "interrupted while peaks were measured");
    if (reply.kind != WIRE_PEAKS) return diag_error(context, STATUS_IO, "the agent's answers are out of order");
    *out = reply.peaks;
    out->target = target;
    out->threads = threads;
    exchange.reply = &end;
    return exchange_receive(&exchange);
}
