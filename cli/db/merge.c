/* SPDX-License-Identifier: Apache-2.0 */
/* septet db merge: all of other databases. */
#include "cli/db/db.h"

static Status body(Command *command, Database *database) {
    for (size_t i = 0; i < command->arguments.spec_count; i++) {
        DatabaseChange change;
        TRY(database_merge(command->context, database, command->arguments.specs[i].word, &change));
        TRY(db_print_change(command, "added", &change));
    }
    return STATUS_OK;
}

static Status run(Command *command) {
    TRY(db_some_files(command));
    return db_run(command, DATABASE_WRITE, body);
}

static const OptionKind options[] = {DB_OPTIONS};

const Verb verb_db_merge = {
    .name = "merge",
    .program = "septet db merge",
    .summary = "add all of other databases",
    .synopsis = "FILE... [options]",
    .text =
        "Adds the measurements and tombstones of other database files. Doing it again, or in another order, makes no\n"
        "difference.",
    .example = "septet db merge shard-1.db shard-2.db --db all.db",
    .takes_specs = true,
    .options = options,
    .run = run,
};
