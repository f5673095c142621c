/* SPDX-License-Identifier: Apache-2.0 */
/* septet db diff: the best records of two databases beside each other. Slower beyond noise is what is slower by more
 * than a limit and by more than both spreads together. */
#include <stdlib.h>

#include "cli/db/db.h"

/* ?1: the limit as a ratio, "1.05". Rows of `best` by key, those of the other database as `other`. */
static const char pairs[] =
    "SELECT a.problem, a.target, a.workers, a.regime, a.time_ms AS before_ms, b.time_ms AS after_ms,"
    " b.time_ms / a.time_ms AS ratio, coalesce(a.spread, 0) + coalesce(b.spread, 0) AS noise,"
    " b.time_ms / a.time_ms > max(CAST(?1 AS REAL), 1 + coalesce(a.spread, 0) + coalesce(b.spread, 0)) AS slower,"
    " a.machine FROM best a JOIN other.best b USING (problem, target, machine, workers, regime)";

static Status read_limit(Command *command, const char **out) {
    const char *words = command->arguments.option[OPTION_FAIL_SLOWER];
    char *end;
    double percent = words != NULL ? strtod(words, &end) : 0;
    if (words != NULL && (end == words || (*end != '\0' && (*end != '%' || end[1] != '\0')) || !(percent >= 0)))
        return command_misused(command, "--fail-slower %s: expected a share in percent, as 5%%", words);
    *out = arena_format(command->context, "%.17g", 1 + percent / 100);
    return STATUS_OK;
}

static Status count_row(void *data, const Row *row) {
    *(int64_t *)data = row->values[0].integer;
    return STATUS_OK;
}

static Status body(Command *command, Database *database) {
    Context *context = command->context;
    const char *limit;
    int64_t slower = 0;
    TRY(read_limit(command, &limit));
    TRY(database_attach(context, database, command->arguments.specs[1].word));
    TRY(db_print(command, database, arena_format(context, "%s ORDER BY ratio DESC", pairs), &limit, 1,
                 "the databases have no best record in common"));
    TRY(database_select(context, database, arena_format(context, "SELECT coalesce(sum(slower), 0) FROM (%s)", pairs),
                        &limit, 1, false, count_row, &slower));
    if (slower == 0 || command->arguments.option[OPTION_FAIL_SLOWER] == NULL) return STATUS_OK;
    return diag_error(context, STATUS_WRONG, "%lld best records are slower beyond noise and --fail-slower",
                      (long long)slower);
}

static Status run(Command *command) {
    if (command->arguments.spec_count != 2) return command_misused(command, "name two databases: before and after");
    command->arguments.option[OPTION_DB] = command->arguments.specs[0].word;
    return db_run(command, DATABASE_READ, body);
}

static const OptionKind options[] = {OPTION_FAIL_SLOWER, OPTION_JSON, OPTION_HELP, OPTION_COUNT};

const Verb verb_db_diff = {
    .name = "diff",
    .program = "septet db diff",
    .summary = "the best records of two databases beside each other",
    .synopsis = "BEFORE AFTER [--fail-slower P%] [options]",
    .text = "ratio is the later time over the earlier one, noise both spreads together. With --fail-slower the exit\n"
            "status is 1 when a record is slower by more than P% and by more than noise.",
    .example = "septet db diff v1.db v2.db --fail-slower 5%",
    .takes_specs = true,
    .options = options,
    .run = run,
};
