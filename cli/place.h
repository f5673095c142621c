/* SPDX-License-Identifier: Apache-2.0 */
/* --on: where the verbs that measure do so. */
#ifndef SEPTET_CLI_PLACE_H
#define SEPTET_CLI_PLACE_H

#include "cli/command.h"
#include "tuner/agent/agent.h"

/* Starts the agent of --on, or this machine's own, which must be able to run kernels of the target and of so
 * many threads. Another machine's target is to
 * be named: what is wrong on the command line counts as misuse, before anything is started. *out is to be stopped. */
Status place_check(Command *command);
Status place_start(Command *command, const Target *target, int threads, Agent **out);

#endif
