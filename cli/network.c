/* SPDX-License-Identifier: Apache-2.0 */
/* Which kernels belong to which model, and what their index is called. */
#include "cli/network.h"

#include <string.h>

#include "base/vector.h"
#include "compiler/frontend/frontend.h"

static Status clash(Command *command, const Network *network, const char *other) {
    return command_misused(command, "the index of %s would be called '%s', which clashes with %s; rename the file",
                           network->file, network->name, other);
}

/* Is `name` one that the index takes: a file MODEL.h, a table MODEL_kernels, a constant MODEL_KERNELS …? */
static bool takes(const Network *network, const char *name) {
    static const char *const rests[] = {"", "_kernels", "_KERNELS", "_convolutions", "_CONVOLUTIONS"};
    size_t length = strlen(network->name);
    if (strncmp(name, network->name, length) != 0) return false;
    for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
        if (strcmp(name + length, rests[i]) == 0) return true;
    }
    return false;
}

static Status check_names(Command *command, const Request *request, const Network *networks, size_t count) {
    const Network *last = &networks[count - 1];
    for (size_t i = 0; i < request->count; i++) {
        const RequestLayer *layer = &request->layers[i];
        if (takes(last, layer->kernel))
            return clash(command, last, arena_format(command->context, "the kernel of layer %s", layer->label));
    }
    for (size_t i = 0; i + 1 < count; i++) {
        if (strcmp(networks[i].name, last->name) == 0)
            return clash(command, last, arena_format(command->context, "that of %s", networks[i].file));
    }
    return STATUS_OK;
}

/* The model's layer that this one was, model->layers.count when it is none. */
static size_t find_layer(const OnnxModel *model, const Layer *layer) {
    size_t i = 0;
    while (i < model->layers.count &&
           (model->layers.items[i].source != layer->source || model->layers.items[i].offset != layer->offset))
        i++;
    return i;
}

bool network_has_layer(const Request *request, const RequestLayer *layer) {
    for (size_t i = 0; i < request->model_count; i++) {
        const OnnxModel *model = request->models[i].model;
        if (find_layer(model, &layer->layer) < model->layers.count) return true;
    }
    return false;
}

static void collect_kernels(Context *context, const Request *request, const NetworkKernelState *states,
                            Network *network) {
    VECTOR(NetworkKernel) kernels = {0};
    VECTOR(NetworkGap) gaps = {0};
    for (size_t i = 0; i < request->count; i++) {
        size_t layer = find_layer(network->model, &request->layers[i].layer);
        if (layer == network->model->layers.count) continue;
        if (states[i].plan != NULL) VECTOR_PUSH(context, &kernels, ((NetworkKernel){states[i].plan, layer}));
        if (states[i].plan == NULL) VECTOR_PUSH(context, &gaps, ((NetworkGap){layer, states[i].reason}));
    }
    network->kernels = kernels.items;
    network->count = kernels.count;
    network->gaps = gaps.items;
    network->gap_count = gaps.count;
}

/* Those convolutions of the model whose kernel is there. */
static void collect_convolutions(Context *context, Network *network) {
    const OnnxModel *model = network->model;
    size_t *kernel_of = ARENA_ARRAY(context, size_t, model->layers.count);
    for (size_t i = 0; i < model->layers.count; i++) kernel_of[i] = network->count;
    for (size_t i = 0; i < network->count; i++) kernel_of[network->kernels[i].layer] = i;
    network->convolutions = ARENA_ARRAY(context, NetworkConvolution, model->convolution_count);
    for (size_t i = 0; i < model->convolution_count; i++) {
        NetworkConvolution made = {&model->convolutions[i], kernel_of[model->convolutions[i].layer], NULL};
        if (made.kernel < network->count) network->convolutions[network->convolution_count++] = made;
    }
}

/* "a/b/resnet-50.onnx": file "resnet-50.onnx", name "resnet_50". */
static void name_network(Context *context, const char *path, Network *network) {
    const char *slash = strrchr(path, '/');
    network->file = slash != NULL ? slash + 1 : path;
    const char *dot = strrchr(network->file, '.');
    Layer named = {.name = arena_substring(context, network->file, (size_t)(dot - network->file)),
                   .problem = problem_default(1)};
    network->name = frontend_kernel_name(context, &named);
}

Status network_collect(Command *command, const Request *request, const NetworkKernelState *states, Network **out,
                       size_t *count) {
    Network *networks = ARENA_ARRAY(command->context, Network, request->model_count);
    *out = networks;
    *count = 0;
    for (size_t i = 0; i < request->model_count; i++) {
        Network *network = &networks[*count];
        *network = (Network){.model = request->models[i].model,
                             .epilogue = command->arguments.option[OPTION_EPILOGUE],
                             .layout = command->arguments.option[OPTION_LAYOUT],
                             .packed = command->arguments.option[OPTION_PACK_WEIGHTS] != NULL};
        name_network(command->context, request->models[i].path, network);
        collect_kernels(command->context, request, states, network);
        if (network->count == 0) continue;
        collect_convolutions(command->context, network);
        ++*count;
        TRY(check_names(command, request, networks, *count));
    }
    return STATUS_OK;
}
