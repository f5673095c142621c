/* SPDX-License-Identifier: Apache-2.0 */
/* The index of a model's kernels: a header that makes a table of them, and of the convolutions where their weights are
 * packed. Its rows are constants of the one who includes it, so that no object is needed but those of kernels and
 * weights. */
#include "base/text.h"
#include "cli/network.h"
#include "compiler/llvm/emit.h"

static const char shared_part[] = "#ifndef SEPTET_KERNEL_ENTRY\n"
                                  "#define SEPTET_KERNEL_ENTRY\n"
                                  "/* One kernel: its name, and its functions as its own header describes them. */\n"
                                  "struct septet_kernel_entry {\n"
                                  "    const char *name;\n"
                                  "    int (*call)(const struct septet_args *args);\n"
                                  "    int (*pack)(const float *weights, void *packed);\n"
                                  "    const struct septet_kernel_info *(*info)(void);\n"
                                  "    int (*supported)(void);\n"
                                  "};\n"
                                  "#endif\n";

static const char convolution_part[] = "#ifndef SEPTET_CONVOLUTION\n"
                                       "#define SEPTET_CONVOLUTION\n"
                                       "/* One convolution of a model: its kernel, and what that is to be given. What "
                                       "it reads and writes are values of the\n"
                                       " * model by name; NULL for what there is not. packed is NULL where the model "
                                       "does not have the weights; bias where\n"
                                       " * it does not have it, or the kernel takes none; residual_data is a residual "
                                       "that the model has as a constant. */\n"
                                       "struct septet_convolution {\n"
                                       "    const char *name; /* of the node */\n"
                                       "    const struct septet_kernel_entry *kernel;\n"
                                       "    const void *packed;\n"
                                       "    const float *bias, *residual_data;\n"
                                       "    const char *x, *residual, *y;\n"
                                       "    uint64_t x_floats, y_floats; /* how many; a residual has y_floats */\n"
                                       "};\n"
                                       "#endif\n";

static void add_weights(Text *text, const Network *network) {
    text_add_string(text, "/* Packed weights and biases, aligned to 64 bytes. */\n"
                          "#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
    for (size_t i = 0; i < network->weights_count; i++) {
        const NetworkWeights *weights = &network->weights[i];
        const Plan *plan = network->kernels[weights->kernel].plan;
        text_add(text, "extern const unsigned char %s_packed[%s_PACKED_BYTES];\n", weights->name, plan->name);
        if (weights->bias != NULL)
            text_add(text, "extern const float %s_bias[%lld];\n", weights->name, (long long)plan->problem.k);
        if (weights->residual != NULL)
            text_add(text, "extern const float %s_residual[%lld];\n", weights->name,
                     (long long)problem_output_count(&plan->problem));
    }
    text_add_string(text, "#ifdef __cplusplus\n}\n#endif\n\n");
}

/* A name of the model as a string of C: it may hold anything but NUL. */
static void add_string(Text *text, const char *string) {
    if (string == NULL) text_add_string(text, "0");
    if (string == NULL) return;
    text_add_string(text, "\"");
    for (const char *at = string; *at != '\0'; at++) {
        bool plain = *at >= ' ' && *at <= '~' && *at != '"' && *at != '\\' && *at != '?';
        if (plain) text_add(text, "%c", *at);
        if (!plain) text_add(text, "\\%03o", (unsigned)(unsigned char)*at);
    }
    text_add_string(text, "\"");
}

/* "conv1_bias", or 0. */
static void add_symbol(Text *text, const NetworkWeights *weights, bool is_there, const char *suffix) {
    if (is_there) text_add(text, ", %s%s", weights->name, suffix);
    if (!is_there) text_add_string(text, ", 0");
}

static void add_convolution(Text *text, const Network *network, const NetworkConvolution *row) {
    const OnnxConvolution *convolution = row->convolution;
    const NetworkWeights *weights = row->weights;
    const Problem *problem = &network->kernels[row->kernel].plan->problem;
    text_add_string(text, "    {");
    add_string(text, convolution->name);
    text_add(text, ", &%s_kernels[%zu]", network->name, row->kernel);
    add_symbol(text, weights, weights != NULL, "_packed");
    add_symbol(text, weights, weights != NULL && weights->bias != NULL, "_bias");
    add_symbol(text, weights, weights != NULL && weights->residual != NULL, "_residual");
    const char *const values[] = {convolution->x, convolution->residual, convolution->y};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        text_add_string(text, ", ");
        add_string(text, values[i]);
    }
    text_add(text, ", %lld, %lld},\n", (long long)problem_x_elements(problem), (long long)problem_y_elements(problem));
}

static void add_convolutions(Text *text, const Network *network) {
    const char *name = network->name;
    text_add(text, "\n%s\n", convolution_part);
    add_weights(text, network);
    text_add(text, "/* In an order in which they can run. */\nenum { %s_CONVOLUTIONS = %zu };\n", name,
             network->convolution_count);
    text_add(text, "static const struct septet_convolution %s_convolutions[%s_CONVOLUTIONS] = {\n", name, name);
    for (size_t i = 0; i < network->convolution_count; i++) add_convolution(text, network, &network->convolutions[i]);
    text_add_string(text, "};\n");
}

static void add_table(Text *text, const Network *network) {
    const char *name = network->name;
    text_add(text, "/* In the order in which the model needs them first. */\nenum { %s_KERNELS = %zu };\n", name,
             network->count);
    text_add(text, "static const struct septet_kernel_entry %s_kernels[%s_KERNELS] = {\n", name, name);
    for (size_t i = 0; i < network->count; i++) {
        const char *kernel = network->kernels[i].plan->name;
        text_add(text, "    {\"%s\", %s_call, %s_pack, %s_info, %s_supported},\n", kernel, kernel, kernel, kernel,
                 kernel);
    }
    text_add_string(text, "};\n");
}

const char *network_index(Context *context, const Network *network) {
    Text text = text_new(context);
    const char *name = network->name;
    text_add(&text, "/* %s.h, by septet %s, LLVM %s: the kernels of a model.\n", name, SEPTET_VERSION,
             emit_llvm_version());
    text_add(&text, " * Which nodes they stand for: %s.json. Target %s. */\n", name,
             network->kernels[0].plan->target->name);
    text_add(&text, "#ifndef SEPTET_INDEX_%s_H\n#define SEPTET_INDEX_%s_H\n\n", name, name);
    for (size_t i = 0; i < network->count; i++) text_add(&text, "#include \"%s.h\"\n", network->kernels[i].plan->name);
    text_add(&text, "\n%s\n", shared_part);
    add_table(&text, network);
    if (network->packed) add_convolutions(&text, network);
    text_add_string(&text, "\n#endif\n");
    return text_string(&text);
}
