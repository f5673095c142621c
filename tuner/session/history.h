/* SPDX-License-Identifier: Apache-2.0 */
/* What the database knows of a session's layers, so that the same command goes on where it ended. */
#ifndef SEPTET_TUNER_SESSION_HISTORY_H
#define SEPTET_TUNER_SESSION_HISTORY_H

#include "tuner/database/database.h"
#include "tuner/session/session.h"

/* Recalls all that this build measured of the options' layers on that machine; *recalled counts what the session could
 * use. Inside context_run; errors as those of the database. */
Status history_recall(Context *context, Database *database, const char *machine, const SessionOptions *options,
                      Session *session, int64_t *recalled);

#endif
