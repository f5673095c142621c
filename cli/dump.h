/* SPDX-License-Identifier: Apache-2.0 */
/* --dump-after and --time-passes: what the compiler does on the way, on standard error. */
#ifndef SEPTET_CLI_DUMP_H
#define SEPTET_CLI_DUMP_H

#include "cli/after.h"
#include "compiler/plan.h"

typedef struct Dump {
    Context *context;
    After after;
    bool times;
    const char *label; /* the layer under way */
    long steps;        /* seen so far */
} Dump;

/* Reads the two options. */
Status dump_read(Command *command, Dump *out);

/* Is there anything to print? */
bool dump_is_wanted(const Dump *dump);

/* An observer that prints what was asked for about the layer `label`; valid as long as the dump. */
PlanObserver dump_observer(Dump *dump, const char *label);

#endif
