/* SPDX-License-Identifier: Apache-2.0 */
/* From the command line to layers, target and schedule. */
#include "cli/request.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/vector.h"
#include "compiler/frontend/frontend.h"
#include "tuner/machine_text.h"

enum { SCHEDULE_LIMIT_BYTES = 1 << 20 };

typedef struct Reader {
    Command *command;
    VECTOR(Layer) layers;
    VECTOR(RequestModel) models;
} Reader;

static Status read_accuracy(Command *command) {
    const char *value = command->arguments.option[OPTION_ACCURACY];
    if (value == NULL || strcmp(value, "strict") == 0) return STATUS_OK;
    char *end;
    double budget = strtod(value, &end);
    if (end == value || *end != '\0' || !(budget > 0))
        return command_misused(command, "--accuracy %s: expected strict or a relative error", value);
    return diag_error(command->context, STATUS_UNSUPPORTED,
                      "--accuracy %s: error budgets are not supported in this version; only strict is", value);
}

static Status read_threads(Command *command, int *out) {
    long long threads;
    TRY(command_blame_user(command, arguments_integer(command->context, &command->arguments, OPTION_THREADS, 1,
                                                      PLAN_MAX_THREADS, 1, &threads)));
    *out = (int)threads;
    return STATUS_OK;
}

static Status read_schedule_file(Context *context, const char *path, const Schedule **out) {
    const Source *source;
    TRY(file_read(context, path, SCHEDULE_LIMIT_BYTES, &source));
    return schedule_parse(context, source, out);
}

static bool is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static Status read_schedule(Command *command, Request *out) {
    const char *path = command->arguments.option[OPTION_SCHEDULE];
    if (path == NULL) return STATUS_OK;
    if (!is_folder(path)) return read_schedule_file(command->context, path, &out->schedule);
    out->schedule_folder = path;
    return STATUS_OK;
}

/* The layer's own file in a folder of schedules, if there is one. */
static Status read_layer_schedule(Context *context, const char *folder, RequestLayer *layer) {
    const char *path = arena_format(context, "%s/%s.schedule", folder, layer->kernel);
    if (access(path, F_OK) != 0) return STATUS_OK;
    return read_schedule_file(context, path, &layer->schedule);
}

Status request_read_choices(Command *command, Request *out) {
    const char *target = command->arguments.option[OPTION_TARGET];
    *out = (Request){.count = 0};
    TRY(read_accuracy(command));
    TRY(read_threads(command, &out->threads));
    TRY(command_blame_user(command, target_find(command->context, target != NULL ? target : "host", &out->target)));
    return read_schedule(command, out);
}

/* Text that was given as an option is named by it in messages ("--conv:1:3: ..."): then the command line is to blame.
 */
static Status blame_place(Command *command, Status status) {
    if (strncmp(diag_message(command->context), "--", 2) != 0) return status;
    return command_blame_user(command, status);
}

static Status add_spec(Reader *reader, const SpecArgument *spec) {
    Command *command = reader->command;
    const Arguments *arguments = &command->arguments;
    const FrontendOptions overrides = {.epilogue = arguments->option[OPTION_EPILOGUE],
                                       .layout = arguments->option[OPTION_LAYOUT],
                                       .weights = arguments->option[OPTION_PACK_WEIGHTS] != NULL};
    const LayerList *list;
    if (spec->is_text) {
        TRY(blame_place(command, frontend_read_conv(command->context, spec->word, &overrides, &list)));
    } else if (frontend_is_model(spec->word)) {
        RequestModel model = {.path = spec->word};
        TRY(blame_place(command, frontend_read_model(command->context, spec->word, &overrides, &list, &model.model)));
        VECTOR_PUSH(command->context, &reader->models, model);
    } else {
        TRY(blame_place(command, frontend_read_file(command->context, spec->word, &overrides, &list)));
    }
    for (size_t i = 0; i < list->count; i++) VECTOR_PUSH(command->context, &reader->layers, list->items[i]);
    return STATUS_OK;
}

/* All specs, and of their layers those that --layer names. */
static Status read_layers(Reader *reader, const LayerList **out) {
    Command *command = reader->command;
    const Arguments *arguments = &command->arguments;
    for (size_t i = 0; i < arguments->spec_count; i++) TRY(add_spec(reader, &arguments->specs[i]));
    LayerList *all = ARENA_NEW(command->context, LayerList);
    *all = (LayerList){.items = reader->layers.items, .count = reader->layers.count};
    *out = all;
    const char *wanted = arguments->option[OPTION_LAYER];
    if (wanted == NULL) return STATUS_OK;
    return command_blame_user(command, frontend_select_layers(command->context, all, wanted, out));
}

