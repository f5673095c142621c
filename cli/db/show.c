/* SPDX-License-Identifier: Apache-2.0 */
/* septet db show: all that is known of one measurement, or its schedule alone, to be used again. */
#include <stdio.h>
#include <string.h>

#include "cli/db/db.h"

typedef struct Showing {
    bool schedule_only;
    int rows;
} Showing;

/* One column a line; a schedule in lines of its own, last. */
static Status show_row(void *data, const Row *row) {
    Showing *showing = data;
    const char *schedule = row->values[0].text;
    showing->rows++;
    if (showing->schedule_only) {
        fputs(schedule, stdout);
        return STATUS_OK;
    }
    for (int i = 1; i < row->count; i++) {
        const Value *value = &row->values[i];
        if (value->kind == VALUE_TEXT && strcmp(row->names[i], "schedule") == 0) continue;
        switch (value->kind) {
        case VALUE_NULL: break;
        case VALUE_INTEGER: printf("%-20s %lld\n", row->names[i], (long long)value->integer); break;
        case VALUE_REAL: printf("%-20s %.6g\n", row->names[i], value->real); break;
        case VALUE_TEXT: printf("%-20s %s\n", row->names[i], value->text); break;
        }
    }
    printf("schedule\n%s", schedule);
    return STATUS_OK;
}

static Status body(Command *command, Database *database) {
    static const char query[] =
        "SELECT schedule AS steps, r.* FROM record r WHERE uuid >= ?1 AND uuid < ?1 || 'g' LIMIT 1";
    const char *uuid;
    Showing showing = {.schedule_only = command->arguments.option[OPTION_SCHEDULE_ONLY] != NULL};
    TRY(db_one_word(command, "the UUID of a measurement, or how it begins", &uuid));
    if (command->arguments.option[OPTION_JSON] != NULL)
        return db_print(command, database, query, &uuid, 1, "no such measurement");
    TRY(database_select(command->context, database, query, &uuid, 1, false, show_row, &showing));
    if (showing.rows > 0) return STATUS_OK;
    return diag_error(command->context, STATUS_INVALID, "%s holds no measurement whose UUID begins with %s",
                      database_path(database), uuid);
}

static Status run(Command *command) {
    return db_run(command, DATABASE_READ, body);
}

static const OptionKind options[] = {OPTION_SCHEDULE_ONLY, DB_OPTIONS};

const Verb verb_db_show = {
    .name = "show",
    .program = "septet db show",
    .summary = "all that is known of one measurement",
    .synopsis = "UUID [options]",
    .text = "UUID may be its beginning. With --schedule-only, the schedule as other verbs take it by --schedule.",
    .example = "septet db show 0190a7c2 --schedule-only | septet check layer.txt --schedule -",
    .takes_specs = true,
    .options = options,
    .run = run,
};
