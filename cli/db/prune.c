/* SPDX-License-Identifier: Apache-2.0 */
/* septet db prune: measurements go for good. */
#include "cli/db/db.h"

static Status body(Command *command, Database *database) {
    DatabaseChange change;
    bool only_count = command->arguments.option[OPTION_ONLY_COUNT] != NULL;
    TRY(database_prune(command->context, database, command->arguments.option[OPTION_WHERE], only_count, &change));
    change.read = change.added;
    return db_print_change(command, only_count ? "would be removed" : "removed", &change);
}

static Status run(Command *command) {
    if (command->arguments.option[OPTION_WHERE] == NULL)
        return command_misused(command, "say which rows: --where \"measured_at < '2026-01-01'\"");
    return db_run(command, DATABASE_WRITE, body);
}

static const OptionKind options[] = {OPTION_WHERE, OPTION_ONLY_COUNT, DB_OPTIONS};

const Verb verb_db_prune = {
    .name = "prune",
    .program = "septet db prune",
    .summary = "remove measurements for good",
    .synopsis = "--where 'SQL' [options]",
    .text =
        "Removes the measurements for which the expression holds. Their UUIDs are remembered, so that a merge or an\n"
        "import does not bring them back.",
    .example = "septet db prune --where \"status <> 'ok' AND measured_at < '2026-01-01'\" --only-count",
    .options = options,
    .run = run,
};
