/* SPDX-License-Identifier: Apache-2.0 */
/* The C API of septet.h over the library: contexts, layers, targets, objects, kernels. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "compiler/llvm/emit.h"
#include "tuner/api_internal.h"
#include "tuner/kernel.h"
#include "tuner/machine_text.h"

struct septet_object {
    Context *context;
    const Plan *plan;
    const char *bytes, *header;
    size_t length;
};

struct septet_kernel {
    Kernel kernel;
};

const char *septet_version(void) {
    return SEPTET_VERSION;
}

static septet_result result_of(Status status) {
    switch (status) {
    case STATUS_OK: return SEPTET_DONE;
    case STATUS_REFUSED:
    case STATUS_UNPROVED: return SEPTET_REFUSED;
    case STATUS_UNSUPPORTED: return SEPTET_NOT_SUPPORTED;
    case STATUS_NO_MEMORY: return SEPTET_NO_MEMORY;
    case STATUS_IO: return SEPTET_IO;
    default: return SEPTET_INVALID;
    }
}

septet_context *septet_new(void) {
    septet_context *made = alloc_new(alloc_default(), sizeof *made);
    if (made == NULL) return NULL;
    if (context_new(alloc_default(), &made->context) == STATUS_OK) return made;
    alloc_free(alloc_default(), made);
    return NULL;
}

void septet_free(septet_context *context) {
    if (context == NULL) return;
    context_free(context->context);
    alloc_free(alloc_default(), context);
}

const char *septet_last_error(const septet_context *context) {
    return diag_message(context->context);
}

septet_result api_out_of_memory(septet_context *context) {
    return result_of(diag_error(context->context, STATUS_NO_MEMORY, "out of memory"));
}

septet_result api_invalid(septet_context *context, const char *message) {
    return result_of(diag_error(context->context, STATUS_INVALID, "%s", message));
}

septet_result api_finish(septet_context *context, Context *worked_in, Status status) {
    if (status != STATUS_OK) diag_error(context->context, status, "%s", diag_message(worked_in));
    return result_of(status);
}

const char *api_known_text(const char *text) {
    return text != NULL ? text : "";
}

double api_known_number(double number) {
    return isfinite(number) ? number : -1;
}

void *api_new_handle(size_t bytes) {
    Context **handle = alloc_new(alloc_default(), bytes);
    if (handle == NULL) return NULL;
    memset(handle, 0, bytes);
    if (context_new(alloc_default(), handle) == STATUS_OK) return handle;
    alloc_free(alloc_default(), handle);
    return NULL;
}

void api_free_handle(void *handle) {
    Context **context = handle;
    if (context == NULL) return;
    context_free(*context);
    alloc_free(alloc_default(), context);
}

typedef struct Running {
    Status (*body)(void *data, Context *worked_in);
    void *data;
    Context *worked_in;
} Running;

static Status run_body(void *data) {
    const Running *running = data;
    return running->body(running->data, running->worked_in);
}

septet_result api_run(septet_context *context, Status (*body)(void *data, Context *worked_in), void *data) {
    Running running = {body, data, NULL};
    if (context_new(alloc_default(), &running.worked_in) != STATUS_OK) return api_out_of_memory(context);
    Status status = context_run(running.worked_in, run_body, &running);
    septet_result result = api_finish(context, running.worked_in, status);
    context_free(running.worked_in);
    return result;
}

/* Layers */

typedef struct Reading {
    septet_layers *layers;
    const char *path, *text; /* one of them */
} Reading;

static Status read_body(void *data) {
    Reading *reading = data;
    septet_layers *layers = reading->layers;
    if (reading->path != NULL) {
        TRY(frontend_read_file(layers->context, reading->path, NULL, &layers->list));
    } else {
        TRY(frontend_read_conv(layers->context, reading->text, NULL, &layers->list));
    }
    layers->problems = ARENA_ARRAY(layers->context, const char *, layers->list->count);
    for (size_t i = 0; i < layers->list->count; i++) {
        Text text = text_new(layers->context);
        problem_print(&layers->list->items[i].problem, &text);
        layers->problems[i] = text_string(&text);
    }
    return STATUS_OK;
}

