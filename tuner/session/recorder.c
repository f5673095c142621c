/* SPDX-License-Identifier: Apache-2.0 */
/* The agent says which machine it measures on, and whether it finds itself in an emulator. */
#include "tuner/session/recorder.h"

Status recorder_begin(Context *context, Recorder *recorder, Database *database, const Agent *agent, const char *command,
                      const SessionOptions *options) {
    const AgentInfo *info = agent_info(agent);
    recorder->database = database;
    recorder->session = (DatabaseSession){.started_at = database_now(context),
                                          .command = command,
                                          .strategy = options->strategy,
                                          .seed = (int64_t)options->seed};
    database_new_uuid(recorder->session.uuid);
    recorder->origin = (Origin){.session = &recorder->session,
                                .machine = info->machine,
                                .emulated = info->emulated,
                                .build = database_build(context)};
    return database_add_session(context, database, &recorder->session);
}

Status recorder_store(Context *context, const Recorder *recorder, const Measurement *measurement, bool *stored) {
    *stored = measurement->status != MEASUREMENT_INTERRUPTED;
    return *stored ? database_insert(context, recorder->database, &recorder->origin, measurement) : STATUS_OK;
}
