/* SPDX-License-Identifier: Apache-2.0 */
/* septet db revalidate: compiles the schedules of the best records again, and notes whether the objects are the same.
 * Nothing is measured: that is for septet tune --stale. */
#include <stdio.h>
#include <string.h>

#include "base/vector.h"
#include "cli/db/db.h"
#include "tuner/resolve.h"

/* A record of the view best. */
typedef struct Item {
    const char *uuid, *problem, *target, *schedule, *object_sha256;
    int threads;
} Item;

typedef struct Items {
    Context *context;
    VECTOR(Item) list;
} Items;

static const char query[] = "SELECT uuid, problem, target, schedule, coalesce(object_sha256, ''), workers FROM record"
                            " WHERE uuid IN (SELECT uuid FROM best)";

static Status take_row(void *data, const Row *row) {
    Items *items = data;
    const char *texts[5];
    for (int i = 0; i < 5; i++) texts[i] = arena_string(items->context, row->values[i].text);
    Item item = {texts[0], texts[1], texts[2], texts[3], texts[4], (int)row->values[5].integer};
    VECTOR_PUSH(items->context, &items->list, item);
    return STATUS_OK;
}

/* "same", "different" or "refused". In a context of its own, for its memory. */
typedef struct Judging {
    Context *context;
    const Item *item;
    const char *result;
} Judging;

static Status judge(void *data) {
    Judging *judging = data;
    Context *context = judging->context;
    const Item *item = judging->item;
    const Source problem_source = {"problem", item->problem, strlen(item->problem)};
    const Source schedule_source = {"schedule", item->schedule, strlen(item->schedule)};
    Problem problem;
    const Schedule *schedule;
    char now[SHA256_HEX_BYTES];
    PlanRequest request = {.problem = &problem, .threads = item->threads};
    judging->result = "refused";
    TRY(problem_parse(context, &problem_source, &problem));
    TRY(target_find(context, item->target, &request.target));
    TRY(schedule_parse(context, &schedule_source, &schedule));
    TRY(resolve_object_sha256(context, &request, schedule, now));
    judging->result = strcmp(now, item->object_sha256) == 0 ? "same" : "different";
    return STATUS_OK;
}

static Status judge_item(Context *context, const Item *item, const char **result) {
    Judging judging = {.item = item};
    TRY(context_new_beside(context, &judging.context));
    Status status = context_run(judging.context, judge, &judging);
    if (status == STATUS_NO_MEMORY) status = diag_error(context, status, "out of memory");
    context_free(judging.context);
    *result = judging.result;
    return status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

static Status body(Command *command, Database *database) {
    Context *context = command->context;
    Items items = {.context = context};
    TRY(database_select(context, database, query, NULL, 0, false, take_row, &items));
    TRY(database_add_build(context, database));
    for (size_t i = 0; i < items.list.count; i++) {
        const char *result;
        TRY(judge_item(context, &items.list.items[i], &result));
        TRY(database_add_validation(context, database, items.list.items[i].uuid, result));
    }
    return db_print(command, database,
                    "SELECT v.result, count(*) AS records FROM validation v JOIN build b ON b.id = v.build"
                    " JOIN measurement m ON m.id = v.measurement JOIN best ON best.uuid = m.uuid"
                    " WHERE v.id IN (SELECT max(id) FROM validation GROUP BY measurement) GROUP BY v.result",
                    NULL, 0, "no best records");
}

static Status run(Command *command) {
    return db_run(command, DATABASE_WRITE, body);
}

static const OptionKind options[] = {DB_OPTIONS};

const Verb verb_db_revalidate = {
    .name = "revalidate",
    .program = "septet db revalidate",
    .summary = "find out which best records are stale",
    .synopsis = "[options]",
    .text = "Compiles each best record's schedule again: 'same' object, a 'different' one, or 'refused'. Counts them; "
            "septet\n"
            "db stale lists those that are not the same. Nothing is measured.",
    .example = "septet db revalidate && septet db stale",
    .options = options,
    .run = run,
};
