/* SPDX-License-Identifier: Apache-2.0 */
/* JSON lines into the database, all or none (export.c says what they hold). Keys that are not known are passed over:
 * a later version may have added them; what it cannot leave out raises the number of "septet". */
#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "tuner/database/internal.h"

enum { LINES_VERSION = 1, FIRST_LINE_BYTES = 4096 };

typedef struct Importing {
    Context *context;
    Database *database;
    FILE *in;
    const char *name;
    DatabaseChange *change;
    sqlite3_stmt *insert, *bury;
    const char *const *names;
    int count;
    char *line;
    size_t capacity;
    int64_t number; /* of the line */
    cJSON *object;  /* of the line */
} Importing;

/* Reads a line of any length, without its end; *more is false behind the last. */
static Status read_line(Importing *importing, bool *more) {
    size_t length = 0;
    for (;;) {
        char *at = importing->line + length;
        if (fgets(at, (int)(importing->capacity - length), importing->in) == NULL) break;
        length += strlen(at);
        if (length > 0 && importing->line[length - 1] == '\n') break;
        if (length + 1 < importing->capacity) break; /* the last line, or a NUL in it */
        char *longer = arena_alloc(importing->context, 2 * importing->capacity);
        memcpy(longer, importing->line, length + 1);
        importing->line = longer;
        importing->capacity *= 2;
    }
    if (ferror(importing->in)) return diag_error(importing->context, STATUS_IO, "cannot read %s", importing->name);
    importing->line[length] = '\0';
    *more = length > 0;
    importing->number++;
    return STATUS_OK;
}

static Status refuse(const Importing *importing, const char *reason) {
    return diag_error(importing->context, STATUS_INVALID, "%s:%lld: %s; nothing was imported", importing->name,
                      (long long)importing->number, reason);
}

/* A value that SQLite's STRICT tables then check; arrays and objects as their text. */
static Status bind_value(const Importing *importing, int column, const cJSON *item) {
    sqlite3_stmt *insert = importing->insert;
    int result = SQLITE_OK;
    if (item == NULL || cJSON_IsNull(item)) {
        result = sqlite3_bind_null(insert, column);
    } else if (cJSON_IsString(item)) {
        result = sqlite3_bind_text(insert, column, item->valuestring, -1, SQLITE_STATIC);
    } else if (cJSON_IsNumber(item)) {
        double value = item->valuedouble;
        bool is_integer = value == floor(value) && fabs(value) < 0x1p53;
        result = is_integer ? sqlite3_bind_int64(insert, column, (int64_t)value)
                            : sqlite3_bind_double(insert, column, value);
    } else if (cJSON_IsBool(item)) {
        result = sqlite3_bind_int(insert, column, cJSON_IsTrue(item));
    } else {
        char *text = cJSON_PrintUnformatted(item);
        if (text == NULL) return diag_error(importing->context, STATUS_NO_MEMORY, "out of memory");
        result = sqlite3_bind_text(insert, column, text, -1, SQLITE_TRANSIENT);
        cJSON_free(text);
    }
    return result == SQLITE_OK ? STATUS_OK : diag_error(importing->context, STATUS_NO_MEMORY, "out of memory");
}

static Status step(const Importing *importing, sqlite3_stmt *statement) {
    bool row;
    Status status = database_step(importing->context, importing->database, statement, &row);
    sqlite3_reset(statement);
    if (status != STATUS_INVALID) return status;
    return refuse(importing, sqlite3_errmsg(importing->database->handle));
}

static Status import_tombstone(const Importing *importing, const cJSON *uuid) {
    const cJSON *buried_at = cJSON_GetObjectItemCaseSensitive(importing->object, "buried_at");
    if (!cJSON_IsString(uuid) || !cJSON_IsString(buried_at))
        return refuse(importing, "a tombstone has a UUID and \"buried_at\"");
    sqlite3_bind_text(importing->bury, 1, uuid->valuestring, -1, SQLITE_STATIC);
    sqlite3_bind_text(importing->bury, 2, buried_at->valuestring, -1, SQLITE_STATIC);
    return step(importing, importing->bury);
}

/* The keys of a line mostly come in the order of the columns: each is looked for behind the one before. */
static const cJSON *find_item(const cJSON *object, const char *name, const cJSON *after) {
    const cJSON *next = after != NULL ? after->next : object->child;
    if (next != NULL && strcmp(next->string, name) == 0) return next;
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static Status import_record(const Importing *importing) {
    const cJSON *last = importing->object->child;
    for (int i = 0; i < importing->count; i++) {
        const cJSON *item = find_item(importing->object, importing->names[i], last);
        TRY(bind_value(importing, i + 1, item));
        if (item != NULL) last = item;
    }
    return step(importing, importing->insert);
}

static Status import_line(Importing *importing) {
    if (!cJSON_IsObject(importing->object)) return refuse(importing, "the line is not a JSON object");
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(importing->object, "septet");
    if (!cJSON_IsNumber(version)) return refuse(importing, "the line has no \"septet\": it is not a measurement");
    if (version->valuedouble != LINES_VERSION)
        return refuse(importing, "the line has a format that this version of septet does not know");
    const cJSON *tombstone = cJSON_GetObjectItemCaseSensitive(importing->object, "tombstone");
    importing->change->read++;
    return tombstone != NULL ? import_tombstone(importing, tombstone) : import_record(importing);
}

static Status import_all(void *data) {
    Importing *importing = data;
    for (bool more = true;;) {
        TRY(read_line(importing, &more));
        if (!more) return STATUS_OK;
        if (importing->line[strspn(importing->line, " \t\r\n")] == '\0') continue;
        importing->object = cJSON_Parse(importing->line);
        Status status = import_line(importing);
        cJSON_Delete(importing->object);
        importing->object = NULL;
        TRY(status);
    }
}

static Status import_body(void *data) {
    Importing *importing = data;
    Context *context = importing->context;
    Database *database = importing->database;
    int64_t before, after;
    TRY(database_prepare_record(context, database, &importing->insert, &importing->names, &importing->count));
    TRY(database_prepare(context, database, DATABASE_BURY " VALUES (?1, ?2) " DATABASE_BURY_AGAIN, &importing->bury));
    importing->capacity = FIRST_LINE_BYTES;
    importing->line = arena_alloc(context, importing->capacity);
    TRY(database_count(context, database, &before));
    TRY(import_all(importing));
    TRY(database_count(context, database, &after));
    importing->change->added = after - before;
    return STATUS_OK;
}

Status database_import(Context *context, Database *database, FILE *in, const char *name, DatabaseChange *change) {
    Importing importing = {.context = context, .database = database, .in = in, .name = name, .change = change};
    *change = (DatabaseChange){0};
    Status status = database_transaction(context, database, import_body, &importing);
    cJSON_Delete(importing.object); /* where a line ran out of memory */
    sqlite3_finalize(importing.insert);
    sqlite3_finalize(importing.bury);
    return status;
}
