/* SPDX-License-Identifier: Apache-2.0 */
/* Adds a row of `record` as its trigger does (schema_1.sql), for imports of a million rows: the statements are prepared
 * once, and the ids of texts that follow each other are kept. The trigger needs twice the time. */
#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "tuner/database/import_row.h"

enum { PARENTS = 5, MAX_KEYS = 3, MAX_PARENT_COLUMNS = 5, KEPT_BYTES = 1024, MEASUREMENT_COLUMNS = 32 };

/* A table that measurements refer to. */
typedef struct Parent {
    const char *find, *add;                  /* by ?1…; the latter returns the new id */
    const char *columns[MAX_PARENT_COLUMNS]; /* of `record`, in the order of the parameters; the keys come first */
    int keys;
    bool optional; /* NULL stays NULL */
} Parent;

static const Parent parents[PARENTS] = {
    {"SELECT id FROM session WHERE uuid = ?1",
     "INSERT INTO session (uuid, started_at, command, strategy, seed)"
     " VALUES (?1, coalesce(?2, ''), coalesce(?3, ''), coalesce(?4, ''), ?5) RETURNING id",
     {"session", "session_started_at", "session_command", "session_strategy", "session_seed"},
     1,
     true},
    {"SELECT id FROM machine WHERE text = ?1",
     "INSERT INTO machine (text, emulated) VALUES (?1, coalesce(?2, 0)) RETURNING id",
     {"machine", "emulated"},
     1,
     false},
    {"SELECT id FROM build WHERE text = ?1", "INSERT INTO build (text) VALUES (?1) RETURNING id", {"build"}, 1, false},
    {"SELECT id FROM problem WHERE text = ?1",
     "INSERT INTO problem (text, flops) VALUES (?1, ?2) RETURNING id",
     {"problem", "flops"},
     1,
     false},
    {"SELECT id FROM schedule WHERE text = ?1 AND recipe = coalesce(?2, '') AND knobs = coalesce(?3, '')",
     "INSERT INTO schedule (text, recipe, knobs) VALUES (?1, coalesce(?2, ''), coalesce(?3, '')) RETURNING id",
     {"schedule", "recipe", "knobs"},
     MAX_KEYS,
     false},
};

/* The columns of a measurement; the first ones are the ids of its parents. */
static const char *const measurement_columns[MEASUREMENT_COLUMNS] = {
    "session",     "machine",      "build",           "problem",    "schedule",      "uuid",
    "measured_at", "target",       "workers",         "regime",     "kind",          "status",
    "phase",       "signal",       "detail",          "reproduce",  "time_ns",       "min_ns",
    "spread",      "visit_count",  "visits",          "raced",      "drift",         "error_l2",
    "error_max",   "packed_bytes", "workspace_bytes", "code_bytes", "object_sha256", "build_s",
    "wait_s",      "run_s",
};

/* The last id that was found by one short key. */
typedef struct Kept {
    bool is_kept;
    int64_t id;
    char key[KEPT_BYTES];
} Kept;

struct RowWriter {
    Context *context;
    Database *database;
    sqlite3_stmt *find[PARENTS], *add[PARENTS], *insert;
    int parent_columns[PARENTS][MAX_PARENT_COLUMNS]; /* of `record`; -1: no more */
    int columns[MEASUREMENT_COLUMNS];
    Kept kept[PARENTS];
};

static int column_of(const char *const *names, int count, const char *name) {
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) return i;
    }
    return -1;
}

/* What a row does not say has the schema's default. */
static const char *parameter_of(Context *context, int column) {
    const char *name = measurement_columns[column];
    bool is_zero = strcmp(name, "visit_count") == 0 || strcmp(name, "raced") == 0;
    return arena_format(context, is_zero ? "coalesce(?%d, 0)" : "?%d", column + 1);
}

static Status prepare_insert(RowWriter *writer) {
    Text names = text_new(writer->context), values = text_new(writer->context);
    for (int i = 0; i < MEASUREMENT_COLUMNS; i++) {
        text_add(&names, "%s%s", i > 0 ? ", " : "", measurement_columns[i]);
        text_add(&values, "%s%s", i > 0 ? ", " : "", parameter_of(writer->context, i));
    }
    const char *sql = arena_format(writer->context,
                                   "INSERT INTO measurement (%s) SELECT %s WHERE NOT EXISTS"
                                   " (SELECT 1 FROM tombstone WHERE uuid = ?6) ON CONFLICT (uuid) DO NOTHING",
                                   text_string(&names), text_string(&values));
    return database_prepare(writer->context, writer->database, sql, &writer->insert);
}

