/* SPDX-License-Identifier: Apache-2.0 */
/* The session's side: starts the agent behind a pair of sockets, sends requests, reads answers. */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "tuner/agent/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/signals.h"
#include "tuner/agent/lines.h"
#include "tuner/agent/measure.h"
#include "tuner/agent/wire.h"

enum { EXIT_NOT_STARTED = 127 };

struct Agent {
    const Allocator *allocator;
    pid_t pid;
    bool is_command;   /* a process of another program, which may not see that its input has ended */
    LineReader reader; /* its file is the session's end of the sockets */
};

Status agent_serve(Context *context, int in, int out) {
    return serve(context, build_all, in, out);
}

/* In the child: the agent, with memory of its own and nothing of the session's signals. */
static void be_agent(int file) {
    Context *context;
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0); /* Ctrl-C is for the session */
    if (context_new(alloc_default(), &context) == STATUS_OK) agent_serve(context, file, file);
    context_free(context);
}

/* In the child: becomes the command. */
static void become(const char *command, int file) {
    setpgid(0, 0);
    dup2(file, STDIN_FILENO);
    dup2(file, STDOUT_FILENO);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
}

static Status start_process(Context *context, const char *command, Agent *agent) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return diag_error(context, STATUS_IO, "cannot make sockets for the agent: %s", strerror(errno));
    agent->pid = fork();
    if (agent->pid == 0) {
        close(ends[0]);
        if (command == NULL) {
            be_agent(ends[1]);
            _exit(EXIT_SUCCESS);
        }
        become(command, ends[1]);
        _exit(EXIT_NOT_STARTED);
    }
    close(ends[1]);
    agent->reader.file = ends[0];
    if (agent->pid > 0) {
        setpgid(agent->pid, agent->pid); /* whoever of the two is first */
        return STATUS_OK;
    }
    return diag_error(context, STATUS_NO_MEMORY, "cannot start the agent: %s", strerror(errno));
}

typedef struct Exchange {
    Agent *agent;
    Context *context;
    const WireRequest *request;
    WireReply *reply;
    bool is_stopped; /* a signal came */
} Exchange;

/* The next answer. */
static Status receive(Exchange *exchange) {
    const char *line;
    TRY(lines_read(exchange->context, &exchange->agent->reader, &line));
    exchange->is_stopped = line == NULL && signals_end_is_wished();
    if (exchange->is_stopped) return STATUS_OK;
    if (line == NULL) return diag_error(exchange->context, STATUS_IO, "the agent ended before it had answered");
    TRY(wire_read_reply(exchange->context, line, exchange->reply));
    if (exchange->reply->kind != WIRE_ERROR) return STATUS_OK;
    return diag_error(exchange->context, exchange->reply->status, "the agent says: %s", exchange->reply->text);
}

static Status hear_greeting(void *data) {
    Exchange *exchange = data;
    TRY(receive(exchange));
    if (exchange->is_stopped) return diag_error(exchange->context, STATUS_IO, "interrupted while the agent started");
    if (exchange->reply->kind != WIRE_HELLO || exchange->reply->protocol != WIRE_PROTOCOL)
        return diag_error(exchange->context, STATUS_IO,
                          "the agent speaks another protocol than this version's, which is %d", WIRE_PROTOCOL);
    return STATUS_OK;
}

Status agent_start(Context *context, const char *command, Agent **out) {
    const Allocator *allocator = context_allocator(context);
    Agent *agent = alloc_new(allocator, sizeof *agent);
    if (agent == NULL) return diag_error(context, STATUS_NO_MEMORY, "no memory for an agent");
    *agent = (Agent){.allocator = allocator, .is_command = command != NULL, .reader = lines_new(allocator, -1)};
    agent->reader.stops_on_signal = true;
    WireReply reply = {.kind = WIRE_ERROR};
    Status status = start_process(context, command, agent);
    if (status == STATUS_OK)
        status = context_run(context, hear_greeting, &(Exchange){.agent = agent, .context = context, .reply = &reply});
    if (status != STATUS_OK) {
        if (command != NULL)
            diag_error(context, status, "cannot start the agent by '%s': %s", command, diag_message(context));
        agent_stop(agent);
        agent = NULL;
    }
    *out = agent;
    return status;
}

