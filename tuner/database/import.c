/* SPDX-License-Identifier: Apache-2.0 */
/* JSON lines into the database, all or none (export.c says what they hold). Keys that are not known are passed over:
 * a later version may have added them; what it cannot leave out raises the number of "septet".
 *
 * Half of a line are its visits, which are stored as they are: to make objects of them and print these again took a
 * third of the time. So they are cut out as text before the line is parsed; that they are a JSON array is for the
 * schema to check. */
#include <cjson/cJSON.h>
#include <string.h>

#include "tuner/database/import_row.h"

enum { LINES_VERSION = 1, FIRST_LINE_BYTES = 4096, IMPORT_CACHE_MEBIBYTES = 256 };

typedef struct Importing {
    Context *context;
    Database *database;
    FILE *in;
    const char *name;
    DatabaseChange *change;
    sqlite3_stmt *forget, *bury;
    RowWriter *writer;
    const char *const *names; /* of the columns of a row */
    RowValue *row;
    int count;
    char *line, *visits; /* both with room for `capacity` bytes; visits: those of the line as text, not terminated */
    size_t capacity, visits_bytes;
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
        importing->visits = arena_alloc(importing->context, importing->capacity);
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

/* What the schema says to a line. */
static Status judge(const Importing *importing, Status status) {
    if (status != STATUS_INVALID) return status;
    return refuse(importing, sqlite3_errmsg(importing->database->handle));
}

/* As the foreign key does where it is looked after. */
static Status forget_validations(const Importing *importing, const char *uuid) {
    bool row;
    sqlite3_bind_text(importing->forget, 1, uuid, -1, SQLITE_STATIC);
    Status status = database_step(importing->context, importing->database, importing->forget, &row);
    sqlite3_reset(importing->forget);
    return status;
}

static Status import_tombstone(const Importing *importing, const cJSON *uuid) {
    const cJSON *buried_at = cJSON_GetObjectItemCaseSensitive(importing->object, "buried_at");
    if (!cJSON_IsString(uuid) || !cJSON_IsString(buried_at))
        return refuse(importing, "a tombstone has a UUID and \"buried_at\"");
    TRY(forget_validations(importing, uuid->valuestring));
    sqlite3_bind_text(importing->bury, 1, uuid->valuestring, -1, SQLITE_STATIC);
    sqlite3_bind_text(importing->bury, 2, buried_at->valuestring, -1, SQLITE_STATIC);
    bool row;
    Status status = database_step(importing->context, importing->database, importing->bury, &row);
    sqlite3_reset(importing->bury);
    return judge(importing, status);
}

/* SQLite takes the line apart: there are few of these. */
static Status import_calibration(const Importing *importing) {
    static const char *const statements[] = {
        "INSERT INTO machine (text) SELECT ?1 ->> 'machine' WHERE true ON CONFLICT (text) DO NOTHING",
        "INSERT INTO calibration (uuid, machine, " DATABASE_CALIBRATION_COLUMNS ") SELECT ?1 ->> 'calibration',"
        " (SELECT id FROM machine WHERE text = ?1 ->> 'machine'), ?1 ->> 'calibrated_at', ?1 ->> 'target',"
        " ?1 ->> 'workers', ?1 ->> 'peak_gflops', ?1 ->> 'l1_gbytes', ?1 ->> 'l2_gbytes', ?1 ->> 'l3_gbytes',"
        " ?1 ->> 'dram_gbytes', ?1 ->> 'noise', ?1 ->> 'environment' WHERE true ON CONFLICT (uuid) DO NOTHING",
    };
    Status status = STATUS_OK;
    for (int i = 0; i < 2 && status == STATUS_OK; i++) {
        sqlite3_stmt *statement;
        bool row;
        TRY(database_prepare(importing->context, importing->database, statements[i], &statement));
        sqlite3_bind_text(statement, 1, importing->line, -1, SQLITE_STATIC);
        status = judge(importing, database_step(importing->context, importing->database, statement, &row));
        sqlite3_finalize(statement);
    }
    return status;
}

/* The keys of a line mostly come in the order of the columns: each is looked for from the column behind the last one
 * on. Returns importing->count for a key that is none of them. */
static int find_column(const Importing *importing, const char *key, int from) {
    int count = importing->count;
    for (int i = 0; i < count; i++) {
        int column = from + i < count ? from + i : from + i - count;
        if (strcmp(importing->names[column], key) == 0) return column;
    }
    return count;
}

/* What has no key stays NULL. Of keys that come twice the last one counts. */
static Status import_record(const Importing *importing) {
    int from = 0;
    memset(importing->row, 0, sizeof *importing->row * (size_t)importing->count);
    for (const cJSON *item = importing->object->child; item != NULL; item = item->next) {
        int column = find_column(importing, item->string, from);
        if (column == importing->count) continue;
        importing->row[column].item = item;
        from = column + 1;
    }
    if (importing->visits_bytes > 0)
        importing->row[find_column(importing, "visits", 0)] =
            (RowValue){.text = importing->visits, .bytes = importing->visits_bytes};
    return judge(importing, row_writer_add(importing->writer, importing->row));
}

/* cJSON gives NULL too when memory runs out, so SQLite is asked whether the text is to blame. */
static Status refuse_text(const Importing *importing) {
    sqlite3_stmt *statement;
    bool row;
    TRY(database_prepare(importing->context, importing->database, "SELECT json_valid(?1)", &statement));
    sqlite3_bind_text(statement, 1, importing->line, -1, SQLITE_STATIC);
    Status status = database_step(importing->context, importing->database, statement, &row);
    bool is_valid = status == STATUS_OK && row && sqlite3_column_int(statement, 0) == 1;
    sqlite3_finalize(statement);
    TRY(status);
    if (!is_valid || importing->object != NULL) return refuse(importing, "the line is not a JSON object");
    return diag_error(importing->context, STATUS_NO_MEMORY,
                      "%s:%lld: memory ran out, or the line is nested too deeply; nothing was imported",
                      importing->name, (long long)importing->number);
}

static Status import_line(Importing *importing) {
    if (!cJSON_IsObject(importing->object)) return refuse_text(importing);
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(importing->object, "septet");
    if (!cJSON_IsNumber(version)) return refuse(importing, "the line has no \"septet\": it is not a measurement");
    if (version->valuedouble != LINES_VERSION)
        return refuse(importing, "the line has a format that this version of septet does not know");
    const cJSON *tombstone = cJSON_GetObjectItemCaseSensitive(importing->object, "tombstone");
    importing->change->read++;
    if (tombstone != NULL) return import_tombstone(importing, tombstone);
    if (cJSON_HasObjectItem(importing->object, "calibration")) return import_calibration(importing);
    return import_record(importing);
}

static Status import_all(void *data) {
    Importing *importing = data;
    for (bool more = true;;) {
        TRY(read_line(importing, &more));
        if (!more) return STATUS_OK;
        if (importing->line[strspn(importing->line, " \t\r\n")] == '\0') continue;
        importing->visits_bytes = database_cut_array(importing->line, "\"visits\":[", importing->visits);
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
    TRY(database_record_columns(context, database, &importing->names, &importing->count));
    importing->row = ARENA_ARRAY(context, RowValue, (size_t)importing->count);
    TRY(row_writer_new(context, database, importing->names, importing->count, &importing->writer));
    TRY(database_prepare(context, database,
                         "DELETE FROM validation WHERE measurement = (SELECT id FROM measurement WHERE uuid = ?1)",
                         &importing->forget));
    TRY(database_prepare(context, database, DATABASE_BURY " VALUES (?1, ?2) " DATABASE_BURY_AGAIN, &importing->bury));
    importing->capacity = FIRST_LINE_BYTES;
    importing->line = arena_alloc(context, importing->capacity);
    importing->visits = arena_alloc(context, importing->capacity);
    TRY(database_count(context, database, &before));
    TRY(import_all(importing));
    TRY(database_count(context, database, &after));
    importing->change->added = after - before;
    return STATUS_OK;
}

/* Rows go to random places of three indexes, 200 MiB for a million of them, which are to stay in memory meanwhile. What
 * a row refers to was found or made just before it, so foreign keys are not looked after: that took a tenth of the
 * time. */
static Status use_settings(Context *context, Database *database, int mebibytes, const char *foreign_keys) {
    TRY(database_set_cache(context, database, mebibytes));
    return database_run(context, database, arena_format(context, "PRAGMA foreign_keys = %s", foreign_keys));
}

Status database_import(Context *context, Database *database, FILE *in, const char *name, DatabaseChange *change) {
    Importing importing = {.context = context, .database = database, .in = in, .name = name, .change = change};
    *change = (DatabaseChange){0};
    TRY(use_settings(context, database, IMPORT_CACHE_MEBIBYTES, "OFF"));
    Status status = database_transaction(context, database, import_body, &importing);
    cJSON_Delete(importing.object); /* where a line ran out of memory */
    row_writer_free(importing.writer);
    sqlite3_finalize(importing.forget);
    sqlite3_finalize(importing.bury);
    Status restored = use_settings(context, database, DATABASE_CACHE_MEBIBYTES, "ON");
    return status != STATUS_OK ? status : restored;
}
