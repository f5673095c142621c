/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest of a model's kernels, for programs that run the model:
 *
 *     septet, llvm, model, target, index      versions, files, target
 *     epilogue_option, layout_option          what the command line forced upon the layers, where it did: the nodes
 *                                             below were folded before that
 *     inputs, outputs                         of the graph: name, shape (null when unknown)
 *     kernels                                 kernel, layer, problem, count, object, header, x_shape, w_shape, y_shape
 *                                             (n c …, k c …, n k …, whatever the layout), packed_bytes,
 *                                             workspace_bytes, workers, flops, algorithm, schedule_source, schedule
 *         convolutions                        each place in the model that it computes: name, the values x, w, bias,
 *                                             residual and y of the graph, and nodes: index, name, op;
 *             weights                         with --pack-weights: object, and its symbols packed, bias, residual (null
 *                                             where the kernel takes none, or the model does not have it); null when
 *                                             the model does not have the weights
 *     left_out                                convolutions without a kernel: index, name, op, reason
 *
 * cJSON's memory is the heap's: nothing here may unwind until all of it is freed, so that no arena is used but for the
 * copy at the end. */
#include <cjson/cJSON.h>
#include <stdio.h>

#include "cli/network.h"
#include "compiler/llvm/emit.h"

/* What fails for want of memory leaves a NULL behind, which cJSON passes on; `failed` says that there was one. */
typedef struct Manifest {
    const Network *network;
    cJSON *root;
    bool failed;
} Manifest;

static cJSON *keep(Manifest *manifest, cJSON *item) {
    manifest->failed |= item == NULL;
    return item;
}

static void add_string(Manifest *manifest, cJSON *object, const char *key, const char *value) {
    if (value == NULL) keep(manifest, cJSON_AddNullToObject(object, key));
    if (value != NULL) keep(manifest, cJSON_AddStringToObject(object, key, value));
}

static void add_number(Manifest *manifest, cJSON *object, const char *key, double value) {
    keep(manifest, cJSON_AddNumberToObject(object, key, value));
}

static cJSON *add_list(Manifest *manifest, cJSON *object, const char *key) {
    return keep(manifest, cJSON_AddArrayToObject(object, key));
}

static void append(Manifest *manifest, cJSON *list, cJSON *item) {
    if (cJSON_AddItemToArray(list, item)) return;
    cJSON_Delete(item);
    manifest->failed = true;
}

/* An empty object at the end of a list; NULL when memory is out. */
static cJSON *append_object(Manifest *manifest, cJSON *list) {
    cJSON *object = keep(manifest, cJSON_CreateObject());
    if (object != NULL && !cJSON_AddItemToArray(list, object)) {
        cJSON_Delete(object);
        manifest->failed = true;
        return NULL;
    }
    return object;
}

static void add_file(Manifest *manifest, cJSON *object, const char *key, const char *name, const char *ending) {
    char file[4096];
    snprintf(file, sizeof file, "%s%s", name, ending); /* no file has a longer name */
    add_string(manifest, object, key, file);
}

static void add_ports(Manifest *manifest, const char *key, const OnnxPort *ports, size_t count) {
    cJSON *list = add_list(manifest, manifest->root, key);
    for (size_t i = 0; i < count; i++) {
        cJSON *object = append_object(manifest, list);
        add_string(manifest, object, "name", ports[i].name);
        if (!ports[i].known) add_string(manifest, object, "shape", NULL);
        if (!ports[i].known) continue;
        cJSON *shape = add_list(manifest, object, "shape");
        for (int j = 0; j < ports[i].rank; j++) append(manifest, shape, cJSON_CreateNumber((double)ports[i].dims[j]));
    }
}

typedef enum Extent { EXTENT_INPUT, EXTENT_KERNEL, EXTENT_OUTPUT } Extent;

