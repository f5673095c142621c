/* SPDX-License-Identifier: Apache-2.0 */
/* septet db best: the fastest record of each problem, or what septet compile would take for given layers. */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "cli/db/db.h"
#include "cli/request.h"
#include "tuner/machine_text.h"

static const char table_columns[] = "problem, target, workers, regime, time_ns / 1e6 AS time_ms, spread, visit_count,"
                                    " flops / time_ns AS gflops, kind, recipe, knobs, uuid";
static const char json_columns[] = "problem, target, machine, workers, regime, time_ns / 1e6 AS time_ms, spread,"
                                   " visit_count, flops / time_ns AS gflops, kind, error_l2, workspace_bytes, recipe,"
                                   " knobs, schedule, build, measured_at, uuid";

static const char *columns(const Command *command) {
    return command->arguments.option[OPTION_JSON] != NULL ? json_columns : table_columns;
}

/* The records that are found for the layers, in their order. */
static Status print_layers(Command *command, Database *database, const Request *request) {
    Context *context = command->context;
    const char *machine = machine_text(context);
    for (size_t i = 0; i < request->count; i++) {
        const RequestLayer *layer = &request->layers[i];
        Text problem = text_new(context);
        const Record *record;
        problem_print(&layer->layer.problem, &problem);
        BestQuery query = {.problem = text_string(&problem),
                           .target = request->target->name,
                           .machine = machine,
                           .workers = request->threads,
                           .error_limit = INFINITY,
                           .workspace_limit = -1};
        TRY(database_best(context, database, &query, &record));
        if (record == NULL && command->arguments.option[OPTION_ALL_MACHINES] != NULL)
            TRY(database_best_elsewhere(context, database, &query, &record));
        const char *uuid = record != NULL ? record->uuid : "";
        const char *schema = record != NULL && record->shipped ? "shipped." : "";
        const char *sql = arena_format(context, "SELECT %s FROM %srecord WHERE uuid = ?1", columns(command), schema);
        const char *nothing =
            arena_format(context, "no record of layer %s for %s%s", layer->label, request->target->name,
                         command->arguments.option[OPTION_ALL_MACHINES] != NULL
                             ? ""
                             : " on this machine; --all-machines shows those of others");
        TRY(db_print(command, database, sql, &uuid, 1, nothing));
    }
    return STATUS_OK;
}

static Status print_all(Command *command, Database *database) {
    Context *context = command->context;
    const char *limit, *condition = command->arguments.option[OPTION_WHERE];
    const char *parameters[] = {machine_text(context), command->arguments.option[OPTION_TARGET]};
    TRY(db_limit(command, &limit));
    const char *sql =
        arena_format(context,
                     "SELECT %s FROM record WHERE uuid IN (SELECT uuid FROM best) AND (%s) AND (?1 IS NOT NULL)%s%s"
                     " ORDER BY problem, target, workers, regime, machine%s",
                     columns(command), command->arguments.option[OPTION_ALL_MACHINES] != NULL ? "true" : "machine = ?1",
                     parameters[1] != NULL ? " AND target = ?2" : "",
                     condition != NULL ? arena_format(context, " AND (%s\n)", condition) : "", limit);
    return db_print(command, database, sql, parameters, parameters[1] != NULL ? 2 : 1,
                    "no confirmed record of this machine; septet db coverage tells what was measured");
}

static Status body(Command *command, Database *database) {
    Request request;
    if (command->arguments.spec_count == 0) return print_all(command, database);
    TRY(request_read_layers(command, &request));
    return print_layers(command, database, &request);
}

static Status run(Command *command) {
    return db_run(command, DATABASE_READ, body);
}

static const OptionKind options[] = {OPTION_CONV,  OPTION_LAYER, OPTION_TARGET,       OPTION_EPILOGUE, OPTION_LAYOUT,
                                     OPTION_WHERE, OPTION_LIMIT, OPTION_ALL_MACHINES, DB_OPTIONS};

const Verb verb_db_best = {
    .name = "best",
    .program = "septet db best",
    .summary = "what is best for a layer, and how sure that is",
    .synopsis = "[SPEC... | --conv 'LAYER'] [options]",
    .text = "For layers: the record that septet compile takes on this machine, shipped ones too. Without: the fastest\n"
            "confirmed record of each problem. spread is how far the visits lay apart, (largest - smallest) / median; "
            "kind tells whether it\n"
            "was timed again outside of the search that found it (confirm) or not (search).",
    .example = "septet db best --conv 'c=64 h=56 w=56 k=64 r=3 s=3 pad=1 bias relu'",
    .takes_specs = true,
    .options = options,
    .run = run,
};
