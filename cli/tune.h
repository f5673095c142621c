/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of `septet tune` share. */
#ifndef SEPTET_CLI_TUNE_H
#define SEPTET_CLI_TUNE_H

#include "cli/request.h"
#include "tuner/database/database.h"
#include "tuner/session/session.h"

/* The options of a session that the command line tells. Its layers are those of the request, in the arena; layers of
 * one problem are one, which occurs as often as all of them. STATUS_REFUSED when a given schedule does not apply. */
Status tune_read(Command *command, const Request *request, SessionOptions *out);

/* Leaves out the layers that --missing and --stale do not want, and lets each begin at its best record that is
 * confirmed and still applies, unless --schedule or --fresh is given. Errors of the database. */
Status tune_look_up(Command *command, Database *database, const char *machine, SessionOptions *options);

/* --dry-run: prints each layer's knobs with their values, how many points there are, and the first candidates. */
Status tune_dry_run(Command *command, const SessionOptions *options);

/* Measures: runs the session, with an agent and the database, and prints what it found. STATUS_UNSUPPORTED when this
 * machine cannot run the target; errors of the agent and the database. */
Status tune_measure(Command *command, const SessionOptions *options);

#endif