static void add_shape(Manifest *manifest, cJSON *object, const char *key, const Problem *problem, Extent extent) {
    bool weights = extent == EXTENT_KERNEL;
    int64_t leading[2] = {problem->n, extent == EXTENT_INPUT ? problem->c : problem->k};
    if (weights) leading[0] = problem->transposed ? problem->c : problem->k;
    if (weights) leading[1] = (problem->transposed ? problem->k : problem->c) / problem->g;
    cJSON *shape = add_list(manifest, object, key);
    for (int i = 0; i < 2; i++) append(manifest, shape, cJSON_CreateNumber((double)leading[i]));
    for (int i = 0; i < problem->spatial; i++) {
        const Dimension *dimension = &problem->dimension[i];
        int64_t value = extent == EXTENT_INPUT ? dimension->input : weights ? dimension->kernel : dimension->output;
        append(manifest, shape, cJSON_CreateNumber((double)value));
    }
}

static void add_node(Manifest *manifest, cJSON *object, const OnnxNodeName *node) {
    add_number(manifest, object, "index", (double)node->index);
    add_string(manifest, object, "name", node->name);
    add_string(manifest, object, "op", node->op);
}

static void add_symbol(Manifest *manifest, cJSON *object, const char *key, const NetworkWeights *weights,
                       bool is_there) {
    char suffix[32];
    snprintf(suffix, sizeof suffix, "_%s", key);
    if (is_there) add_file(manifest, object, key, weights->name, suffix);
    if (!is_there) add_string(manifest, object, key, NULL);
}

static void add_weights(Manifest *manifest, cJSON *object, const NetworkWeights *weights) {
    if (weights == NULL) {
        add_string(manifest, object, "weights", NULL);
        return;
    }
    cJSON *item = keep(manifest, cJSON_AddObjectToObject(object, "weights"));
    add_file(manifest, item, "object", weights->name, "_weights.o");
    add_symbol(manifest, item, "packed", weights, true);
    add_symbol(manifest, item, "bias", weights, weights->bias != NULL);
    add_symbol(manifest, item, "residual", weights, weights->residual != NULL);
}

static void add_convolution(Manifest *manifest, cJSON *list, const NetworkConvolution *row) {
    const OnnxConvolution *convolution = row->convolution;
    cJSON *object = append_object(manifest, list);
    add_string(manifest, object, "name", convolution->name);
    add_string(manifest, object, "x", convolution->x);
    add_string(manifest, object, "w", convolution->w);
    add_string(manifest, object, "bias", convolution->bias);
    add_string(manifest, object, "residual", convolution->residual);
    add_string(manifest, object, "y", convolution->y);
    cJSON *nodes = add_list(manifest, object, "nodes");
    for (size_t i = 0; i < convolution->node_count; i++)
        add_node(manifest, append_object(manifest, nodes), &convolution->nodes[i]);
    if (manifest->network->packed) add_weights(manifest, object, row->weights);
}

static void add_convolutions(Manifest *manifest, cJSON *object, size_t kernel) {
    const Network *network = manifest->network;
    cJSON *list = add_list(manifest, object, "convolutions");
    for (size_t i = 0; i < network->convolution_count; i++) {
        if (network->convolutions[i].kernel == kernel) add_convolution(manifest, list, &network->convolutions[i]);
    }
}

static void add_sizes(Manifest *manifest, cJSON *object, const Plan *plan) {
    KernelSizes sizes;
    emit_sizes(plan, &sizes);
    add_number(manifest, object, "packed_bytes", (double)sizes.packed_bytes);
    add_number(manifest, object, "workspace_bytes", (double)sizes.workspace_bytes);
    add_number(manifest, object, "workers", (double)sizes.workers);
    add_number(manifest, object, "flops", problem_flops(&plan->problem));
}

