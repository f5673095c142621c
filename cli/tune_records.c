/* SPDX-License-Identifier: Apache-2.0 */
/* What a session takes from the database before it begins: which layers have a good record already (--missing,
 * --stale), the best known schedule of each, which becomes candidate 0, and those of the nearest problems, which are
 * tried next.
 */
#include <math.h>
#include <string.h>

#include "base/vector.h"
#include "cli/tune.h"
#include "tuner/resolve.h"

typedef struct Lookup {
    Command *command;
    Context *context;
    Database *database;
    const char *machine;
    const SessionOptions *options;
} Lookup;

/* What is known of a layer. */
typedef struct Known {
    const Record *record; /* confirmed; NULL: none */
    bool applies;         /* its schedule still does */
    bool is_current;      /* and compiles to the object that was timed; looked at for --stale alone */
} Known;

static bool is_given(const Lookup *lookup, OptionKind option) {
    return lookup->command->arguments.option[option] != NULL;
}

static BestQuery query_of(const Lookup *lookup, const SessionLayer *layer) {
    Text problem = text_new(lookup->context);
    problem_print(layer->problem, &problem);
    return (BestQuery){.problem = text_string(&problem),
                       .target = lookup->options->target->name,
                       .machine = lookup->machine,
                       .workers = lookup->options->threads,
                       .cold_weights = lookup->options->cold_weights,
                       .error_limit = INFINITY,
                       .workspace_limit = -1};
}

static Status find_record(const Lookup *lookup, const SessionLayer *layer, const Record **out) {
    BestQuery query = query_of(lookup, layer);
    TRY(database_best(lookup->context, lookup->database, &query, out));
    if (*out != NULL && !(*out)->confirmed) *out = NULL;
    return STATUS_OK;
}

static bool is_current(const Lookup *lookup, const PlanRequest *request, const Record *record) {
    char now[SHA256_HEX_BYTES];
    return record->object_sha256 != NULL &&
           resolve_object_sha256(lookup->context, request, request->schedule, now) == STATUS_OK &&
           strcmp(record->object_sha256, now) == 0;
}

static Status look_up(const Lookup *lookup, const SessionLayer *layer, Known *out) {
    Context *context = lookup->context;
    const Plan *plan;
    *out = (Known){.record = NULL};
    TRY(find_record(lookup, layer, &out->record));
    if (out->record == NULL) return STATUS_OK;
    PlanRequest request = {.name = layer->label,
                           .problem = layer->problem,
                           .target = lookup->options->target,
                           .threads = lookup->options->threads,
                           .schedule_source = "record"};
    const Source source = {"record", out->record->schedule, strlen(out->record->schedule)};
    out->applies = schedule_parse(context, &source, &request.schedule) == STATUS_OK &&
                   plan_build(context, &request, &plan) == STATUS_OK;
    if (!out->applies)
        diag_note(context, "the recorded schedule %s does not apply to %s any more, so it is passed over",
                  out->record->uuid, layer->label);
    out->is_current = out->applies && (!is_given(lookup, OPTION_STALE) || is_current(lookup, &request, out->record));
    diag_clear(context);
    return STATUS_OK;
}

/* Without either option every layer is wanted; with both, those that one of them names. */
static bool is_wanted(const Lookup *lookup, const Known *known) {
    bool missing = is_given(lookup, OPTION_MISSING), stale = is_given(lookup, OPTION_STALE);
    if (!missing && !stale) return true;
    return known->record == NULL ? missing : stale && !known->is_current;
}

static const Candidate *first_of(Context *context, const Record *record) {
    Candidate *first = ARENA_NEW(context, Candidate);
    *first = (Candidate){.schedule = record->schedule, .recipe = record->recipe, .knobs = record->knobs};
    return first;
}

/* What the records of the nearest problems suggest. */
static Status suggest(const Lookup *lookup, SessionLayer *layer) {
    enum { MOST = 3 };
    const double limit = 8;
    Context *context = lookup->context;
    Neighbour nearest[MOST];
    BestQuery query = query_of(lookup, layer);
    TRY(nearest_find(context, lookup->database, &query, layer->problem, limit, nearest, MOST,
                     &layer->suggestion_count));
    Candidate *suggestions = ARENA_ARRAY(context, Candidate, MOST);
    for (size_t i = 0; i < layer->suggestion_count; i++)
        suggestions[i] = (Candidate){.recipe = nearest[i].recipe, .knobs = nearest[i].knobs};
    layer->suggestions = suggestions;
    return STATUS_OK;
}

Status tune_look_up(Command *command, Database *database, const char *machine, SessionOptions *options) {
    Lookup lookup = {command, command->context, database, machine, options};
    VECTOR(SessionLayer) wanted = {0};
    for (size_t i = 0; i < options->layer_count; i++) {
        SessionLayer layer = options->layers[i];
        Known known;
        TRY(look_up(&lookup, &layer, &known));
        if (!is_wanted(&lookup, &known)) continue;
        bool begins_there = known.applies && layer.first == NULL && !is_given(&lookup, OPTION_FRESH);
        if (begins_there) layer.first = first_of(command->context, known.record);
        if (!is_given(&lookup, OPTION_FRESH)) TRY(suggest(&lookup, &layer));
        VECTOR_PUSH(command->context, &wanted, layer);
    }
    options->layers = wanted.items;
    options->layer_count = wanted.count;
    return STATUS_OK;
}
