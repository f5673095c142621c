/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the verbs of septet db, and what they share. */
#include "cli/db/db.h"

#include <stdint.h>
#include <stdio.h>

#include "cli/json.h"

static const Verb *const verbs[] = {&verb_db_best,     &verb_db_top,
                                    &verb_db_history,  &verb_db_diff,
                                    &verb_db_repro,    &verb_db_revalidate,
                                    &verb_db_list,     &verb_db_show,
                                    &verb_db_stats,    &verb_db_failures,
                                    &verb_db_noise,    &verb_db_coverage,
                                    &verb_db_stale,    &verb_db_borrowed,
                                    &verb_db_progress, &verb_db_roofline,
                                    &verb_db_sql,      &verb_db_export,
                                    &verb_db_import,   &verb_db_merge,
                                    &verb_db_prune,    NULL};

const Verb verb_db = {
    .name = "db",
    .program = "septet db",
    .summary = "ask and keep the tuning database",
    .text = "septet db asks and keeps the database of what was measured (docs/database.md).",
    .verbs = verbs,
};

typedef struct Running {
    Command *command;
    DatabaseAccess access;
    Database *database;
    Status (*body)(Command *command, Database *database);
} Running;

static Status run_body(void *data) {
    Running *running = data;
    Command *command = running->command;
    TRY(database_open(command->context, command->arguments.option[OPTION_DB], running->access, &running->database));
    return running->body(command, running->database);
}

Status db_run(Command *command, DatabaseAccess access, Status (*body)(Command *command, Database *database)) {
    Running running = {.command = command, .access = access, .body = body};
    Status status = context_run(command->context, run_body, &running);
    database_close(running.database);
    return status;
}

Status db_where(Command *command, const char **out) {
    const char *expression = command->arguments.option[OPTION_WHERE];
    *out = expression != NULL ? arena_format(command->context, " WHERE (%s\n)", expression) : "";
    return STATUS_OK;
}

Status db_limit(Command *command, const char **out) {
    long long limit;
    TRY(command_blame_user(
        command, arguments_integer(command->context, &command->arguments, OPTION_LIMIT, 0, INT64_MAX, -1, &limit)));
    *out = limit >= 0 ? arena_format(command->context, " LIMIT %lld", limit) : "";
    return STATUS_OK;
}

Status db_one_word(Command *command, const char *what, const char **out) {
    if (command->arguments.spec_count != 1 || command->arguments.specs[0].is_text)
        return command_misused(command, "expected one word behind it: %s", what);
    *out = command->arguments.specs[0].word;
    return STATUS_OK;
}

Status db_some_files(Command *command) {
    if (command->arguments.spec_count > 0) return STATUS_OK;
    return command_misused(command, "name one file or more");
}

Status db_print_change(Command *command, const char *done, const DatabaseChange *change) {
    if (command->arguments.option[OPTION_JSON] == NULL) {
        printf("%lld rows read, %lld %s\n", (long long)change->read, (long long)change->added, done);
        return STATUS_OK;
    }
    JsonLine line = json_line_new();
    json_add_integer(&line, "read", change->read);
    json_add_integer(&line, done, change->added);
    return json_line_print(command->context, &line, stdout);
}
