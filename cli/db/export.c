/* SPDX-License-Identifier: Apache-2.0 */
/* septet db export: measurements as JSON lines. */
#include <string.h>

#include "cli/db/db.h"

static bool is_format(const Command *command, const char *name) {
    const char *format = command->arguments.option[OPTION_FORMAT];
    return strcmp(format != NULL ? format : "septet", name) == 0;
}

static Status body(Command *command, Database *database) {
    const char *where = command->arguments.option[OPTION_WHERE];
    DatabaseChange change;
    if (is_format(command, "autotvm"))
        return database_export_autotvm(command->context, database, where, stdout, &change);
    return database_export(command->context, database, where, stdout, &change);
}

static Status run(Command *command) {
    if (!is_format(command, "septet") && !is_format(command, "autotvm"))
        return command_misused(command, "--format %s: expected septet or autotvm",
                               command->arguments.option[OPTION_FORMAT]);
    return db_run(command, DATABASE_READ, body);
}

static const OptionKind options[] = {OPTION_WHERE, OPTION_FORMAT, OPTION_DB, OPTION_HELP, OPTION_COUNT};

const Verb verb_db_export = {
    .name = "export",
    .program = "septet db export",
    .summary = "write measurements as JSON lines",
    .synopsis = "[--where 'SQL'] [--format F] [options]",
    .text = "One measurement a line on standard output; without --where all of them, with the tombstones of what was\n"
            "pruned. docs/database.md says what a line holds, in either format; septet db import reads septet's own.",
    .example = "septet db export --where \"kind = 'confirm'\" >confirmed.jsonl",
    .options = options,
    .run = run,
};
