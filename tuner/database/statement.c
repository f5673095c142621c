/* SPDX-License-Identifier: Apache-2.0 */
/* Statements over SQLite's C API, and its errors in words that say what to do. */
#include <math.h>
#include <string.h>

#include "tuner/database/internal.h"

/* A COMMIT counts as reading for SQLite, so its error says which it was. */
static Status io_error(Context *context, Database *database) {
    int code = sqlite3_extended_errcode(database->handle);
    bool is_read = code == SQLITE_IOERR_READ || code == SQLITE_IOERR_SHORT_READ;
    return diag_error(context, STATUS_IO, "cannot %s %s: %s; what was stored before is safe",
                      is_read ? "read" : "write", database->path, sqlite3_errmsg(database->handle));
}

Status database_error(Context *context, Database *database, const char *what) {
    const char *path = database->path, *words = sqlite3_errmsg(database->handle);
    switch (sqlite3_extended_errcode(database->handle) & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return diag_error(context, STATUS_IO,
                          "%s is locked: another process has been writing to it for %d ms; try again when it is done",
                          path, database->patience_ms);
    case SQLITE_CORRUPT:
        return diag_error(context, STATUS_IO,
                          "%s is damaged (%s): put back a copy, or save what is left by "
                          "'sqlite3 %s .recover | sqlite3 NEW.db'",
                          path, words, path);
    case SQLITE_NOTADB: return diag_error(context, STATUS_IO, "%s is not a tuning database, or damaged", path);
    case SQLITE_READONLY: return diag_error(context, STATUS_IO, "%s is read-only: nothing was written", path);
    case SQLITE_FULL:
        return diag_error(context, STATUS_IO, "the disk of %s is full: nothing of this was written, all before is safe",
                          path);
    case SQLITE_IOERR: return io_error(context, database);
    case SQLITE_CANTOPEN: return diag_error(context, STATUS_IO, "cannot open %s: %s", path, words);
    case SQLITE_NOMEM: return diag_error(context, STATUS_NO_MEMORY, "out of memory");
    case SQLITE_AUTH: return diag_error(context, STATUS_INVALID, "only reading is allowed here: %s", words);
    default: return diag_error(context, STATUS_INVALID, "cannot %s %s: %s", what, path, words);
    }
}

Status database_prepare(Context *context, Database *database, const char *sql, sqlite3_stmt **out) {
    if (sqlite3_prepare_v2(database->handle, sql, -1, out, NULL) == SQLITE_OK) return STATUS_OK;
    return database_error(context, database, "query");
}

Status database_step(Context *context, Database *database, sqlite3_stmt *statement, bool *row) {
    int result = sqlite3_step(statement);
    *row = result == SQLITE_ROW;
    if (result == SQLITE_ROW || result == SQLITE_DONE) return STATUS_OK;
    Status status = database_error(context, database, sqlite3_stmt_readonly(statement) ? "read" : "write");
    sqlite3_reset(statement);
    return status;
}

Status database_run(Context *context, Database *database, const char *sql) {
    while (*sql != '\0') {
        sqlite3_stmt *statement;
        bool row = true;
        if (sqlite3_prepare_v2(database->handle, sql, -1, &statement, &sql) != SQLITE_OK)
            return database_error(context, database, "set up");
        if (statement == NULL) continue; /* a comment */
        Status status = STATUS_OK;
        while (status == STATUS_OK && row) status = database_step(context, database, statement, &row);
        sqlite3_finalize(statement);
        TRY(status);
    }
    return STATUS_OK;
}

Status database_set_cache(Context *context, Database *database, int mebibytes) {
    return database_run(context, database, arena_format(context, "PRAGMA cache_size = -%d", mebibytes * 1024));
}

/* Errors of the rollback are of no interest: SQLite has already undone it, or closing will. */
Status database_transaction(Context *context, Database *database, Status (*body)(void *data), void *data) {
    TRY(database_run(context, database, "BEGIN IMMEDIATE"));
    Status status = context_run(context, body, data);
    if (status == STATUS_OK) status = database_run(context, database, "COMMIT");
    if (status != STATUS_OK) sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

Status database_read_number(Context *context, Database *database, const char *sql, int64_t *out) {
    sqlite3_stmt *statement;
    bool row;
    TRY(database_prepare(context, database, sql, &statement));
    Status status = database_step(context, database, statement, &row);
    *out = status == STATUS_OK && row ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return status;
}

Status database_count(Context *context, Database *database, int64_t *out) {
    return database_read_number(context, database,
                                "SELECT (SELECT count(*) FROM measurement) + (SELECT count(*) FROM tombstone)"
                                " + (SELECT count(*) FROM calibration)",
                                out);
}

static int authorize_reading(void *data, int action, const char *first, const char *second, const char *file,
                             const char *trigger) {
    (void)data, (void)first, (void)file, (void)trigger;
    if (action == SQLITE_FUNCTION && strcmp(second, "load_extension") == 0) return SQLITE_DENY;
    bool reads =
        action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION || action == SQLITE_RECURSIVE;
    return reads ? SQLITE_OK : SQLITE_DENY;
}

/* json_each and json_tree make a table for themselves when they are first used, which would be refused later. */
void database_allow_reading(Database *database) {
    sqlite3_exec(database->handle, "SELECT 1 FROM json_each('[]'), json_tree('[]')", NULL, NULL, NULL);
    sqlite3_set_authorizer(database->handle, authorize_reading, NULL);
}

void database_allow_all(Database *database) {
    sqlite3_set_authorizer(database->handle, NULL, NULL);
}

const char *database_column_text(Context *context, sqlite3_stmt *statement, int column) {
    const unsigned char *text = sqlite3_column_text(statement, column);
    return text != NULL ? arena_string(context, (const char *)text) : NULL;
}

double database_column_number(sqlite3_stmt *statement, int column) {
    return sqlite3_column_type(statement, column) == SQLITE_NULL ? NAN : sqlite3_column_double(statement, column);
}
