/* SPDX-License-Identifier: Apache-2.0 */
/* The weights of a model as objects: which convolutions share them, what they are called, and their bytes. */
#include <string.h>

#include "base/vector.h"
#include "cli/network.h"
#include "compiler/frontend/frontend.h"
#include "compiler/llvm/emit.h"

typedef VECTOR(NetworkWeights) WeightsVector;

typedef struct WeightsMaker {
    Context *context;
    const Request *request;
    const Network *networks; /* up to the one at work; the weights of the others are complete */
    Network *network;
    Jobs *jobs;
    WeightsVector weights; /* of the network at work */
} WeightsMaker;

static bool equal_floats(const float *a, const float *b, int64_t count) {
    if (a == b || a == NULL || b == NULL) return a == b;
    return memcmp(a, b, (size_t)count * sizeof *a) == 0;
}

static bool are_equal(const Problem *problem, const NetworkWeights *a, const NetworkWeights *b) {
    return a->kernel == b->kernel && equal_floats(a->bias, b->bias, problem->k) &&
           equal_floats(a->residual, b->residual, problem_output_count(problem)) &&
           equal_floats(a->of->w_values, b->of->w_values, problem_w_elements(problem));
}

/* Would these weights define a symbol, or a file, that there is already? */
static bool is_taken(const WeightsMaker *maker, const char *name) {
    static const char *const suffixes[] = {"_packed", "_bias", "_residual", "_weights"};
    for (size_t i = 0; i < maker->weights.count; i++) {
        if (strcmp(maker->weights.items[i].name, name) == 0) return true;
    }
    for (const Network *network = maker->networks; network < maker->network; network++) {
        for (size_t i = 0; i < network->weights_count; i++) {
            if (strcmp(network->weights[i].name, name) == 0) return true;
        }
    }
    size_t length = strlen(name);
    for (size_t i = 0; i < maker->request->count; i++) {
        const char *kernel = maker->request->layers[i].kernel;
        for (size_t j = 0; j < sizeof suffixes / sizeof *suffixes; j++) {
            if (strncmp(kernel, name, length) == 0 && strcmp(kernel + length, suffixes[j]) == 0) return true;
        }
    }
    return false;
}

/* The node's name as an identifier; the node's number is appended until it is new. */
static const char *name_weights(const WeightsMaker *maker, const OnnxConvolution *convolution) {
    Layer named = {.name = convolution->name, .problem = problem_default(1)};
    const char *name = frontend_kernel_name(maker->context, &named);
    while (is_taken(maker, name)) name = arena_format(maker->context, "%s_%zu", name, convolution->nodes[0].index);
    return name;
}

/* What is known of a convolution's constants. A constant residual is in the layout of the model, which --layout may
 * have changed for the kernel. */
static NetworkWeights describe(const Network *network, const NetworkConvolution *convolution) {
    const Problem *problem = &network->kernels[convolution->kernel].plan->problem;
    const OnnxConvolution *of = convolution->convolution;
    NetworkWeights made = {.kernel = convolution->kernel, .of = of};
    if (problem_has(problem, EPILOGUE_BIAS)) made.bias = of->bias_values;
    if (problem_has(problem, EPILOGUE_ADD) && network->layout == NULL) made.residual = of->residual_values;
    return made;
}

/* The weights of a convolution: those of an earlier one when they are equal. */
static size_t find_weights(WeightsMaker *maker, const NetworkConvolution *convolution) {
    NetworkWeights made = describe(maker->network, convolution);
    const Problem *problem = &maker->network->kernels[made.kernel].plan->problem;
    for (size_t i = 0; i < maker->weights.count; i++) {
        if (are_equal(problem, &maker->weights.items[i], &made)) return i;
    }
    made.name = name_weights(maker, convolution->convolution);
    VECTOR_PUSH(maker->context, &maker->weights, made);
    return maker->weights.count - 1;
}

static Status make_object(Context *context, const Plan *plan, const void *packed, NetworkWeights *weights) {
    KernelSizes sizes;
    EmitConstant constants[3];
    size_t count = 0;
    emit_sizes(plan, &sizes);
    constants[count++] =
        (EmitConstant){arena_format(context, "%s_packed", weights->name), packed, (size_t)sizes.packed_bytes};
    if (weights->bias != NULL)
        constants[count++] = (EmitConstant){arena_format(context, "%s_bias", weights->name), weights->bias,
                                            (size_t)plan->problem.k * sizeof(float)};
    if (weights->residual != NULL)
        constants[count++] = (EmitConstant){arena_format(context, "%s_residual", weights->name), weights->residual,
                                            (size_t)problem_output_count(&plan->problem) * sizeof(float)};
    return emit_constants(context, plan->target, arena_format(context, "%s_weights", weights->name), constants, count,
                          &weights->bytes, &weights->length);
}

/* The job of one kernel: all weights that it packs. */
static Status pack_kernel(Context *context, size_t kernel, void *data) {
    const WeightsMaker *maker = data;
    const Plan *plan = maker->network->kernels[kernel].plan;
    const float **values = ARENA_ARRAY(context, const float *, maker->weights.count);
    const void **packed = ARENA_ARRAY(context, const void *, maker->weights.count);
    size_t count = 0, next = 0;
    for (size_t i = 0; i < maker->weights.count; i++) {
        if (maker->weights.items[i].kernel == kernel) values[count++] = maker->weights.items[i].of->w_values;
    }
    if (count == 0) return STATUS_OK;
    TRY(emit_packed(context, plan, values, count, packed));
    for (size_t i = 0; i < maker->weights.count; i++) {
        if (maker->weights.items[i].kernel != kernel) continue;
        TRY(make_object(context, plan, packed[next++], &maker->weights.items[i]));
    }
    return STATUS_OK;
}

static Status pack_network(WeightsMaker *maker) {
    Network *network = maker->network;
    const size_t none = network->convolution_count;
    size_t *of = ARENA_ARRAY(maker->context, size_t, network->convolution_count);
    for (size_t i = 0; i < network->convolution_count; i++) {
        const NetworkConvolution *convolution = &network->convolutions[i];
        of[i] = convolution->convolution->w_values != NULL ? find_weights(maker, convolution) : none;
        if (of[i] == none)
            diag_note(maker->context, "%s: the weights '%s' of node '%s' are not in the model: pack them with %s_pack",
                      network->file, convolution->convolution->w, convolution->convolution->name,
                      network->kernels[convolution->kernel].plan->name);
    }
    TRY(jobs_run(maker->jobs, network->count, pack_kernel, maker));
    network->weights = maker->weights.items;
    network->weights_count = maker->weights.count;
    for (size_t i = 0; i < network->convolution_count; i++)
        network->convolutions[i].weights = of[i] != none ? &network->weights[of[i]] : NULL;
    return STATUS_OK;
}

Status network_pack(Context *context, const Request *request, Jobs *jobs, Network *networks, size_t count) {
    for (size_t i = 0; i < count; i++) {
        WeightsMaker maker = {.context = context, .request = request, .networks = networks};
        maker.network = &networks[i];
        maker.jobs = jobs;
        TRY(pack_network(&maker));
    }
    return STATUS_OK;
}
