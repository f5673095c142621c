/* SPDX-License-Identifier: Apache-2.0 */
/* JSON lines out of the database: {"septet":1,"uuid":…, …} with the columns of the view `record` that are not NULL, and
 * {"septet":1,"tombstone":UUID,"buried_at":…} for what was pruned, {"septet":1,"calibration":UUID,"machine":…} for what
 * machines can do. Numbers are written so that they read back as the
 * same (SQLite's own JSON functions keep 15 digits, which is not enough). */
#include <cjson/cJSON.h>
#include <string.h>

#include "tuner/database/internal.h"

typedef struct Exporting {
    Context *context;
    FILE *out;
    DatabaseChange *change;
} Exporting;

/* Each item made is checked; false when memory ran out. */
static bool add_value(cJSON *object, const char *name, const Value *value) {
    switch (value->kind) {
    case VALUE_NULL: return true;
    case VALUE_INTEGER: return cJSON_AddNumberToObject(object, name, (double)value->integer) != NULL;
    case VALUE_REAL: return cJSON_AddNumberToObject(object, name, value->real) != NULL;
    case VALUE_TEXT: break;
    }
    if (strcmp(name, "visits") == 0) return cJSON_AddRawToObject(object, name, value->text) != NULL;
    return cJSON_AddStringToObject(object, name, value->text) != NULL;
}

static char *line_text(const Row *row) {
    cJSON *object = cJSON_CreateObject();
    bool whole = object != NULL && cJSON_AddNumberToObject(object, "septet", 1) != NULL;
    for (int i = 0; whole && i < row->count; i++) whole = add_value(object, row->names[i], &row->values[i]);
    char *text = whole ? cJSON_PrintUnformatted(object) : NULL;
    cJSON_Delete(object);
    return text;
}

static Status print_line(void *data, const Row *row) {
    const Exporting *exporting = data;
    char *text = line_text(row);
    if (text == NULL) return diag_error(exporting->context, STATUS_NO_MEMORY, "out of memory");
    fprintf(exporting->out, "%s\n", text);
    cJSON_free(text);
    exporting->change->read++;
    exporting->change->added++;
    return STATUS_OK;
}

Status database_flush(Context *context, FILE *out) {
    if (fflush(out) == 0 && !ferror(out)) return STATUS_OK;
    return diag_error(context, STATUS_IO, "cannot write the lines: the disk may be full, or the reader has left");
}

Status database_export(Context *context, Database *database, const char *where, FILE *out, DatabaseChange *change) {
    static const char tombstones[] = "SELECT uuid AS tombstone, buried_at FROM tombstone ORDER BY uuid";
    static const char calibrations[] = "SELECT k.uuid AS calibration, h.text AS machine, " DATABASE_CALIBRATION_COLUMNS
                                       " FROM calibration k JOIN machine h ON h.id = k.machine ORDER BY k.uuid";
    Exporting exporting = {context, out, change};
    const char *sql =
        arena_format(context, "SELECT * FROM record WHERE (%s\n) ORDER BY uuid", where != NULL ? where : "true");
    *change = (DatabaseChange){0};
    TRY(database_select(context, database, sql, NULL, 0, false, print_line, &exporting));
    if (where == NULL) TRY(database_select(context, database, tombstones, NULL, 0, false, print_line, &exporting));
    if (where == NULL) TRY(database_select(context, database, calibrations, NULL, 0, false, print_line, &exporting));
    return database_flush(context, out);
}
