/* SPDX-License-Identifier: Apache-2.0 */
/* Rows as a table or as JSON lines. The widths of a table's columns come from its first rows, which are kept for that;
 * later rows that are wider push their line out. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/vector.h"
#include "cli/db/db.h"
#include "cli/json.h"

enum { KEPT_ROWS = 200 };

typedef struct Printer {
    Context *context;
    bool json;
    int64_t rows;
    int count;
    const char *const *names;
    bool *right; /* numbers are aligned at the right */
    int *width;
    VECTOR(const char **) kept;
} Printer;

/* A cell of one line: steps of a schedule are joined. */
static const char *cell_text(Context *context, const Value *value) {
    Text text = text_new(context);
    switch (value->kind) {
    case VALUE_NULL: return "-";
    case VALUE_INTEGER: return arena_format(context, "%" PRId64, value->integer);
    case VALUE_REAL: return arena_format(context, "%.4g", value->real);
    case VALUE_TEXT: break;
    }
    for (const char *at = value->text; *at != '\0'; at++) {
        if (*at != '\n') {
            text_add(&text, "%c", *at);
        } else if (at[1] != '\0') {
            text_add_string(&text, "; ");
        }
    }
    return text_string(&text);
}

static void print_cells(const Printer *printer, const char *const *cells) {
    for (int i = 0; i < printer->count; i++) {
        int width = printer->right[i] ? printer->width[i] : i + 1 < printer->count ? -printer->width[i] : 0;
        printf("%s%*s", i > 0 ? "  " : "", width, cells[i]);
    }
    printf("\n");
}

static void print_kept(Printer *printer) {
    if (printer->kept.count > 0) print_cells(printer, printer->names);
    for (size_t row = 0; row < printer->kept.count; row++) print_cells(printer, printer->kept.items[row]);
    printer->kept.count = 0;
}

static void add_cells(Printer *printer, const Row *row) {
    const char **cells = ARENA_ARRAY(printer->context, const char *, (size_t)row->count);
    for (int i = 0; i < row->count; i++) {
        int kind = row->values[i].kind;
        cells[i] = cell_text(printer->context, &row->values[i]);
        int length = (int)strlen(cells[i]);
        if (length > printer->width[i] && printer->rows < KEPT_ROWS) printer->width[i] = length;
        if (kind == VALUE_INTEGER || kind == VALUE_REAL) printer->right[i] = true;
    }
    if (printer->rows > KEPT_ROWS) {
        print_cells(printer, cells);
        return;
    }
    VECTOR_PUSH(printer->context, &printer->kept, cells);
    if (printer->rows == KEPT_ROWS) print_kept(printer);
}

static Status print_json(const Printer *printer, const Row *row) {
    JsonLine line = json_line_new();
    for (int i = 0; i < row->count; i++) {
        const Value *value = &row->values[i];
        switch (value->kind) {
        case VALUE_NULL: json_add_string(&line, row->names[i], NULL); break;
        case VALUE_INTEGER: json_add_integer(&line, row->names[i], value->integer); break;
        case VALUE_REAL: json_add_number(&line, row->names[i], value->real); break;
        case VALUE_TEXT: json_add_string(&line, row->names[i], value->text); break;
        }
    }
    return json_line_print(printer->context, &line, stdout);
}

static void begin(Printer *printer, const Row *row) {
    printer->count = row->count;
    printer->names = row->names;
    printer->width = ARENA_ARRAY(printer->context, int, (size_t)row->count);
    printer->right = ARENA_ARRAY(printer->context, bool, (size_t)row->count);
    for (int i = 0; i < row->count; i++) printer->width[i] = (int)strlen(row->names[i]);
}

static Status take_row(void *data, const Row *row) {
    Printer *printer = data;
    if (row->values == NULL) {
        begin(printer, row);
        return STATUS_OK;
    }
    printer->rows++;
    if (printer->json) return print_json(printer, row);
    add_cells(printer, row);
    return STATUS_OK;
}

Status db_print(Command *command, Database *database, const char *sql, const char *const *parameters, int count,
                const char *nothing) {
    Printer printer = {.context = command->context, .json = command->arguments.option[OPTION_JSON] != NULL};
    TRY(database_select(command->context, database, sql, parameters, count, true, take_row, &printer));
    if (!printer.json) print_kept(&printer);
    if (printer.rows == 0) diag_note(command->context, "%s: %s", database_path(database), nothing);
    return STATUS_OK;
}
