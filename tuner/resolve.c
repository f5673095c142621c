/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the schedule of a problem and builds its plan. */
#include "tuner/resolve.h"

#include <math.h>
#include <string.h>

#include "compiler/llvm/emit.h"
#include "tuner/agent/agent.h"
#include "tuner/space/space.h"

static const Source empty_source = {.name = "naive", .text = "", .length = 0};
static const Schedule seven_loops = {.source = &empty_source};

static BestQuery query_of(Context *context, const char *machine, const PlanRequest *request) {
    Text problem = text_new(context);
    problem_print(request->problem, &problem);
    return (BestQuery){.problem = text_string(&problem),
                       .target = request->target->name,
                       .machine = machine,
                       .workers = request->threads > 0 ? request->threads : 1,
                       .error_limit = INFINITY,
                       .workspace_limit = -1};
}

static Status parse_schedule(Context *context, const char *name, const char *text, const Schedule **out) {
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){name, text, strlen(text)};
    return schedule_parse(context, source, out);
}

Status resolve_find(Context *context, Database *database, const char *machine, const PlanRequest *request,
                    const Found **out) {
    BestQuery query = query_of(context, machine, request);
    Found *found = ARENA_NEW(context, Found);
    *out = NULL;
    *found = (Found){.record = NULL};
    TRY(database_best(context, database, &query, &found->record));
    found->similar = found->record == NULL;
    if (found->similar) TRY(database_best_elsewhere(context, database, &query, &found->record));
    if (found->record == NULL) return STATUS_OK;
    const char *name = arena_format(context, "record %s", found->record->uuid);
    if (parse_schedule(context, name, found->record->schedule, &found->schedule) == STATUS_OK) {
        *out = found;
    } else {
        diag_note(context, "the recorded schedule of %s cannot be read by this version, so it is passed over: %s",
                  request->name, diag_message(context));
    }
    return STATUS_OK;
}

/* The schedule that a neighbour's knobs make of this problem; NULL when they make none that is promising. */
static const char *borrow(Context *context, const RecipeSpace *recipe, const Neighbour *neighbour) {
    Space space = space_of_recipe(recipe, false);
    const Source source = {"knobs", neighbour->knobs, strlen(neighbour->knobs)};
    Point point;
    if (recipe->recipe == NULL || strcmp(recipe->recipe, neighbour->recipe) != 0) return NULL;
    bool is_read = space_parse_point(context, &space, &source, &point) == STATUS_OK;
    if (!is_read) diag_clear(context);
    if (!is_read || !space_allows(&space, &point)) return NULL;
    return recipe_space_schedule(context, recipe, &point);
}

Status resolve_borrow(Context *context, Database *database, const char *machine, const PlanRequest *request,
                      const Found **out) {
    enum { MOST = 3 };
    const double limit = 2; /* log2 of four */
    BestQuery query = query_of(context, machine, request);
    Neighbour *nearest = ARENA_ARRAY(context, Neighbour, MOST);
    size_t count;
    *out = NULL;
    if (problem_check_supported(context, request->problem) != STATUS_OK) {
        diag_clear(context);
        return STATUS_OK;
    }
    TRY(nearest_find(context, database, &query, request->problem, limit, nearest, MOST, &count));
    if (count == 0) return STATUS_OK;
    const RecipeSpace *recipe = recipe_space_new(context, request->problem, request->target, (int)query.workers);
    for (size_t i = 0; i < count; i++) {
        const char *text = borrow(context, recipe, &nearest[i]);
        if (text == NULL) continue;
        if (strcmp(text, recipe_space_schedule(context, recipe, &recipe->start)) == 0) return STATUS_OK;
        Found *found = ARENA_NEW(context, Found);
        *found = (Found){.neighbour = &nearest[i]};
        TRY(parse_schedule(context, "borrowed", text, &found->schedule));
        *out = found;
        return STATUS_OK;
    }
    return STATUS_OK;
}

Status resolve_object_sha256(Context *context, const PlanRequest *request, const Schedule *schedule,
                             char out[SHA256_HEX_BYTES]) {
    PlanRequest measured = *request;
    const Plan *plan;
    const char *bytes;
    size_t length;
    /* As the agent builds what it measures: both are bytes of the object. */
    measured.name = AGENT_KERNEL_NAME;
    measured.schedule = schedule;
    measured.schedule_source = AGENT_SCHEDULE_SOURCE;
    measured.observer = NULL;
    TRY(plan_build(context, &measured, &plan));
    TRY(emit_kernel(context, plan, EMIT_OBJECT, &bytes, &length));
    measurement_hash_object(bytes, length, out);
    return STATUS_OK;
}

/* What is known of a record: does it still compile to the object that was timed? */
static const char *record_source(Context *context, const PlanRequest *request, const Found *found) {
    char now[SHA256_HEX_BYTES];
    const char *then = found->record->object_sha256;
    if (found->similar) return "similar";
    if (then == NULL || resolve_object_sha256(context, request, found->schedule, now) != STATUS_OK)
        return "record-unverified";
    return strcmp(then, now) == 0 ? "record" : "record-stale";
}

static const char *found_source(Context *context, const PlanRequest *request, const Found *found) {
    if (found->neighbour != NULL) return "transferred";
    const char *source = record_source(context, request, found);
    return found->record->shipped ? arena_format(context, "%s (shipped)", source) : source;
}

static bool does_not_apply(Status status) {
    return status == STATUS_REFUSED || status == STATUS_UNPROVED;
}

/* *out stays NULL when the record's schedule does not apply. */
static Status try_found(Context *context, const PlanRequest *request, const Found *found, const Plan **out) {
    PlanRequest attempt = *request;
    attempt.schedule = found->schedule;
    attempt.schedule_source = found_source(context, request, found);
    Status status = plan_build(context, &attempt, out);
    if (!does_not_apply(status)) return status;
    *out = NULL;
    if (found->neighbour == NULL)
        diag_note(context, "the recorded schedule %s does not apply to %s any more, so it is passed over: %s",
                  found->record->uuid, request->name, diag_message(context));
    return STATUS_OK;
}

Status resolve_plan(Context *context, const PlanRequest *request, const Found *found, const Plan **out) {
    PlanRequest attempt = *request;
    if (request->schedule != NULL) {
        attempt.schedule_source = "file";
        return plan_build(context, &attempt, out);
    }
    *out = NULL;
    if (found != NULL) TRY(try_found(context, request, found, out));
    if (*out != NULL) return STATUS_OK;
    attempt.schedule_source = "default";
    Status status = plan_build(context, &attempt, out);
    if (!does_not_apply(status)) return status;
    diag_note(context, "the default schedule does not apply to %s, so it gets the seven loops: %s", request->name,
              diag_message(context));
    attempt.schedule = &seven_loops;
    attempt.schedule_source = "naive";
    return plan_build(context, &attempt, out);
}
