/* SPDX-License-Identifier: Apache-2.0 */
/* A function in a child process that may do what it likes: it is ended when it runs too long, takes too much memory or
 * writes too much, and with it every process that it started, also those that left its process group: the agent adopts
 * orphans of its children (child_adopt_orphans). What it wrote last is kept. */
#ifndef SEPTET_TUNER_AGENT_CHILD_H
#define SEPTET_TUNER_AGENT_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/context.h"

typedef enum ChildEnd {
    CHILD_DONE,       /* the function returned */
    CHILD_EXITED,     /* it left by another way, `exit_status` */
    CHILD_SIGNALLED,  /* `signal` ended it */
    CHILD_TIMEOUT,    /* too long */
    CHILD_MEMORY,     /* too much memory */
    CHILD_TALKED,     /* too much output */
    CHILD_INTERRUPTED /* whoever wanted the result has gone */
} ChildEnd;

enum { CHILD_TAIL_BYTES = 1024, CHILD_MAX_OUTPUT_BYTES = 1 << 20, CHILD_MAX_CLOSED = 3, CHILD_MAX_TOGETHER = 64 };

typedef struct ChildLimits {
    double seconds;
    int64_t memory_bytes;         /* beyond what the parent holds */
    int control;                  /* descriptor: when its other end closes, nobody wants the result; -1: none */
    int closed[CHILD_MAX_CLOSED]; /* descriptors that children must not hold; -1: none */
} ChildLimits;

typedef struct Child {
    pid_t pid;  /* 0: not started, or ended */
    int output; /* what it writes; -1 at the end of that */
    int64_t memory_before;
    double start_s;
    ChildLimits limits;
    ChildEnd end;
    int signal, exit_status;
    double seconds;              /* that it ran */
    bool left_process;           /* a process that it started was still there when it had ended */
    char tail[CHILD_TAIL_BYTES]; /* the last that it wrote, NUL-terminated */
    size_t output_bytes;
} Child;

/* Makes the calling process the parent of its descendants' orphans. */
void child_adopt_orphans(void);

/* Runs body(data) in a child, which leaves by _exit. Its standard input is empty. STATUS_NO_MEMORY when no process can
 * be made. */
Status child_start(Context *context, const ChildLimits *limits, void (*body)(void *data), void *data, Child *out);

/* Waits until all have ended; those that were not started are passed over. Leaves no process behind: no other child of
 * the caller may live. */
/* count <= CHILD_MAX_TOGETHER. */
void children_wait(Child *children, size_t count);

/* The end in words: "was ended by signal 11 (Segmentation fault)", with what it wrote last. In the arena. */
const char *child_describe(Context *context, const Child *child);

/* Seconds on a clock that only goes forward. */
double child_now_s(void);

#endif
