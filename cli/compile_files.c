/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of all files that septet compile writes. Kernels do not depend on each other: they are made on several
 * threads, each in the context of its worker, and their files are gathered in the order of the layers. */
#include <string.h>

#include "cli/compile.h"
#include "compiler/llvm/emit.h"

#define KIND_ENDING(id, word, ending) #ending,
static const char *const kind_endings[] = {KINDS(KIND_ENDING) NULL};
#undef KIND_ENDING

/* The bytes of one kind of file. */
static Status make_bytes(Context *context, const Plan *plan, Kind kind, const char **bytes, size_t *length) {
    Text text = text_new(context);
    switch (kind) {
    case KIND_OBJECT: return emit_kernel(context, plan, EMIT_OBJECT, bytes, length);
    case KIND_ASSEMBLY: return emit_kernel(context, plan, EMIT_ASSEMBLY, bytes, length);
    case KIND_LLVM_IR: return emit_kernel(context, plan, EMIT_LLVM_IR, bytes, length);
    case KIND_LOOPS: nest_print(plan->scheduled, &text); break;
    case KIND_TENSOR: pipeline_print(plan->scheduled->pipeline, &text); break;
    default: text_add_string(&text, emit_header(context, plan));
    }
    *bytes = text_string(&text);
    *length = text.length;
    return STATUS_OK;
}

static Status make_files(Context *context, const Compiling *compiling, Made *made) {
    const Plan *plan = made->state.plan;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (!compiling->wanted[kind]) continue;
        FileContent file = {.path =
                                arena_format(context, "%s/%s.%s", compiling->folder, plan->name, kind_endings[kind])};
        const char *bytes;
        TRY(make_bytes(context, plan, (Kind)kind, &bytes, &file.length));
        file.bytes = bytes;
        made->files[made->file_count++] = file;
    }
    return STATUS_OK;
}

static Status try_kernel(Context *context, Compiling *compiling, size_t index) {
    const RequestLayer *layer = &compiling->request.layers[index];
    Made *made = &compiling->made[index];
    PlanObserver observer;
    bool observed = dump_is_wanted(&compiling->dump); /* then there is one worker: the dump is for one */
    if (observed) observer = dump_observer(&compiling->dump, layer->label);
    TRY(request_plan(context, &compiling->request, layer, observed ? &observer : NULL, &made->state.plan));
    return make_files(context, compiling, made);
}

/* The job of one layer. */
static Status make_kernel(Context *context, size_t index, void *data) {
    Compiling *compiling = data;
    const RequestLayer *layer = &compiling->request.layers[index];
    Status status = try_kernel(context, compiling, index);
    if (status != STATUS_UNSUPPORTED || !network_has_layer(&compiling->request, layer)) return status;
    compiling->made[index] = (Made){.state = {.reason = arena_string(context, diag_message(context))}};
    return STATUS_OK;
}

Status compile_kernels(Compiling *compiling) {
    Context *context = compiling->command->context;
    const Request *request = &compiling->request;
    compiling->made = ARENA_ARRAY(context, Made, request->count);
    TRY(jobs_run(compiling->jobs, request->count, make_kernel, compiling));
    for (size_t i = 0; i < request->count; i++) {
        const Made *made = &compiling->made[i];
        if (made->state.reason != NULL) diag_note(context, "there is no kernel of %s", made->state.reason);
        for (size_t j = 0; j < made->file_count; j++) VECTOR_PUSH(context, &compiling->files, made->files[j]);
    }
    if (compiling->files.count > 0) return STATUS_OK;
    return diag_error(context, STATUS_UNSUPPORTED, "%s", compiling->made[0].state.reason);
}

static void add_file(Compiling *compiling, const char *name, const char *ending, const char *bytes, size_t length) {
    Context *context = compiling->command->context;
    FileContent file = {
        .path = arena_format(context, "%s/%s%s", compiling->folder, name, ending), .bytes = bytes, .length = length};
    VECTOR_PUSH(context, &compiling->files, file);
}

static void add_weights(Compiling *compiling, const Network *network) {
    for (size_t i = 0; i < network->weights_count; i++) {
        const NetworkWeights *weights = &network->weights[i];
        add_file(compiling, weights->name, "_weights.o", weights->bytes, weights->length);
    }
}

Status compile_networks(Compiling *compiling) {
    Command *command = compiling->command;
    Context *context = command->context;
    if (!compiling->wanted[KIND_OBJECT] || !compiling->wanted[KIND_HEADER]) return STATUS_OK;
    NetworkKernelState *states = ARENA_ARRAY(context, NetworkKernelState, compiling->request.count);
    for (size_t i = 0; i < compiling->request.count; i++) states[i] = compiling->made[i].state;
    TRY(network_collect(command, &compiling->request, states, &compiling->networks, &compiling->network_count));
    if (command->arguments.option[OPTION_PACK_WEIGHTS] != NULL)
        TRY(network_pack(context, &compiling->request, compiling->jobs, compiling->networks, compiling->network_count));
    for (size_t i = 0; i < compiling->network_count; i++) add_weights(compiling, &compiling->networks[i]);
    for (size_t i = 0; i < compiling->network_count; i++) {
        const Network *network = &compiling->networks[i];
        const char *manifest, *index = network_index(context, network);
        TRY(network_manifest(context, network, &manifest));
        add_file(compiling, network->name, ".h", index, strlen(index));
        add_file(compiling, network->name, ".json", manifest, strlen(manifest));
    }
    return STATUS_OK;
}
