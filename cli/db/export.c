/* SPDX-License-Identifier: Apache-2.0 */
/* septet db export: measurements as JSON lines. */
#include "cli/db/db.h"

static Status body(Command *command, Database *database) {
    DatabaseChange change;
    return database_export(command->context, database, command->arguments.option[OPTION_WHERE], stdout, &change);
}

static Status run(Command *command) {
    return db_run(command, DATABASE_READ, body);
}

static const OptionKind options[] = {OPTION_WHERE, OPTION_DB, OPTION_HELP, OPTION_COUNT};

const Verb verb_db_export = {
    .name = "export",
    .program = "septet db export",
    .summary = "write measurements as JSON lines",
    .synopsis = "[--where 'SQL'] [options]",
    .text = "One measurement a line on standard output; without --where all of them, with the tombstones of what was\n"
            "pruned.",
    .example = "septet db export --where \"kind = 'confirm'\" >confirmed.jsonl",
    .options = options,
    .run = run,
};
