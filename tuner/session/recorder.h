/* SPDX-License-Identifier: Apache-2.0 */
/* What a session measures, as rows of the database: of which session, on whose machine, by which build. */
#ifndef SEPTET_TUNER_SESSION_RECORDER_H
#define SEPTET_TUNER_SESSION_RECORDER_H

#include "tuner/agent/agent.h"
#include "tuner/database/database.h"
#include "tuner/session/session.h"

typedef struct Recorder {
    Database *database;
    DatabaseSession session;
    Origin origin; /* refers to `session`: a recorder stays where it is */
} Recorder;

/* Adds a new session to the database, which is open for writing; `command` tells people what it was. The machine is
 * that of the agent, which need not be this one. Inside context_run, as the next; errors as those of the database. */
Status recorder_begin(Context *context, Recorder *recorder, Database *database, const Agent *agent, const char *command,
                      const SessionOptions *options);

/* Stores a measurement; one that was interrupted says nothing and is not stored: *stored is false then. */
Status recorder_store(Context *context, const Recorder *recorder, const Measurement *measurement, bool *stored);

#endif
