/* SPDX-License-Identifier: Apache-2.0 */
/* septet db stats: which file it is, what it holds, and what this machine is called in it. */
#include "cli/db/db.h"
#include "tuner/machine_text.h"

static const char query[] =
    "SELECT 'file' AS what, ?1 AS value UNION ALL SELECT 'this machine', ?2"
    " UNION ALL SELECT 'measurements', count(*) FROM measurement"
    " UNION ALL SELECT 'of these ok', count(*) FROM measurement WHERE status = 'ok'"
    " UNION ALL SELECT 'of this machine', count(*) FROM record WHERE machine = ?2"
    " UNION ALL SELECT 'best records', count(*) FROM best"
    " UNION ALL SELECT 'problems', count(*) FROM problem UNION ALL SELECT 'schedules', count(*) FROM schedule"
    " UNION ALL SELECT 'machines', count(*) FROM machine UNION ALL SELECT 'builds', count(*) FROM build"
    " UNION ALL SELECT 'sessions', count(*) FROM session UNION ALL SELECT 'pruned', count(*) FROM tombstone"
    " UNION ALL SELECT 'first measured', min(measured_at) FROM measurement"
    " UNION ALL SELECT 'last measured', max(measured_at) FROM measurement"
    " UNION ALL SELECT 'shipped file', coalesce(?3, 'none')";
static const char shipped_query[] = " UNION ALL SELECT 'shipped best records', count(*) FROM shipped.best";

static Status body(Command *command, Database *database) {
    const char *shipped;
    TRY(database_shipped(command->context, database, &shipped));
    const char *parameters[] = {database_path(database), machine_text(command->context), shipped};
    const char *sql = arena_format(command->context, "%s%s", query, shipped != NULL ? shipped_query : "");
    return db_print(command, database, sql, parameters, 3, "");
}

static Status run(Command *command) {
    return db_run(command, DATABASE_READ, body);
}

static const OptionKind options[] = {DB_OPTIONS};

const Verb verb_db_stats = {
    .name = "stats",
    .program = "septet db stats",
    .summary = "which file it is, and how much it holds",
    .synopsis = "[options]",
    .text = "Also the text by which this machine is known: vendor, family, model, stepping, and its own caches;\n"
            "and the file of records that came with septet, which septet db list --db FILE shows.",
    .example = "septet db stats",
    .options = options,
    .run = run,
};