Status row_writer_new(Context *context, Database *database, const char *const *names, int count, RowWriter **out) {
    RowWriter *writer = ARENA_NEW(context, RowWriter);
    *writer = (RowWriter){.context = context, .database = database};
    *out = writer;
    for (int p = 0; p < PARENTS; p++) {
        for (int i = 0; i < MAX_PARENT_COLUMNS; i++) {
            const char *name = parents[p].columns[i];
            writer->parent_columns[p][i] = name != NULL ? column_of(names, count, name) : -1;
        }
        TRY(database_prepare(context, database, parents[p].find, &writer->find[p]));
        TRY(database_prepare(context, database, parents[p].add, &writer->add[p]));
    }
    for (int i = PARENTS; i < MEASUREMENT_COLUMNS; i++)
        writer->columns[i] = column_of(names, count, measurement_columns[i]);
    return prepare_insert(writer);
}

void row_writer_free(RowWriter *writer) {
    if (writer == NULL) return;
    for (int p = 0; p < PARENTS; p++) {
        sqlite3_finalize(writer->find[p]);
        sqlite3_finalize(writer->add[p]);
    }
    sqlite3_finalize(writer->insert);
}

/* A value that SQLite's STRICT tables then check; arrays and objects as their text. */
static Status bind_value(const RowWriter *writer, sqlite3_stmt *statement, int parameter, const RowValue *value) {
    const cJSON *item = value->item;
    int result = SQLITE_OK;
    if (value->text != NULL) {
        result = sqlite3_bind_text(statement, parameter, value->text, (int)value->bytes, SQLITE_STATIC);
    } else if (item == NULL || cJSON_IsNull(item)) {
        result = sqlite3_bind_null(statement, parameter);
    } else if (cJSON_IsString(item)) {
        result = sqlite3_bind_text(statement, parameter, item->valuestring, -1, SQLITE_STATIC);
    } else if (cJSON_IsNumber(item)) {
        double number = item->valuedouble;
        bool is_integer = number == floor(number) && fabs(number) < 0x1p53;
        result = is_integer ? sqlite3_bind_int64(statement, parameter, (int64_t)number)
                            : sqlite3_bind_double(statement, parameter, number);
    } else if (cJSON_IsBool(item)) {
        result = sqlite3_bind_int(statement, parameter, cJSON_IsTrue(item));
    } else {
        char *text = cJSON_PrintUnformatted(item);
        if (text == NULL) return diag_error(writer->context, STATUS_NO_MEMORY, "out of memory");
        result = sqlite3_bind_text(statement, parameter, text, -1, SQLITE_TRANSIENT);
        cJSON_free(text);
    }
    return result == SQLITE_OK ? STATUS_OK : diag_error(writer->context, STATUS_NO_MEMORY, "out of memory");
}

/* Binds the first `count` columns of a parent, and steps; *id is -1 when no row comes back. */
static Status ask(RowWriter *writer, int p, sqlite3_stmt *statement, int count, const RowValue *row, int64_t *id) {
    bool found;
    for (int i = 0; i < count && writer->parent_columns[p][i] >= 0; i++)
        TRY(bind_value(writer, statement, i + 1, &row[writer->parent_columns[p][i]]));
    Status status = database_step(writer->context, writer->database, statement, &found);
    *id = status == STATUS_OK && found ? sqlite3_column_int64(statement, 0) : -1;
    sqlite3_reset(statement);
    return status;
}

static void keep(Kept *kept, const char *key, int64_t id) {
    size_t bytes = strlen(key) + 1;
    kept->is_kept = bytes <= sizeof kept->key;
    if (!kept->is_kept) return;
    memcpy(kept->key, key, bytes);
    kept->id = id;
}

/* The id of a parent, which is added when it is new; -1: none. */
static Status find_parent(RowWriter *writer, int p, const RowValue *row, int64_t *id) {
    const Parent *parent = &parents[p];
    const cJSON *item = row[writer->parent_columns[p][0]].item;
    const char *key = cJSON_GetStringValue(item);
    Kept *kept = &writer->kept[p];
    *id = -1;
    if (parent->optional && (item == NULL || cJSON_IsNull(item))) return STATUS_OK;
    if (kept->is_kept && key != NULL && strcmp(kept->key, key) == 0) {
        *id = kept->id;
        return STATUS_OK;
    }
    TRY(ask(writer, p, writer->find[p], parent->keys, row, id));
    if (*id < 0) TRY(ask(writer, p, writer->add[p], MAX_PARENT_COLUMNS, row, id));
    if (parent->keys == 1 && key != NULL) keep(kept, key, *id);
    return STATUS_OK;
}

Status row_writer_add(RowWriter *writer, const RowValue *row) {
    bool more;
    for (int p = 0; p < PARENTS; p++) {
        int64_t id;
        TRY(find_parent(writer, p, row, &id));
        if (id >= 0) {
            sqlite3_bind_int64(writer->insert, p + 1, id);
        } else {
            sqlite3_bind_null(writer->insert, p + 1);
        }
    }
    for (int i = PARENTS; i < MEASUREMENT_COLUMNS; i++)
        TRY(bind_value(writer, writer->insert, i + 1, &row[writer->columns[i]]));
    Status status = database_step(writer->context, writer->database, writer->insert, &more);
    sqlite3_reset(writer->insert);
    return status;
}
