/* SPDX-License-Identifier: Apache-2.0 */
/* The C API of septet.h: the tuning database. */
#include <stddef.h>

#include "tuner/api_internal.h"
#include "tuner/machine_text.h"

typedef struct Opening {
    const char *path;
    DatabaseAccess access;
    Database *database;
} Opening;

static Status open_body(void *data, Context *context) {
    Opening *opening = data;
    return database_open(context, opening->path, opening->access, &opening->database);
}

septet_result septet_database_open(septet_context *context, const char *path, int writable, septet_database **out) {
    Opening opening = {path, writable ? DATABASE_WRITE : DATABASE_READ, NULL};
    *out = NULL;
    septet_database *made = alloc_new(alloc_default(), sizeof *made);
    if (made == NULL) return api_out_of_memory(context);
    septet_result result = api_run(context, open_body, &opening);
    made->database = opening.database;
    if (result == SEPTET_DONE) {
        *out = made;
    } else {
        septet_database_close(made);
    }
    return result;
}

void septet_database_close(septet_database *database) {
    if (database == NULL) return;
    database_close(database->database);
    alloc_free(alloc_default(), database);
}

/* A record with the context that its texts lie in. */
typedef struct RecordHandle {
    Context *context;
    septet_record record;
} RecordHandle;

typedef struct Asking {
    RecordHandle *handle;
    Database *database;
    const Layer *layer;
    septet_options options;
    bool found;
} Asking;

static septet_record describe(Context *context, const Found *found) {
    const Record *record = found->record;
    return (septet_record){
        .schedule = record->schedule,
        .recipe = api_known_text(record->recipe),
        .knobs = api_known_text(record->knobs),
        .source =
            arena_format(context, "%s%s", found->similar ? "similar" : "record", record->shipped ? " (shipped)" : ""),
        .time_ms = api_known_number(record->time_ns / 1e6),
        .spread = api_known_number(record->spread),
        .visits = record->visit_count,
        .confirmed = record->confirmed,
        .error_l2 = api_known_number(record->error_l2),
        .workspace_bytes = record->workspace_bytes,
        .machine = api_known_text(record->machine),
        .build = api_known_text(record->build),
        .measured_at = api_known_text(record->measured_at),
        .object_sha256 = api_known_text(record->object_sha256),
        .uuid = record->uuid,
    };
}

static Status best_body(void *data) {
    Asking *asking = data;
    Context *context = asking->handle->context;
    const Found *found;
    const char *target = asking->options.target;
    PlanRequest request = {
        .name = asking->layer->name, .problem = &asking->layer->problem, .threads = asking->options.threads};
    TRY(target_find(context, target != NULL ? target : "host", &request.target));
    TRY(resolve_find(context, asking->database, machine_text(context), &request, &found));
    asking->found = found != NULL;
    if (found != NULL) asking->handle->record = describe(context, found);
    return STATUS_OK;
}

septet_result septet_database_best(septet_context *context, septet_database *database, const septet_layers *layers,
                                   size_t index, const septet_options *options, septet_record **out) {
    Asking asking = {.database = database->database, .options = SEPTET_OPTIONS_DEFAULT};
    *out = NULL;
    if (index >= layers->list->count) return api_invalid(context, "there is no layer of that index");
    if (options != NULL && api_check_options(options) != NULL) return api_invalid(context, api_check_options(options));
    if (options != NULL) asking.options = *options;
    asking.layer = &layers->list->items[index];
    asking.handle = api_new_handle(sizeof *asking.handle);
    if (asking.handle == NULL) return api_out_of_memory(context);
    Status status = context_run(asking.handle->context, best_body, &asking);
    septet_result result = api_finish(context, asking.handle->context, status);
    if (status == STATUS_OK && asking.found) {
        *out = &asking.handle->record;
    } else {
        api_free_handle(asking.handle);
    }
    return result;
}

void septet_record_free(septet_record *record) {
    if (record == NULL) return;
    api_free_handle((char *)record - offsetof(RecordHandle, record));
}

/* Lines */

typedef struct Lines {
    Database *database;
    const char *where, *name;
    FILE *file;
    DatabaseChange change;
} Lines;

static Status export_body(void *data, Context *context) {
    Lines *lines = data;
    return database_export(context, lines->database, lines->where, lines->file, &lines->change);
}

septet_result septet_database_export(septet_context *context, septet_database *database, const char *where, FILE *out) {
    Lines lines = {.database = database->database, .where = where, .file = out};
    return api_run(context, export_body, &lines);
}

static Status import_body(void *data, Context *context) {
    Lines *lines = data;
    return database_import(context, lines->database, lines->file, lines->name, &lines->change);
}

septet_result septet_database_import(septet_context *context, septet_database *database, FILE *in, const char *name,
                                     int64_t *added) {
    Lines lines = {.database = database->database, .name = name, .file = in};
    septet_result result = api_run(context, import_body, &lines);
    if (added != NULL) *added = result == SEPTET_DONE ? lines.change.added : 0;
    return result;
}