static septet_result read_layers(septet_context *context, Reading *reading, septet_layers **out) {
    *out = NULL;
    septet_layers *layers = api_new_handle(sizeof *layers);
    if (layers == NULL) return api_out_of_memory(context);
    reading->layers = layers;
    Status status = context_run(layers->context, read_body, reading);
    septet_result result = api_finish(context, layers->context, status);
    if (status == STATUS_OK) {
        *out = layers;
    } else {
        api_free_handle(layers);
    }
    return result;
}

septet_result septet_layers_read(septet_context *context, const char *path, septet_layers **out) {
    return read_layers(context, &(Reading){.path = path}, out);
}

septet_result septet_layers_parse(septet_context *context, const char *text, septet_layers **out) {
    return read_layers(context, &(Reading){.text = text}, out);
}

void septet_layers_free(septet_layers *layers) {
    api_free_handle(layers);
}

size_t septet_layers_count(const septet_layers *layers) {
    return layers->list->count;
}

const char *septet_layers_name(const septet_layers *layers, size_t index) {
    assert(index < layers->list->count);
    return layers->list->items[index].name;
}

int64_t septet_layers_occurrences(const septet_layers *layers, size_t index) {
    assert(index < layers->list->count);
    return layers->list->items[index].count;
}

const char *septet_layers_problem(const septet_layers *layers, size_t index) {
    assert(index < layers->list->count);
    return layers->problems[index];
}

/* Targets */

const char *septet_target_name(size_t index) {
    const Target *target = target_get(index);
    return target != NULL ? target->name : NULL;
}

int septet_target_runs_here(size_t index) {
    const Target *target = target_get(index);
    return target != NULL && target_runs_here(target, NULL);
}

/* Objects */

typedef struct Compiling {
    septet_object *object;
    const Layer *layer;
    septet_options options;
    Database *opened; /* the user's own, when the caller gives none */
} Compiling;

static Status read_schedule(Context *context, const char *text, const Schedule **out) {
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){.name = "schedule", .text = arena_string(context, text), .length = strlen(text)};
    return schedule_parse(context, source, out);
}

static Status choose_name(Context *context, const Compiling *compiling, const char **out) {
    const char *asked = compiling->options.name;
    Layer named = *compiling->layer;
    if (asked != NULL) named.name = asked;
    *out = frontend_kernel_name(context, &named);
    if (asked == NULL || strcmp(asked, *out) == 0) return STATUS_OK;
    return diag_error(context, STATUS_INVALID, "name '%s': expected a C identifier", asked);
}

static Status find_record(Context *context, Compiling *compiling, const PlanRequest *request, const Found **out) {
    const septet_options *options = &compiling->options;
    *out = NULL;
    if (options->no_database || options->schedule != NULL) return STATUS_OK;
    if (options->database == NULL) TRY(database_open(context, NULL, DATABASE_READ, &compiling->opened));
    Database *database = options->database != NULL ? options->database->database : compiling->opened;
    TRY(resolve_find(context, database, machine_text(context), request, out));
    return *out != NULL ? STATUS_OK : resolve_borrow(context, database, machine_text(context), request, out);
}

static Status compile_body(void *data) {
    Compiling *compiling = data;
    septet_object *object = compiling->object;
    Context *context = object->context;
    const Found *found;
    Problem problem = compiling->layer->problem;
    PlanRequest request = {.problem = &problem, .threads = compiling->options.threads};
    const char *target = compiling->options.target;
    TRY(choose_name(context, compiling, &request.name));
    TRY(target_find(context, target != NULL ? target : "host", &request.target));
    if (compiling->options.schedule != NULL)
        TRY(read_schedule(context, compiling->options.schedule, &request.schedule));
    TRY(find_record(context, compiling, &request, &found));
    TRY(resolve_plan(context, &request, found, &object->plan));
    TRY(emit_kernel(context, object->plan, EMIT_OBJECT, &object->bytes, &object->length));
    object->header = emit_header(context, object->plan);
    return STATUS_OK;
}

