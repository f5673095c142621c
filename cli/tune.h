/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of `septet tune` share. */
#ifndef SEPTET_CLI_TUNE_H
#define SEPTET_CLI_TUNE_H

#include "cli/request.h"
#include "tuner/session/session.h"

/* The options of a session that the command line tells; layers are those of the request, in the arena. */
Status tune_read(Command *command, const Request *request, SessionOptions *out);

/* --dry-run: prints each layer's knobs with their values, how many points there are, and the first candidates. */
Status tune_dry_run(Command *command, const SessionOptions *options);

/* Measures: runs the session, with an agent and the database, and prints what it found. STATUS_UNSUPPORTED when this
 * machine cannot run the target; errors of the agent and the database. */
Status tune_measure(Command *command, const SessionOptions *options);

#endif
