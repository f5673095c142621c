/* SPDX-License-Identifier: Apache-2.0 */
/* septet db sql: any question, in SQL; reading only. */
#include "cli/db/db.h"

static Status body(Command *command, Database *database) {
    const char *query;
    TRY(db_one_word(command, "a SELECT, in quotes", &query));
    return db_print(command, database, query, NULL, 0, "no such rows");
}

static Status run(Command *command) {
    return db_run(command, DATABASE_READ, body);
}

static const OptionKind options[] = {DB_OPTIONS};

const Verb verb_db_sql = {
    .name = "sql",
    .program = "septet db sql",
    .summary = "ask anything in SQL",
    .synopsis = "'SELECT ...' [options]",
    .text = "One SELECT over the tables and views of docs/database.md. Nothing can be written: the file is opened for\n"
            "reading, and statements that do anything else are refused.",
    .example = "septet db sql 'SELECT status, count(*) FROM record GROUP BY status'",
    .takes_specs = true,
    .options = options,
    .run = run,
};
