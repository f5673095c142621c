/* SPDX-License-Identifier: Apache-2.0 */
/* septet db import: measurements from JSON lines. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/db/db.h"

static Status import_file(Command *command, Database *database, const char *path) {
    DatabaseChange change;
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *in = is_stdin ? stdin : fopen(path, "r");
    if (in == NULL) return diag_error(command->context, STATUS_IO, "cannot read %s: %s", path, strerror(errno));
    Status status = database_import(command->context, database, in, is_stdin ? "<stdin>" : path, &change);
    if (!is_stdin) fclose(in);
    TRY(status);
    return db_print_change(command, "added", &change);
}

static Status body(Command *command, Database *database) {
    for (size_t i = 0; i < command->arguments.spec_count; i++)
        TRY(import_file(command, database, command->arguments.specs[i].word));
    return STATUS_OK;
}

static Status run(Command *command) {
    TRY(db_some_files(command));
    return db_run(command, DATABASE_WRITE, body);
}

static const OptionKind options[] = {DB_OPTIONS};

const Verb verb_db_import = {
    .name = "import",
    .program = "septet db import",
    .summary = "add measurements from JSON lines",
    .synopsis = "FILE... [options]",
    .text =
        "Adds what septet db export wrote; - is standard input. A measurement that is there already, or was pruned,\n"
        "changes nothing. All lines of a file are added or none: a message names the first bad one.",
    .example = "septet db import confirmed.jsonl",
    .takes_specs = true,
    .options = options,
    .run = run,
};
