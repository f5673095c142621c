/* SPDX-License-Identifier: Apache-2.0 */
/* The index of a model's kernels: a header that makes a table of them. Its rows are constants of the one who includes
 * it, so that no object is needed but the kernels'. */
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
    text_add_string(&text, "\n#endif\n");
    return text_string(&text);
}
