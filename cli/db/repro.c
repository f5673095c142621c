/* SPDX-License-Identifier: Apache-2.0 */
/* septet db repro: the line for a shell that shows a measurement again. */
#include <stdio.h>

#include "cli/db/db.h"

static Status print_row(void *data, const Row *row) {
    if (row->values[0].kind != VALUE_TEXT) return STATUS_OK;
    *(bool *)data = true;
    printf("%s\n", row->values[0].text);
    return STATUS_OK;
}

static Status body(Command *command, Database *database) {
    static const char query[] = "SELECT reproduce FROM measurement WHERE uuid >= ?1 AND uuid < ?1 || 'g' LIMIT 1";
    const char *uuid;
    bool printed = false;
    TRY(db_one_word(command, "the UUID of a measurement, or how it begins", &uuid));
    TRY(database_select(command->context, database, query, &uuid, 1, false, print_row, &printed));
    if (printed) return STATUS_OK;
    return diag_error(command->context, STATUS_INVALID,
                      "%s holds no measurement whose UUID begins with %s, or it did not fail: its schedule is to be "
                      "had by 'septet db show %s --schedule-only'",
                      database_path(database), uuid, uuid);
}

static Status run(Command *command) {
    return db_run(command, DATABASE_READ, body);
}

static const OptionKind options[] = {OPTION_DB, OPTION_HELP, OPTION_COUNT};

const Verb verb_db_repro = {
    .name = "repro",
    .program = "septet db repro",
    .summary = "the command that shows a failure again",
    .synopsis = "UUID [options]",
    .text = "Prints one line for a shell.",
    .example = "septet db repro 0190a7c2 | sh",
    .takes_specs = true,
    .options = options,
    .run = run,
};