static void add_kernel(Manifest *manifest, cJSON *object, size_t index) {
    const NetworkKernel *kernel = &manifest->network->kernels[index];
    const Plan *plan = kernel->plan;
    const Layer *layer = &manifest->network->model->layers.items[kernel->layer];
    add_string(manifest, object, "kernel", plan->name);
    add_string(manifest, object, "layer", layer->name);
    add_string(manifest, object, "problem", plan->problem_text);
    add_number(manifest, object, "count", (double)layer->count);
    add_file(manifest, object, "object", plan->name, ".o");
    add_file(manifest, object, "header", plan->name, ".h");
    add_shape(manifest, object, "x_shape", &plan->problem, EXTENT_INPUT);
    add_shape(manifest, object, "w_shape", &plan->problem, EXTENT_KERNEL);
    add_shape(manifest, object, "y_shape", &plan->problem, EXTENT_OUTPUT);
    add_sizes(manifest, object, plan);
    add_string(manifest, object, "algorithm", plan->algorithm);
    add_string(manifest, object, "schedule_source", plan->schedule_source);
    add_string(manifest, object, "schedule", plan->schedule);
    add_convolutions(manifest, object, index);
}

static void add_left_out(Manifest *manifest, cJSON *list, const OnnxNodeName *node, const char *reason) {
    cJSON *object = append_object(manifest, list);
    add_node(manifest, object, node);
    add_string(manifest, object, "reason", reason);
}

/* What is no task, then the convolutions of those that this version cannot compile. */
static void add_all_left_out(Manifest *manifest) {
    const Network *network = manifest->network;
    const OnnxModel *model = network->model;
    cJSON *list = add_list(manifest, manifest->root, "left_out");
    for (size_t i = 0; i < model->left_out_count; i++)
        add_left_out(manifest, list, &model->left_out[i].node, model->left_out[i].reason);
    for (size_t i = 0; i < network->gap_count; i++) {
        for (size_t j = 0; j < model->convolution_count; j++) {
            if (model->convolutions[j].layer != network->gaps[i].layer) continue;
            add_left_out(manifest, list, &model->convolutions[j].nodes[0], network->gaps[i].reason);
        }
    }
}

static void add_all(Manifest *manifest) {
    const Network *network = manifest->network;
    const OnnxModel *model = network->model;
    add_string(manifest, manifest->root, "septet", SEPTET_VERSION);
    add_string(manifest, manifest->root, "llvm", emit_llvm_version());
    add_string(manifest, manifest->root, "model", network->file);
    add_string(manifest, manifest->root, "target", network->kernels[0].plan->target->name);
    add_file(manifest, manifest->root, "index", network->name, ".h");
    if (network->epilogue != NULL) add_string(manifest, manifest->root, "epilogue_option", network->epilogue);
    if (network->layout != NULL) add_string(manifest, manifest->root, "layout_option", network->layout);
    add_ports(manifest, "inputs", model->inputs, model->input_count);
    add_ports(manifest, "outputs", model->outputs, model->output_count);
    cJSON *kernels = add_list(manifest, manifest->root, "kernels");
    for (size_t i = 0; i < network->count; i++) add_kernel(manifest, append_object(manifest, kernels), i);
    add_all_left_out(manifest);
}

/* A copy of a string of cJSON's, made where memory that runs out does not unwind past its owner. */
typedef struct Copying {
    Context *context;
    const char *text;
    const char **out;
} Copying;

static Status copy(void *data) {
    const Copying *copying = data;
    *copying->out = arena_format(copying->context, "%s\n", copying->text);
    return STATUS_OK;
}

Status network_manifest(Context *context, const Network *network, const char **out) {
    Manifest manifest = {.network = network, .root = cJSON_CreateObject()};
    add_all(&manifest);
    char *text = manifest.root != NULL && !manifest.failed ? cJSON_Print(manifest.root) : NULL;
    cJSON_Delete(manifest.root);
    if (text == NULL) return diag_error(context, STATUS_NO_MEMORY, "out of memory");
    Copying copying = {context, text, out};
    Status status = context_run(context, copy, &copying);
    cJSON_free(text);
    return status;
}
