/* SPDX-License-Identifier: Apache-2.0 */
/* Fork, poll, kill, reap. */
#define _GNU_SOURCE /* pipe2 */
#include "tuner/agent/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tuner/agent/processes.h"

/* How often limits are looked at, and how often an end that is near is. */
enum { LOOK_MS = 20, NEAR_MS = 1 };

double child_now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void child_adopt_orphans(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* The parent's handlers, mask and descriptors are none of the child's; it goes when the parent goes. */
static void prepare(const ChildLimits *limits, int output) {
    sigset_t none;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    for (int i = 0; i < CHILD_MAX_CLOSED; i++)
        if (limits->closed[i] > STDERR_FILENO) close(limits->closed[i]);
    int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    if (nothing > STDERR_FILENO) close(nothing);
    close(output);
}

Status child_start(Context *context, const ChildLimits *limits, void (*body)(void *data), void *data, Child *out) {
    int ends[2];
    *out = (Child){.output = -1, .limits = *limits, .start_s = child_now_s()};
    if (pipe2(ends, O_CLOEXEC) != 0)
        return diag_error(context, STATUS_NO_MEMORY, "cannot make a pipe: %s", strerror(errno));
    out->memory_before = process_memory_bytes(getpid());
    fflush(NULL);
    out->pid = fork();
    if (out->pid == 0) {
        close(ends[0]);
        prepare(limits, ends[1]);
        body(data);
        _exit(EXIT_SUCCESS);
    }
    close(ends[1]);
    out->output = ends[0];
    if (out->pid > 0) {
        setpgid(out->pid, out->pid); /* whoever of the two is first */
        return STATUS_OK;
    }
    close(ends[0]);
    *out = (Child){.output = -1};
    return diag_error(context, STATUS_NO_MEMORY, "cannot start a process: %s", strerror(errno));
}

/* Keeps the last bytes of all. */
static void add_output(Child *child, const char *bytes, size_t length) {
    size_t kept = strlen(child->tail), room = CHILD_TAIL_BYTES - 1;
    child->output_bytes += length;
    if (length > room) {
        bytes += length - room;
        length = room;
    }
    size_t dropped = kept + length > room ? kept + length - room : 0;
    memmove(child->tail, child->tail + dropped, kept - dropped);
    for (size_t i = 0; i < length; i++) child->tail[kept - dropped + i] = bytes[i] != '\0' ? bytes[i] : '?';
    child->tail[kept - dropped + length] = '\0';
}

static void read_output(Child *child) {
    char bytes[4096];
    ssize_t count = read(child->output, bytes, sizeof bytes);
    if (count > 0) {
        add_output(child, bytes, (size_t)count);
    } else if (count == 0 || errno != EINTR) {
        close(child->output);
        child->output = -1;
    }
}

static void note_end(Child *child, int status) {
    child->seconds = child_now_s() - child->start_s;
    child->left_process = kill(-child->pid, SIGKILL) == 0;
    child->pid = 0;
    if (child->end != CHILD_DONE) return;         /* we ended it, and know why */
    if (child->seconds > child->limits.seconds) { /* before anybody looked */
        child->end = CHILD_TIMEOUT;
        return;
    }
    if (WIFSIGNALED(status)) {
        child->end = CHILD_SIGNALLED;
        child->signal = WTERMSIG(status);
    } else if (WEXITSTATUS(status) != EXIT_SUCCESS) {
        child->end = CHILD_EXITED;
        child->exit_status = WEXITSTATUS(status);
    }
}

static void end_child(Child *child, ChildEnd why) {
    if (child->end != CHILD_DONE) return;
    child->end = why;
    kill(-child->pid, SIGKILL);
    kill(child->pid, SIGKILL);
}

static void check_limits(Child *child) {
    int status;
    pid_t ended = waitpid(child->pid, &status, WNOHANG);
    if (ended == child->pid) {
        note_end(child, status);
    } else if (child->output_bytes > CHILD_MAX_OUTPUT_BYTES) {
        end_child(child, CHILD_TALKED);
    } else if (child_now_s() - child->start_s > child->limits.seconds) {
        end_child(child, CHILD_TIMEOUT);
    } else if (process_tree_growth_bytes(child->pid, child->memory_before) > child->limits.memory_bytes) {
        end_child(child, CHILD_MEMORY);
    }
}

static bool any_runs(const Child *children, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (children[i].pid != 0) return true;
    return false;
}

/* Sleeps until one of them writes or ends, or limits are to be looked at. */
static bool wait_for_event(Child *children, size_t count) {
    struct pollfd files[CHILD_MAX_TOGETHER + 1];
    nfds_t used = 1;
    int timeout = LOOK_MS;
    files[0] = (struct pollfd){.fd = -1};
    for (size_t i = 0; i < count; i++) {
        files[used++] = (struct pollfd){.fd = children[i].pid != 0 ? children[i].output : -1, .events = POLLIN};
        if (children[i].pid == 0) continue;
        files[0].fd = children[i].limits.control;
        if (children[i].output < 0) timeout = NEAR_MS;
    }
    if (poll(files, used, timeout) <= 0) return true;
    for (size_t i = 0; i < count; i++)
        if (files[i + 1].revents != 0) read_output(&children[i]);
    return (files[0].revents & (POLLHUP | POLLERR)) == 0;
}

static void close_outputs(Child *children, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (children[i].output >= 0) close(children[i].output);
        children[i].output = -1;
    }
}

void children_wait(Child *children, size_t count) {
    while (any_runs(children, count)) {
        bool wanted = wait_for_event(children, count);
        for (size_t i = 0; i < count; i++) {
            if (children[i].pid == 0) continue;
            if (!wanted) end_child(&children[i], CHILD_INTERRUPTED);
            check_limits(&children[i]);
        }
    }
    close_outputs(children, count);
    bool strays = processes_end_children() > 0;
    for (size_t i = 0; i < count; i++) children[i].left_process |= strays;
}

static const char *describe_end(Context *context, const Child *child) {
    switch (child->end) {
    case CHILD_DONE: return "returned";
    case CHILD_EXITED: return arena_format(context, "ended its process with status %d", child->exit_status);
    case CHILD_SIGNALLED:
        return arena_format(context, "was ended by signal %d (%s)", child->signal, strsignal(child->signal));
    case CHILD_TIMEOUT:
        return arena_format(context, "did not end within %.3g s; it was ended after %.3g s", child->limits.seconds,
                            child->seconds);
    case CHILD_MEMORY:
        return arena_format(context, "took more than %.0f MiB of memory",
                            (double)child->limits.memory_bytes / (1 << 20));
    case CHILD_TALKED: return arena_format(context, "wrote more than %d KiB of output", CHILD_MAX_OUTPUT_BYTES >> 10);
    default: return "was ended because the session went away";
    }
}

const char *child_describe(Context *context, const Child *child) {
    const char *end = describe_end(context, child);
    return child->tail[0] == '\0' ? end : arena_format(context, "%s; its last output: %s", end, child->tail);
}
