/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the agent behind a pair of sockets, hears its greeting, ends it. */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "tuner/agent/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "tuner/agent/internal.h"
#include "tuner/agent/measure.h"

enum { EXIT_NOT_STARTED = 127, EXIT_OF_SSH = 255, PATIENCE_MS = 1000, GREETING_MS = 30000 };

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

/* In the child: becomes the command, without a terminal, where ssh would ask for a password behind the session's back.
 */
static void become(const char *command, int file) {
    setsid();
    dup2(file, STDIN_FILENO);
    dup2(file, STDOUT_FILENO);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
}

static Status start_process(Context *context, Agent *agent) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return diag_error(context, STATUS_IO, "cannot make sockets for the agent: %s", strerror(errno));
    agent->pid = fork();
    if (agent->pid == 0) {
        close(ends[0]);
        if (agent->command == NULL) {
            be_agent(ends[1]);
            _exit(EXIT_SUCCESS);
        }
        become(agent->command, ends[1]);
        _exit(EXIT_NOT_STARTED);
    }
    close(ends[1]);
    agent->reader.file = ends[0];
    if (agent->pid > 0) return STATUS_OK;
    return diag_error(context, STATUS_NO_MEMORY, "cannot start the agent: %s", strerror(errno));
}

/* The greeting is copied to memory that lives as long as the agent. */
static void keep_info(Agent *agent, const AgentInfo *info) {
    const char **targets = ARENA_ARRAY(agent->memory, const char *, info->target_count);
    agent->info = *info;
    agent->info.version = arena_string(agent->memory, info->version != NULL ? info->version : "");
    agent->info.machine = arena_string(agent->memory, info->machine != NULL ? info->machine : "");
    for (size_t i = 0; i < info->target_count; i++) targets[i] = arena_string(agent->memory, info->targets[i]);
    agent->info.targets = targets;
}

typedef struct Starting {
    Context *context;
    Agent *agent;
    const char *command;
} Starting;

static Status check_greeting(Context *context, const WireReply *reply) {
    if (reply->kind == WIRE_HELLO && reply->protocol == WIRE_PROTOCOL) return STATUS_OK;
    if (reply->kind != WIRE_HELLO) return diag_error(context, STATUS_IO, "it does not greet as agents do");
    return diag_error(context, STATUS_IO,
                      "it speaks protocol %lld, and this version speaks %d: install the same version of septet there",
                      (long long)reply->protocol, WIRE_PROTOCOL);
}

/* In the agent's own memory, but for messages. */
static Status hear_greeting(void *data) {
    const Starting *starting = data;
    WireReply reply = {.kind = WIRE_ERROR};
    Exchange exchange = {.agent = starting->agent, .context = starting->agent->memory, .reply = &reply};
    Context *context = starting->context;
    starting->agent->reader.patience_ms = GREETING_MS;
    Status status = exchange_receive(&exchange);
    starting->agent->reader.patience_ms = 0;
    if (status != STATUS_OK) return diag_error(context, STATUS_IO, "%s", diag_message(exchange.context));
    if (exchange.is_stopped) return diag_error(context, STATUS_IO, "interrupted while the agent started");
    TRY(check_greeting(context, &reply));
    keep_info(starting->agent, &reply.info);
    return STATUS_OK;
}

static Status keep_command(void *data) {
    const Starting *starting = data;
    if (starting->command != NULL) starting->agent->command = arena_string(starting->agent->memory, starting->command);
    return STATUS_OK;
}

static Status new_agent(Context *context, Agent **out) {
    const Allocator *allocator = context_allocator(context);
    Agent *agent = alloc_new(allocator, sizeof *agent);
    if (agent == NULL) return diag_error(context, STATUS_NO_MEMORY, "no memory for an agent");
    *agent = (Agent){.allocator = allocator, .reader = lines_new(allocator, -1)};
    agent->reader.stops_on_signal = true;
    *out = agent;
    return context_new_beside(context, &agent->memory);
}

/* How the agent's process ended, if it soon does; -1 when it does not, or not by itself. */
static int exit_status(Agent *agent) {
    int status;
    for (int waited = 0; agent->pid > 0 && waited < PATIENCE_MS; waited++) {
        if (waitpid(agent->pid, &status, WNOHANG) == agent->pid) {
            agent->pid = 0;
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        }
        usleep(1000);
    }
    return -1;
}

