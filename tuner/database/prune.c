/* SPDX-License-Identifier: Apache-2.0 */
/* Pruning: rows go, and tombstones say so to later merges and imports. What they alone referred to goes too; sessions
 * stay, because they tell what was done. */
#include "tuner/database/internal.h"

typedef struct Pruning {
    Context *context;
    Database *database;
    const char *where;
    bool dry_run;
    DatabaseChange *change;
} Pruning;

/* The user's expression is read as one that can only read; what it finds is kept aside before anything changes. */
static Status collect(void *data, const Row *row) {
    const Pruning *pruning = data;
    sqlite3_stmt *statement;
    bool more;
    TRY(database_prepare(pruning->context, pruning->database, "INSERT INTO temp.doomed VALUES (?1)", &statement));
    sqlite3_bind_text(statement, 1, row->values[0].text, -1, SQLITE_STATIC);
    Status status = database_step(pruning->context, pruning->database, statement, &more);
    sqlite3_finalize(statement);
    pruning->change->added++;
    return status;
}

static Status bury(const Pruning *pruning) {
    Context *context = pruning->context;
    static const char *const unused[] = {
        "DELETE FROM schedule WHERE id NOT IN (SELECT schedule FROM measurement)",
        "DELETE FROM problem WHERE id NOT IN (SELECT problem FROM measurement)",
        "DELETE FROM build WHERE id NOT IN (SELECT build FROM measurement) AND id NOT IN"
        " (SELECT build FROM validation)",
    };
    TRY(database_run(context, pruning->database,
                     arena_format(context,
                                  DATABASE_BURY " SELECT uuid, '%s' FROM temp.doomed WHERE true " DATABASE_BURY_AGAIN,
                                  database_now(context))));
    for (size_t i = 0; i < sizeof unused / sizeof unused[0]; i++)
        TRY(database_run(context, pruning->database, unused[i]));
    return STATUS_OK;
}

static Status prune_body(void *data) {
    Pruning *pruning = data;
    Context *context = pruning->context;
    Database *database = pruning->database;
    TRY(database_run(context, database, "CREATE TEMP TABLE doomed (uuid TEXT)"));
    const char *sql = arena_format(context, "SELECT uuid FROM record WHERE (%s\n)", pruning->where);
    TRY(database_select(context, database, sql, NULL, 0, false, collect, pruning));
    if (!pruning->dry_run) TRY(bury(pruning));
    return database_run(context, database, "DROP TABLE temp.doomed");
}

Status database_prune(Context *context, Database *database, const char *where, bool dry_run, DatabaseChange *change) {
    Pruning pruning = {context, database, where, dry_run, change};
    *change = (DatabaseChange){0};
    return database_transaction(context, database, prune_body, &pruning);
}
