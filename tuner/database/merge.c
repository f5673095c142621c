/* SPDX-License-Identifier: Apache-2.0 */
/* Merging is a union by UUID: what is there already or was pruned stays as it is, so the order of merges and their
 * number do not matter. Sessions come with their measurements. */
#include <sys/stat.h>

#include "tuner/database/internal.h"

typedef struct Merging {
    Context *context;
    Database *database;
    DatabaseChange *change;
} Merging;

static Status count_other(const Merging *merging, int64_t *out) {
    return database_read_number(
        merging->context, merging->database,
        "SELECT (SELECT count(*) FROM other.measurement) + (SELECT count(*) FROM other.tombstone)"
        " + (SELECT count(*) FROM other.calibration)",
        out);
}

/* A file of version 1 has the same columns in the same order; the tombstones first, for they are what the trigger of
 * `record` looks at. */
static Status merge_body(void *data) {
    const Merging *merging = data;
    Context *context = merging->context;
    Database *database = merging->database;
    int64_t before, after;
    TRY(count_other(merging, &merging->change->read));
    TRY(database_count(context, database, &before));
    TRY(database_run(context, database,
                     DATABASE_BURY " SELECT uuid, buried_at FROM other.tombstone WHERE true " DATABASE_BURY_AGAIN));
    TRY(database_run(context, database,
                     "INSERT INTO main.session (uuid, started_at, command, strategy, seed)"
                     " SELECT uuid, started_at, command, strategy, seed FROM other.session WHERE true"
                     " ON CONFLICT (uuid) DO NOTHING"));
    TRY(database_run(context, database,
                     "INSERT INTO main.record SELECT * FROM other.record AS r"
                     " WHERE NOT EXISTS (SELECT 1 FROM main.measurement AS m WHERE m.uuid = r.uuid) ORDER BY r.uuid"));
    TRY(database_run(context, database,
                     "INSERT INTO main.machine (text, emulated) SELECT text, emulated FROM other.machine WHERE true"
                     " ON CONFLICT (text) DO NOTHING"));
    TRY(database_run(context, database,
                     "INSERT INTO main.calibration (uuid, machine, " DATABASE_CALIBRATION_COLUMNS ") SELECT k.uuid,"
                     " (SELECT id FROM main.machine WHERE text = h.text), " DATABASE_CALIBRATION_COLUMNS
                     " FROM other.calibration k JOIN other.machine h ON h.id = k.machine WHERE true"
                     " ON CONFLICT (uuid) DO NOTHING"));
    TRY(database_count(context, database, &after));
    merging->change->added = after - before;
    return STATUS_OK;
}

/* Opening it as a database first says what is wrong with it, and brings an older file up to date when it can be. */
static Status check_other(Context *context, const char *path) {
    Database *other;
    TRY(database_open(context, path, DATABASE_READ, &other));
    database_close(other);
    return STATUS_OK;
}

Status database_attach(Context *context, Database *database, const char *path) {
    sqlite3_stmt *statement;
    bool row;
    TRY(check_other(context, path));
    TRY(database_prepare(context, database, "ATTACH ?1 AS other", &statement));
    sqlite3_bind_text(statement, 1, database_file_uri(context, path, false), -1, SQLITE_STATIC);
    Status status = database_step(context, database, statement, &row);
    sqlite3_finalize(statement);
    return status;
}

/* Its own lock would be waited for. */
static bool is_same_file(const char *path, const char *other) {
    struct stat one, two;
    return stat(path, &one) == 0 && stat(other, &two) == 0 && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

Status database_merge(Context *context, Database *database, const char *path, DatabaseChange *change) {
    Merging merging = {context, database, change};
    *change = (DatabaseChange){0};
    if (is_same_file(database->path, path))
        return diag_error(context, STATUS_INVALID, "%s cannot be merged into itself", path);
    TRY(database_attach(context, database, path));
    Status status = database_transaction(context, database, merge_body, &merging);
    sqlite3_exec(database->handle, "DETACH other", NULL, NULL, NULL);
    return status;
}
