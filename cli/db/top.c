/* SPDX-License-Identifier: Apache-2.0 */
/* septet db top and history: the measurements of given layers, the fastest first, or as they came. */
#include "base/text.h"
#include "cli/db/db.h"
#include "cli/request.h"
#include "tuner/machine_text.h"

typedef struct Listing {
    const char *columns, *condition, *order;
} Listing;

/* One schedule may have many rows: the latest of each counts. */
static const Listing top = {"time_ns / 1e6 AS time_ms, spread, visit_count, kind, error_l2, workspace_bytes, recipe,"
                            " knobs, uuid",
                            "uuid IN (SELECT m.uuid FROM candidate m JOIN problem p ON p.id = m.problem"
                            " WHERE p.text = ?1)",
                            "kind = 'search', time_ns"};

static const Listing history = {"measured_at, build, status, kind, time_ns / 1e6 AS time_ms, spread, visit_count,"
                                " recipe, knobs, uuid",
                                "kind <> 'search'", "measured_at"};

static Status print_layer(Command *command, Database *database, const Request *request, const RequestLayer *layer) {
    Context *context = command->context;
    const Listing *listing = command->verb == &verb_db_top ? &top : &history;
    const char *limit, *all_machines = command->arguments.option[OPTION_ALL_MACHINES];
    Text problem = text_new(context);
    problem_print(&layer->layer.problem, &problem);
    TRY(db_limit(command, &limit));
    const char *sql = arena_format(context,
                                   "SELECT %s%s FROM record WHERE problem = ?1 AND target = ?2 AND workers = %d"
                                   " AND (machine = ?3 OR %s) AND %s ORDER BY %s%s",
                                   listing->columns, all_machines != NULL ? ", machine" : "", request->threads,
                                   all_machines != NULL ? "true" : "false", listing->condition, listing->order, limit);
    const char *parameters[] = {text_string(&problem), request->target->name, machine_text(context)};
    const char *nothing =
        arena_format(context, "no such measurement of layer %s for %s%s", layer->label, request->target->name,
                     all_machines != NULL ? "" : " on this machine (--all-machines)");
    return db_print(command, database, sql, parameters, 3, nothing);
}

static Status body(Command *command, Database *database) {
    Request request;
    TRY(request_read_layers(command, &request));
    for (size_t i = 0; i < request.count; i++) TRY(print_layer(command, database, &request, &request.layers[i]));
    return STATUS_OK;
}

static Status run(Command *command) {
    return db_run(command, DATABASE_READ, body);
}

static const OptionKind options[] = {OPTION_CONV,    OPTION_LAYER, OPTION_TARGET,       OPTION_EPILOGUE, OPTION_LAYOUT,
                                     OPTION_THREADS, OPTION_LIMIT, OPTION_ALL_MACHINES, DB_OPTIONS};

const Verb verb_db_top = {
    .name = "top",
    .program = "septet db top",
    .summary = "the schedules of a layer, the fastest first",
    .synopsis = "SPEC... | --conv 'LAYER' [options]",
    .text =
        "Those that may be best: right, by more visits than one, and not replaced by a later measurement of the same\n"
        "schedule. Confirmed ones come first.",
    .example = "septet db top --conv 'c=64 h=56 w=56 k=64 r=3 s=3 pad=1' --limit 5",
    .takes_specs = true,
    .options = options,
    .run = run,
};

const Verb verb_db_history = {
    .name = "history",
    .program = "septet db history",
    .summary = "what was confirmed of a layer, in order of time",
    .synopsis = "SPEC... | --conv 'LAYER' [options]",
    .text = "One row a measurement outside of a search, with the build that made it: what changed, and when.",
    .example = "septet db history --conv 'c=64 h=56 w=56 k=64 r=3 s=3 pad=1'",
    .takes_specs = true,
    .options = options,
    .run = run,
};