/* The sockets are shut, not only closed: another process may have inherited this end. */
void agent_stop(Agent *agent) {
    if (agent == NULL) return;
    if (agent->reader.file >= 0) {
        shutdown(agent->reader.file, SHUT_RDWR);
        close(agent->reader.file);
    }
    if (agent->is_command && agent->pid > 0) kill(-agent->pid, SIGTERM);
    while (agent->pid > 0 && waitpid(agent->pid, NULL, 0) < 0 && errno == EINTR) continue;
    lines_free(&agent->reader);
    alloc_free(agent->allocator, agent);
}

static Status send_request(Exchange *exchange) {
    const char *line;
    TRY(wire_print_request(exchange->context, exchange->request, &line));
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    Status status = lines_write(exchange->context, exchange->agent->reader.file, line);
    signal(SIGPIPE, before);
    return status;
}

static Status report_interrupted(const Exchange *exchange, size_t reported, AgentSink *sink, void *data) {
    for (size_t i = reported; i < exchange->request->count; i++) {
        Measurement measurement = {.candidate = exchange->request->batch[i],
                                   .status = MEASUREMENT_INTERRUPTED,
                                   .time_ns = NAN,
                                   .min_ns = NAN,
                                   .spread = NAN,
                                   .drift = NAN,
                                   .error_l2 = NAN,
                                   .error_max = NAN,
                                   .packed_bytes = -1,
                                   .workspace_bytes = -1,
                                   .code_bytes = -1};
        TRY(sink(data, i, &measurement));
    }
    return STATUS_OK;
}

/* Measurements come in the order of the batch, then the end, which is waited for also when the sink wants no more: what
 * is left unread would be taken for answers to the next request. */
Status agent_measure(Agent *agent, Context *context, const Candidate *batch, size_t count,
                     const MeasureOptions *options, AgentSink *sink, void *data) {
    WireRequest request = {.kind = WIRE_MEASURE, .count = count, .batch = batch, .options = *options};
    WireReply reply = {.kind = WIRE_ERROR};
    Exchange exchange = {.agent = agent, .context = context, .request = &request, .reply = &reply};
    Status wanted = STATUS_OK;
    TRY(send_request(&exchange));
    for (size_t reported = 0;; reported++) {
        TRY(receive(&exchange));
        if (exchange.is_stopped)
            return wanted != STATUS_OK ? wanted : report_interrupted(&exchange, reported, sink, data);
        if (reply.kind == WIRE_DONE) return wanted;
        if (reply.kind != WIRE_MEASUREMENT || reply.index != reported || reported >= count)
            return diag_error(context, STATUS_IO, "the agent's answers are out of order");
        reply.measurement.candidate = batch[reported];
        if (wanted == STATUS_OK) wanted = sink(data, reported, &reply.measurement);
    }
}

Status agent_calibrate(Agent *agent, Context *context, const Target *target, int threads, Peaks *out) {
    WireRequest request = {.kind = WIRE_CALIBRATE, .target = target->name, .threads = threads};
    WireReply reply = {.kind = WIRE_ERROR}, end;
    Exchange exchange = {.agent = agent, .context = context, .request = &request, .reply = &reply};
    TRY(send_request(&exchange));
    TRY(receive(&exchange));
    if (exchange.is_stopped) return diag_error(context, STATUS_IO, "interrupted while peaks were measured");
    if (reply.kind != WIRE_PEAKS) return diag_error(context, STATUS_IO, "the agent's answers are out of order");
    *out = reply.peaks;
    out->target = target;
    out->threads = threads;
    exchange.reply = &end;
    return receive(&exchange);
}
