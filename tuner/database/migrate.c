/* SPDX-License-Identifier: Apache-2.0 */
/* Versions of the schema. PRAGMA user_version counts them, application_id says that the file is ours; a new file is
 * version 0, and each migration is SQL that makes the next version of the one before. */
#include <inttypes.h>

#include "tuner/database/internal.h"

typedef struct Migrating {
    Context *context;
    Database *database;
    const Migration *migrations;
    int64_t version, count;
} Migrating;

/* An empty file is ours to fill; another program's is not. */
static Status check_owner(const Migrating *migrating) {
    int64_t application, tables;
    TRY(database_read_number(migrating->context, migrating->database, "PRAGMA application_id", &application));
    if (application == DATABASE_APPLICATION_ID) return STATUS_OK;
    TRY(database_read_number(migrating->context, migrating->database, "SELECT count(*) FROM sqlite_schema", &tables));
    if (application == 0 && tables == 0) return STATUS_OK;
    return diag_error(migrating->context, STATUS_INVALID, "%s is a database of another program, not of septet",
                      migrating->database->path);
}

static Status read_version(Migrating *migrating) {
    TRY(check_owner(migrating));
    TRY(database_read_number(migrating->context, migrating->database, "PRAGMA user_version", &migrating->version));
    if (migrating->version <= migrating->count) return STATUS_OK;
    return diag_error(migrating->context, STATUS_UNSUPPORTED,
                      "%s was written by a newer septet (schema %" PRId64 "; this one knows %" PRId64
                      "): update septet, or use another file (--db)",
                      migrating->database->path, migrating->version, migrating->count);
}

/* Another process may have done it while this one waited for the lock. */
static Status migrate(void *data) {
    Migrating *migrating = data;
    TRY(read_version(migrating));
    for (int64_t i = migrating->version; i < migrating->count; i++) {
        const Migration *migration = &migrating->migrations[i];
        const char *sql = arena_substring(migrating->context, (const char *)migration->sql, migration->length);
        TRY(database_run(migrating->context, migrating->database, sql));
    }
    const char *marks = arena_format(migrating->context, "PRAGMA application_id = %d; PRAGMA user_version = %" PRId64,
                                     DATABASE_APPLICATION_ID, migrating->count);
    return database_run(migrating->context, migrating->database, marks);
}

Status database_migrate(Context *context, Database *database, const Migration *migrations, int count) {
    Migrating migrating = {context, database, migrations, 0, count};
    TRY(read_version(&migrating));
    if (migrating.version == count) return STATUS_OK;
    if (sqlite3_db_readonly(database->handle, "main") == 1)
        return diag_error(context, STATUS_UNSUPPORTED,
                          "%s has the older schema %" PRId64 ": open it once for writing, by 'septet db merge' or "
                          "'septet db import', to bring it up to date",
                          database->path, migrating.version);
    TRY(database_run(context, database, "PRAGMA journal_mode = WAL"));
    return database_transaction(context, database, migrate, &migrating);
}
