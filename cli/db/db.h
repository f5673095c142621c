/* SPDX-License-Identifier: Apache-2.0 */
/* septet db: one file a verb, over what they have in common: opening the database, and printing rows. */
#ifndef SEPTET_CLI_DB_DB_H
#define SEPTET_CLI_DB_DB_H

#include "cli/command.h"
#include "tuner/database/database.h"

/* Options that each verb of db takes. */
#define DB_OPTIONS OPTION_DB, OPTION_JSON, OPTION_HELP, OPTION_COUNT

extern const Verb verb_db_best, verb_db_list, verb_db_sql, verb_db_export, verb_db_import, verb_db_merge, verb_db_prune,
    verb_db_failures, verb_db_noise, verb_db_coverage, verb_db_stale, verb_db_borrowed, verb_db_progress, verb_db_stats,
    verb_db_show, verb_db_roofline, verb_db_top, verb_db_history, verb_db_diff, verb_db_repro, verb_db_revalidate;

/* Opens the database that the options name, runs the body, and closes it, however the body ends. */
Status db_run(Command *command, DatabaseAccess access, Status (*body)(Command *command, Database *database));

/* Prints what a SELECT finds: a table, or with --json an object a row. A database without such rows is no error: a note
 * says `nothing` ("no measurement has failed"). */
Status db_print(Command *command, Database *database, const char *sql, const char *const *parameters, int count,
                const char *nothing);

/* " WHERE (…)" of --where and " LIMIT N" of --limit; "" without. */
Status db_where(Command *command, const char **out);
Status db_limit(Command *command, const char **out);

/* At least one file behind the verb. */
Status db_some_files(Command *command);

/* "3 rows read, 2 added" */
Status db_print_change(Command *command, const char *done, const DatabaseChange *change);

/* Exactly one word behind the verb, called `what` in the message. */
Status db_one_word(Command *command, const char *what, const char **out);

#endif