const char *api_check_options(const septet_options *options) {
    if (options->struct_bytes != sizeof *options)
        return "septet_options: struct_bytes is wrong; start from SEPTET_OPTIONS_DEFAULT";
    if (options->threads < 1 || options->threads > PLAN_MAX_THREADS) return "septet_options: threads is not in 1..4096";
    return NULL;
}

septet_result septet_compile(septet_context *context, const septet_layers *layers, size_t index,
                             const septet_options *options, septet_object **out) {
    Compiling compiling = {.options = SEPTET_OPTIONS_DEFAULT};
    *out = NULL;
    if (index >= layers->list->count) return api_invalid(context, "there is no layer of that index");
    if (options != NULL && api_check_options(options) != NULL) return api_invalid(context, api_check_options(options));
    if (options != NULL) compiling.options = *options;
    septet_object *object = api_new_handle(sizeof *object);
    if (object == NULL) return api_out_of_memory(context);
    compiling.object = object;
    compiling.layer = &layers->list->items[index];
    Status status = context_run(object->context, compile_body, &compiling);
    database_close(compiling.opened);
    septet_result result = api_finish(context, object->context, status);
    if (status == STATUS_OK) {
        *out = object;
    } else {
        api_free_handle(object);
    }
    return result;
}

void septet_object_free(septet_object *object) {
    api_free_handle(object);
}

const char *septet_object_name(const septet_object *object) {
    return object->plan->name;
}

const void *septet_object_bytes(const septet_object *object, size_t *length) {
    *length = object->length;
    return object->bytes;
}

const char *septet_object_header(const septet_object *object) {
    return object->header;
}

typedef struct Writing {
    const septet_object *object;
    const char *folder;
} Writing;

static Status write_body(void *data, Context *context) {
    const Writing *writing = data;
    const septet_object *object = writing->object;
    FileContent files[] = {
        {arena_format(context, "%s/%s.o", writing->folder, object->plan->name), object->bytes, object->length},
        {arena_format(context, "%s/%s.h", writing->folder, object->plan->name), object->header, strlen(object->header)},
    };
    return file_write_folder(context, writing->folder, files, sizeof files / sizeof files[0]);
}

septet_result septet_object_write(septet_context *context, const septet_object *object, const char *folder) {
    Writing writing = {object, folder};
    return api_run(context, write_body, &writing);
}

/* Kernels */

static Status load(Context *context, const septet_object *object, Kernel *out) {
    const Plan *plan = object->plan;
    const char *missing;
    if (!target_runs_here(plan->target, &missing)) {
        return diag_error(context, STATUS_UNSUPPORTED, "this machine cannot run %s: it lacks %s", plan->target->name,
                          missing);
    }
    return kernel_load(context, plan->name, &plan->problem, object->bytes, object->length, out);
}

septet_result septet_kernel_load(septet_context *context, const septet_object *object, septet_kernel **out) {
    Context *worked_in;
    *out = NULL;
    septet_kernel *made = alloc_new(alloc_default(), sizeof *made);
    if (made == NULL || context_new(alloc_default(), &worked_in) != STATUS_OK) {
        alloc_free(alloc_default(), made);
        return api_out_of_memory(context);
    }
    Status status = load(worked_in, object, &made->kernel);
    septet_result result = api_finish(context, worked_in, status);
    context_free(worked_in);
    if (status == STATUS_OK) {
        *out = made;
    } else {
        alloc_free(alloc_default(), made);
    }
    return result;
}

void septet_kernel_free(septet_kernel *kernel) {
    if (kernel == NULL) return;
    kernel_unload(&kernel->kernel);
    alloc_free(alloc_default(), kernel);
}

const struct septet_kernel_info *septet_kernel_get_info(const septet_kernel *kernel) {
    return kernel->kernel.info();
}

int septet_kernel_pack(const septet_kernel *kernel, const float *weights, void *packed) {
    return kernel->kernel.pack(weights, packed);
}

int septet_kernel_call(const septet_kernel *kernel, const float *x, const void *packed, const float *bias,
                       const float *residual, float *y, void *workspace) {
    return kernel_call(&kernel->kernel, x, packed, bias, residual, y, workspace);
}

septet_function septet_kernel_function(const septet_kernel *kernel) {
    return kernel->kernel.function;
}
