/* SPDX-License-Identifier: Apache-2.0 */
/* What the operating system says about this machine that matters to measuring. What it does not say is NAN, -1 or
 * "". */
#ifndef SEPTET_TUNER_MEASURING_MACHINE_FACTS_H
#define SEPTET_TUNER_MEASURING_MACHINE_FACTS_H

#include <stdbool.h>
#include <stddef.h>

enum { MACHINE_FACT_BYTES = 64 };

typedef enum MatrixUnit { MATRIX_UNIT_NONE, MATRIX_UNIT_FORBIDDEN, MATRIX_UNIT_ALLOWED } MatrixUnit;

typedef struct MachineFacts {
    int cores;          /* that this process may use */
    double timer_ns;    /* smallest step of the clock that was seen */
    bool can_pin;       /* a thread may be kept to a core */
    double load;        /* processes that want a core, average of a minute */
    double quota_cores; /* CPU time that the control group may use, in cores; NAN: no limit, or not known */
    double steal;       /* share that the host took of a fifth of a second; NAN */
    bool is_virtual;    /* a hypervisor shows itself: sizes of shared caches may be wrong */
    bool has_counters;  /* cycles can be counted */
    MatrixUnit matrix;  /* AMX, and whether the system lets us use it */
    char governor[MACHINE_FACT_BYTES]; /* of the first core's clock: "performance" */
} MachineFacts;

/* Also asks for the permission. */
MatrixUnit machine_facts_matrix_unit(void);

/* Looks, in about a quarter of a second. */
MachineFacts machine_facts(void);

/* The words of a file of /proc or /sys, its first line without the end; "" when it cannot be read. */
void machine_facts_read(const char *path, char *out, size_t bytes);

/* "200000 100000" or "max 100000", as in cpu.max of a control group, in cores; NAN when it is no limit. */
double machine_facts_quota(const char *text);

#endif
