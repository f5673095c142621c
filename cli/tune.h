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

#endif