static Status check_name(Command *command, const LayerList *layers) {
    const char *name = command->arguments.option[OPTION_NAME];
    if (name == NULL) return STATUS_OK;
    if (layers->count != 1)
        return command_misused(command, "--name is for one layer, and there are %zu; pick one with --layer",
                               layers->count);
    Layer named = layers->items[0];
    named.name = name;
    if (strcmp(frontend_kernel_name(command->context, &named), name) == 0) return STATUS_OK;
    return command_misused(command, "--name '%s': expected a C identifier", name);
}

static RequestLayer make_layer(Command *command, const Layer *layer) {
    const char *name = command->arguments.option[OPTION_NAME];
    RequestLayer made = {.layer = *layer};
    made.kernel = name != NULL ? name : frontend_kernel_name(command->context, layer);
    made.label = layer->name[0] != '\0' ? layer->name : made.kernel;
    return made;
}

Status request_read_layers(Command *command, Request *out) {
    Reader reader = {.command = command};
    const LayerList *layers;
    if (command->arguments.spec_count == 0)
        return command_misused(command, "no layers: name a file of them, or give one with --conv '...'");
    TRY(request_read_choices(command, out));
    TRY(read_layers(&reader, &layers));
    TRY(check_name(command, layers));
    RequestLayer *made = ARENA_ARRAY(command->context, RequestLayer, layers->count);
    for (size_t i = 0; i < layers->count; i++) {
        made[i] = make_layer(command, &layers->items[i]);
        if (out->schedule_folder != NULL) TRY(read_layer_schedule(command->context, out->schedule_folder, &made[i]));
    }
    out->layers = made;
    out->count = layers->count;
    out->list = layers;
    out->models = reader.models.items;
    out->model_count = reader.models.count;
    return STATUS_OK;
}

/* Looking for records. */
typedef struct Finding {
    Command *command;
    Request *request;
    Database *database;
} Finding;

static Status find_records(void *data) {
    Finding *finding = data;
    Context *context = finding->command->context;
    Request *request = finding->request;
    const char *machine = machine_text(context);
    RequestLayer *layers = ARENA_ARRAY(context, RequestLayer, request->count);
    TRY(database_open(context, finding->command->arguments.option[OPTION_DB], DATABASE_READ, &finding->database));
    for (size_t i = 0; i < request->count; i++) {
        layers[i] = request->layers[i];
        PlanRequest plan = {.name = layers[i].label,
                            .problem = &layers[i].layer.problem,
                            .target = request->target,
                            .threads = request->threads};
        if (layers[i].schedule != NULL) continue;
        TRY(resolve_find(context, finding->database, machine, &plan, &layers[i].found));
        if (layers[i].found == NULL) TRY(resolve_borrow(context, finding->database, machine, &plan, &layers[i].found));
    }
    request->layers = layers;
    return STATUS_OK;
}

Status request_read(Command *command, Request *out) {
    Finding finding = {.command = command, .request = out};
    TRY(request_read_layers(command, out));
    if (command->arguments.option[OPTION_NO_DB] != NULL || out->schedule != NULL) return STATUS_OK;
    Status status = context_run(command->context, find_records, &finding);
    database_close(finding.database);
    return status;
}

Status request_check_clashes(Command *command, const Request *request) {
    if (request->count == 1) return STATUS_OK; /* --name may say otherwise than the layer */
    return command_blame_user(command, frontend_check_names(command->context, request->list));
}

Status request_plan(Context *context, const Request *request, const RequestLayer *layer, const PlanObserver *observer,
                    const Plan **out) {
    PlanRequest plan = {.name = layer->kernel,
                        .problem = &layer->layer.problem,
                        .target = request->target,
                        .threads = request->threads,
                        .schedule = layer->schedule != NULL ? layer->schedule : request->schedule,
                        .observer = observer};
    Status status = resolve_plan(context, &plan, layer->found, out);
    if (status == STATUS_OK || strchr(diag_message(context), '\n') != NULL) return status;
    return diag_error(context, status, "layer %s: %s", layer->label, diag_message(context));
}