/* The shell and ssh tell by their exit status what went wrong; what they wrote themselves is on standard error. */
static Status explain(Context *context, Agent *agent, Status status) {
    if (agent == NULL || agent->command == NULL || status != STATUS_IO) return status;
    int ended = agent->pid > 0 && agent->info.version == NULL ? exit_status(agent) : -1;
    const char *hint = "";
    if (ended == EXIT_NOT_STARTED) hint = " (the program was not found there: docs/agent.md says how to install it)";
    if (ended == EXIT_OF_SSH) hint = " (ssh could not reach the host, or was not let in)";
    return diag_error(context, status, "cannot start the agent by '%s': %s%s", agent->command, diag_message(context),
                      hint);
}

/* In memory of the agent's own, where the message is when that runs out. */
static Status run_beside(Starting *starting, Status (*body)(void *data)) {
    Status status = context_run(starting->agent->memory, body, starting);
    if (status != STATUS_NO_MEMORY) return status;
    return diag_error(starting->context, status, "%s", diag_message(starting->agent->memory));
}

static Status start(Starting *starting) {
    Context *context = starting->context;
    Agent *agent = NULL;
    Status status = new_agent(context, &agent);
    starting->agent = agent;
    if (status != STATUS_OK || agent == NULL) return status;
    TRY(run_beside(starting, keep_command));
    TRY(start_process(context, agent));
    TRY(run_beside(starting, hear_greeting));
    return agent->info.builds ? STATUS_OK : agent_start(context, NULL, &agent->builder);
}

Status agent_start(Context *context, const char *command, Agent **out) {
    Starting starting = {.context = context, .command = command};
    Status status = start(&starting);
    *out = starting.agent;
    if (status == STATUS_OK) return STATUS_OK;
    status = explain(context, starting.agent, status);
    agent_stop(starting.agent);
    *out = NULL;
    return status;
}

/* What is a name of a host and no option of ssh, and needs no quotes. */
static bool is_host(const char *host) {
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_@:[]";
    return host[0] != '\0' && host[0] != '-' && host[strspn(host, allowed)] == '\0';
}

Status agent_command(Context *context, const char *place, const char **out) {
    static const char scheme[] = "ssh:";
    bool is_ssh = strncmp(place, scheme, sizeof scheme - 1) == 0;
    if (!is_ssh || !is_host(place + sizeof scheme - 1))
        return diag_error(context, STATUS_INVALID, "'%s': expected ssh:HOST or ssh:USER@HOST", place);
    *out = arena_format(context, "exec ssh '%s' septet-agent", place + sizeof scheme - 1);
    return STATUS_OK;
}

const AgentInfo *agent_info(const Agent *agent) {
    return &agent->info;
}

static Status refuse_target(const Agent *agent, Context *context, const Target *target) {
    Text names = text_new(context);
    for (size_t i = 0; i < agent->info.target_count; i++)
        text_add(&names, "%s %s", i > 0 ? "," : "", agent->info.targets[i]);
    return diag_error(context, STATUS_UNSUPPORTED, "%s cannot be measured %s runs%s", target->name,
                      agent->command == NULL ? "on this machine, which" : "there: the agent's machine",
                      agent->info.target_count > 0 ? text_string(&names) : " no target of this version");
}

Status agent_check(const Agent *agent, Context *context, const Target *target, int threads) {
    bool is_known = false;
    for (size_t i = 0; i < agent->info.target_count; i++)
        is_known = is_known || strcmp(agent->info.targets[i], target->name) == 0;
    if (!is_known) return refuse_target(agent, context, target);
    if (threads <= agent->info.threads) return STATUS_OK;
    return diag_error(context, STATUS_UNSUPPORTED, "kernels of %d threads cannot be measured %s runs at most %d",
                      threads, agent->command == NULL ? "on this machine, which" : "there: the agent",
                      agent->info.threads);
}

/* The sockets are shut, not only closed: another process may have inherited this end. */
void agent_stop(Agent *agent) {
    if (agent == NULL) return;
    agent_stop(agent->builder);
    if (agent->reader.file >= 0) {
        shutdown(agent->reader.file, SHUT_RDWR);
        close(agent->reader.file);
    }
    if (agent->command != NULL && agent->pid > 0 && kill(-agent->pid, SIGTERM) != 0) kill(agent->pid, SIGTERM);
    while (agent->pid > 0 && waitpid(agent->pid, NULL, 0) < 0 && errno == EINTR) continue;
    lines_free(&agent->reader);
    context_free(agent->memory);
    alloc_free(agent->allocator, agent);
}
