/* SPDX-License-Identifier: Apache-2.0 */
/* What septet compile prints: a line for each kernel, then one for each model. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/compile.h"
#include "cli/json.h"

/* "1 kernel", "2 kernels" */
static const char *count_text(Context *context, size_t count, const char *thing) {
    return arena_format(context, "%zu %s%s", count, thing, count == 1 ? "" : "s");
}

/* "weights of 53 convolutions in 50 objects" */
static const char *describe_weights(Context *context, const Network *network) {
    size_t count = 0;
    for (size_t i = 0; i < network->convolution_count; i++) count += network->convolutions[i].weights != NULL;
    if (!network->packed) return "";
    return arena_format(context, ", and the packed weights of %s in %s", count_text(context, count, "convolution"),
                        count_text(context, network->weights_count, "object"));
}

/* Convolutions of the model without a kernel. */
static size_t count_left_out(const Network *network) {
    size_t count = network->model->left_out_count;
    for (size_t i = 0; i < network->gap_count; i++)
        count += (size_t)network->model->layers.items[network->gaps[i].layer].count;
    return count;
}

static const char *describe_left_out(Context *context, const Network *network) {
    size_t count = count_left_out(network);
    return count == 0 ? "" : arena_format(context, "; %zu of its convolutions left out", count);
}

static Status print_network(const Compiling *compiling, const Network *network, const FileContent *files) {
    Context *context = compiling->command->context;
    if (compiling->command->arguments.option[OPTION_JSON] == NULL) {
        printf("%s: %s %s, the index of %s of %s%s%s\n", network->name, files[0].path, files[1].path,
               count_text(context, network->count, "kernel"), network->file, describe_weights(context, network),
               describe_left_out(context, network));
        return STATUS_OK;
    }
    const char *names = arena_format(context, "%s %s", files[0].path, files[1].path);
    JsonLine line = json_line_new();
    json_add_string(&line, "model", network->file);
    json_add_string(&line, "index", network->name);
    json_add_integer(&line, "kernels", (int64_t)network->count);
    json_add_integer(&line, "left_out", (int64_t)count_left_out(network));
    if (network->packed) json_add_integer(&line, "weights", (int64_t)network->weights_count);
    json_add_string(&line, "files", names);
    return json_line_print(context, &line, stdout);
}

/* The problem whose schedule this one has; NULL when it is its own. */
static const char *lender_of(const RequestLayer *layer, const Plan *plan) {
    bool is_borrowed = layer->found != NULL && layer->found->neighbour != NULL;
    return is_borrowed && strcmp(plan->schedule_source, "transferred") == 0 ? layer->found->neighbour->problem : NULL;
}

static Status print_made(const Compiling *compiling, const RequestLayer *layer, const Made *made) {
    const Plan *plan = made->state.plan;
    Context *context = compiling->command->context;
    Text names = text_new(context);
    int64_t bytes = 0;
    for (size_t i = 0; i < made->file_count; i++) {
        const FileContent *file = &made->files[i];
        text_add(&names, "%s%s", i > 0 ? " " : "", file->path);
        bytes += (int64_t)file->length;
    }
    const char *files = text_string(&names), *lender = lender_of(layer, plan);
    if (compiling->command->arguments.option[OPTION_JSON] == NULL) {
        printf("%s: %s, %" PRId64 " bytes, %s, %s schedule%s%s\n", plan->name, files, bytes, plan->target->name,
               plan->schedule_source, lender != NULL ? ", borrowed from " : "", lender != NULL ? lender : "");
        return STATUS_OK;
    }
    JsonLine line = json_line_new();
    json_add_string(&line, "layer", layer->label);
    json_add_string(&line, "kernel", plan->name);
    json_add_string(&line, "problem", plan->problem_text);
    json_add_string(&line, "target", plan->target->name);
    json_add_string(&line, "files", files);
    json_add_integer(&line, "bytes", bytes);
    json_add_string(&line, "schedule_source", plan->schedule_source);
    if (lender != NULL) json_add_string(&line, "borrowed_from", lender);
    return json_line_print(context, &line, stdout);
}

Status compile_print(const Compiling *compiling) {
    for (size_t i = 0; i < compiling->request.count; i++) {
        if (compiling->made[i].state.plan == NULL) continue;
        TRY(print_made(compiling, &compiling->request.layers[i], &compiling->made[i]));
    }
    const FileContent *indices = compiling->files.items + compiling->files.count - 2 * compiling->network_count;
    for (size_t i = 0; i < compiling->network_count; i++)
        TRY(print_network(compiling, &compiling->networks[i], indices + 2 * i));
    return STATUS_OK;
}
