/* SPDX-License-Identifier: Apache-2.0 */
/* What the build at hand makes of a recorded schedule: kept beside the measurement, which never changes. */
#include "tuner/database/internal.h"

Status database_add_validation(Context *context, Database *database, const char *uuid, const char *result) {
    sqlite3_stmt *statement;
    bool row;
    const char *build = database_build(context);
    TRY(database_prepare(context, database,
                         "INSERT INTO validation (measurement, build, validated_at, result)"
                         " SELECT id, (SELECT id FROM build WHERE text = ?2), ?3, ?4 FROM measurement WHERE uuid = ?1"
                         " ON CONFLICT (measurement, build) DO UPDATE SET validated_at = ?3, result = ?4",
                         &statement));
    sqlite3_bind_text(statement, 1, uuid, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, build, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, database_now(context), -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, result, -1, SQLITE_STATIC);
    Status status = database_step(context, database, statement, &row);
    sqlite3_finalize(statement);
    return status;
}

Status database_add_build(Context *context, Database *database) {
    sqlite3_stmt *statement;
    bool row;
    TRY(database_prepare(context, database,
                         "INSERT INTO build (text) SELECT ?1 WHERE true ON CONFLICT (text) DO NOTHING", &statement));
    sqlite3_bind_text(statement, 1, database_build(context), -1, SQLITE_STATIC);
    Status status = database_step(context, database, statement, &row);
    sqlite3_finalize(statement);
    return status;
}
