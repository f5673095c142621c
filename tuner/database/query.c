/* SPDX-License-Identifier: Apache-2.0 */
/* Queries that people write: any SELECT, and nothing else. SQLite's authorizer is asked for each thing that a statement
 * would do, so that the text cannot write, attach a file, or change a setting. */
#include <string.h>

#include "base/vector.h"
#include "tuner/database/internal.h"

static Value read_value(sqlite3_stmt *statement, int column) {
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: return (Value){.kind = VALUE_INTEGER, .integer = sqlite3_column_int64(statement, column)};
    case SQLITE_FLOAT: return (Value){.kind = VALUE_REAL, .real = sqlite3_column_double(statement, column)};
    case SQLITE_NULL: return (Value){.kind = VALUE_NULL};
    default: return (Value){.kind = VALUE_TEXT, .text = (const char *)sqlite3_column_text(statement, column)};
    }
}

static Status prepare_select(Context *context, Database *database, const char *sql, sqlite3_stmt **out) {
    const char *rest = NULL;
    database_allow_reading(database);
    int result = sqlite3_prepare_v2(database->handle, sql, -1, out, &rest);
    database_allow_all(database);
    if (result != SQLITE_OK) {
        if ((result & 0xff) == SQLITE_ERROR)
            return diag_error(context, STATUS_INVALID, "the query is not SQL: %s", sqlite3_errmsg(database->handle));
        return database_error(context, database, "read");
    }
    if (*out == NULL) return diag_error(context, STATUS_INVALID, "the query is empty");
    if (rest[strspn(rest, " \t\n;")] == '\0') return STATUS_OK;
    return diag_error(context, STATUS_INVALID, "one statement at a time; this is left over: %s", rest);
}

static Status give_rows(Context *context, Database *database, sqlite3_stmt *statement, bool columns_too, RowSink sink,
                        void *data) {
    int count = sqlite3_column_count(statement);
    const char **names = ARENA_ARRAY(context, const char *, (size_t)count);
    Value *values = ARENA_ARRAY(context, Value, (size_t)count);
    for (int i = 0; i < count; i++) names[i] = arena_string(context, sqlite3_column_name(statement, i));
    if (columns_too) TRY(sink(data, &(Row){count, names, NULL}));
    for (;;) {
        bool row;
        TRY(database_step(context, database, statement, &row));
        if (!row) return STATUS_OK;
        for (int i = 0; i < count; i++) values[i] = read_value(statement, i);
        TRY(sink(data, &(Row){count, names, values}));
    }
}

Status database_select(Context *context, Database *database, const char *sql, const char *const *parameters, int count,
                       bool columns_too, RowSink sink, void *data) {
    sqlite3_stmt *statement;
    TRY(prepare_select(context, database, sql, &statement));
    for (int i = 0; i < count; i++) sqlite3_bind_text(statement, i + 1, parameters[i], -1, SQLITE_TRANSIENT);
    Status status = give_rows(context, database, statement, columns_too, sink, data);
    sqlite3_finalize(statement);
    return status;
}
