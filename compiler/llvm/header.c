/* SPDX-License-Identifier: Apache-2.0 */
/* The C header of a kernel: all that a C or C++ programmer needs to call it, comments included. It compiles alone. What
 * kernels have in common (status, info) stands under a guard of its own, so that many headers fit in one file, and
 * carries the version of the interface, so that headers that disagree do not compile together. */
#include "base/text.h"
#include "compiler/llvm/internal.h"

static const char shared_part[] =
    "#include <stdint.h>\n"
    "\n"
    "#ifndef SEPTET_KERNEL_ABI\n"
    "#define SEPTET_KERNEL_ABI 1\n"
    "\n"
    "/* What a kernel function returns. */\n"
    "enum septet_kernel_status {\n"
    "    SEPTET_OK = 0,\n"
    "    SEPTET_MISALIGNED = 1,  /* an argument is not aligned as its kernel asks */\n"
    "    SEPTET_UNSUPPORTED = 2, /* this CPU or operating system lacks what the kernel needs */\n"
    "    SEPTET_WRONG_PACKED = 3 /* the packed data is of another problem or layout, or was not packed to the end */\n"
    "};\n"
    "\n"
    "/* Facts about a kernel. Later versions may add members at the end: struct_bytes says how many bytes are there. "
    "*/\n"
    "struct septet_kernel_info {\n"
    "    uint64_t struct_bytes;\n"
    "    const char *name, *problem, *algorithm, *schedule, *schedule_source, *target, *features, *versions, "
    "*x_layout,\n"
    "        *y_layout;\n"
    "    uint64_t packed_bytes, workspace_bytes, workers;\n"
    "    uint64_t flops;  /* 2 * multiplications; taps in the padding are not counted */\n"
    "    double error_l2; /* relative error against 64-bit arithmetic; -1: not measured */\n"
    "};\n"
    "\n"
    "/* Arguments of any kernel, for tables of them. A kernel reads struct_bytes and the members that are in its own\n"
    " * prototype; the others may be anything. Later versions may add members at the end. */\n"
    "struct septet_args {\n"
    "    uint64_t struct_bytes; /* sizeof(struct septet_args) */\n"
    "    const void *x, *packed, *bias, *scales, *zero_points, *residual;\n"
    "    void *y, *workspace;\n"
    "};\n"
    "\n"
    "#elif SEPTET_KERNEL_ABI != 1\n"
    "#error this header and another one come from versions of septet whose kernels have different interfaces\n"
    "#endif\n";

/* " [k/32 2][r 3][s 3][c 64][k%32 32]": axes as they lie in memory, outermost first. */
static void add_shape(Text *text, const Tensor *tensor) {
    text_add_string(text, " ");
    for (int i = 0; i < tensor->layout.rank; i++) {
        const LayoutAxis *physical = &tensor->layout.axes[i];
        text_add(text, "[%s", tensor->axes[physical->axis].name);
        for (int j = 0; j < physical->op_count; j++) {
            text_add(text, "%c%lld", physical->ops[j].modulo ? '%' : '/', (long long)physical->ops[j].divisor);
        }
        text_add(text, " %lld]", (long long)tensor_layout_extent(tensor, i));
    }
}

static void add_argument(Text *text, const Plan *plan, const char *name, const char *tensor) {
    text_add(text, " *   %-9s float", name);
    add_shape(text, nest_find_tensor(plan->nest, tensor));
    text_add_string(text, "\n");
}

/* "relu(bias + conv(x, w))" */
static const char *formula(Context *context, const Problem *problem) {
    const char *value = "conv(x, weights)";
    for (int i = 0; i < problem->epilogue_count; i++) {
        const EpilogueOp *op = &problem->epilogue[i];
        Text text = text_new(context);
        if (op->kind == EPILOGUE_BIAS) {
            text_add(&text, "bias + %s", value);
        } else if (op->kind == EPILOGUE_ADD) {
            text_add(&text, "residual + %s", value);
        } else {
            text_add(&text, "%s(%s", epilogue_name(op->kind), value);
            for (int j = 0; j < epilogue_parameters(op->kind); j++) {
                text_add_string(&text, ", ");
                text_add_number(&text, op->parameters[j]);
            }
            text_add_string(&text, ")");
        }
        value = text_string(&text);
    }
    return value;
}

static int64_t reduction_extent(const Problem *problem) {
    int64_t extent = problem->c / problem->g;
    for (int i = 0; i < problem->spatial; i++) extent *= problem->dimension[i].kernel;
    return extent;
}

/* What becomes of the places of a last block that has no channels for them. */
static void add_blocks(Text *text, const char *name, ActivationLayout layout, int64_t channels, const char *filling) {
    if (layout.order != LAYOUT_CHANNELS_BLOCKED) return;
    text_add(text, " * %s: blocks of %lld channels", name, (long long)layout.block);
    if (channels % layout.block != 0)
        text_add(text, "; the last holds %lld, and the rest of it is %s", (long long)(channels % layout.block),
                 filling);
    text_add_string(text, ".\n");
}

static void add_layouts(Text *text, const Problem *problem) {
    bool residual = problem_has(problem, EPILOGUE_ADD);
    add_blocks(text, "x", problem->x_layout, problem->c, "not read");
    add_blocks(text, "y", problem->y_layout, problem->k, "set to 0");
    if (residual) add_blocks(text, "residual", problem->y_layout, problem->k, "not read");
}

static void add_arguments(Text *text, const Plan *plan) {
    Parameter parameters[KERNEL_MAX_PARAMETERS];
    int count = kernel_parameters(plan, parameters);
    text_add_string(text, " * Arrays, as they lie in memory (outermost axis first):\n");
    for (int i = 0; i < count; i++) {
        if (parameters[i].tensor != NULL) add_argument(text, plan, parameters[i].name, parameters[i].tensor);
    }
    add_argument(text, plan, "weights", "w");
    add_layouts(text, &plan->problem);
}

/* What is to be known about an activation: its error (function.c), and what it makes of what is no number. */
static const char *activation_note(EpilogueKind kind) {
    switch (kind) {
    case EPILOGUE_RELU: return "relu(NaN) = 0.";
    case EPILOGUE_RELU6: return "relu6(NaN) = 0.";
    case EPILOGUE_CLAMP: return "clamp(NaN, low, high) = low.";
    case EPILOGUE_LEAKY_RELU: return "leaky_relu adds a relative error of 2^-24.";
    case EPILOGUE_HARDSWISH: return "hardswish adds a relative error of 3 * 2^-24; hardswish(-infinity) = NaN.";
    case EPILOGUE_SIGMOID: return "sigmoid adds a relative error of 3 * 2^-24.";
    case EPILOGUE_SILU: return "silu adds a relative error of 4 * 2^-24; silu(-infinity) = 0.";
    default: return NULL;
    }
}

static void add_accuracy(Text *text, const Plan *plan) {
    const Problem *problem = &plan->problem;
    const Target *target = plan->target;
    long long terms = (long long)reduction_extent(problem) + 3;
    bool bias = problem_has(problem, EPILOGUE_BIAS), residual = problem_has(problem, EPILOGUE_ADD);
    text_add(text,
             " * Accuracy: strict. 32-bit products and sums, fused or not, in any order; taps in the padding are "
             "%s. Before\n",
             plan->nest->multiplies_padding ? "0 * w" : "skipped");
    text_add(text, " * the activation, |y - exact| <= %lld * 2^-24 * (sum |x * w|%s%s).\n", terms,
             bias ? " + |bias|" : "", residual ? " + |residual|" : "");
    if (target->flushes_subnormals)
        text_add(text, " * Operands, products, sums and results below 2^-126 count as 0: so NEON has it in %s.\n",
                 target->architecture);
    for (int i = 0; i < problem->epilogue_count; i++) {
        const char *note = activation_note(problem->epilogue[i].kind);
        if (note != NULL) text_add(text, " * %s\n", note);
    }
}

static void add_comment(Text *text, const Plan *plan) {
    Context *context = text->context;
    const Problem *problem = &plan->problem;
    bool residual = problem_has(problem, EPILOGUE_ADD);
    text_add(text, "/* %s.h, by septet %s, LLVM %s.\n *\n", plan->name, SEPTET_VERSION, emit_llvm_version());
    text_add(text, " *     y = %s\n *\n", formula(context, problem));
    text_add(text, " * Problem: %s\n", plan->problem_text);
    text_add(text, " * Target %s (%s), algorithm %s, schedule source: %s.\n *\n", plan->target->name,
             plan->target->description, plan->algorithm, plan->schedule_source);
    add_arguments(text, plan);
    text_add_string(text, " * packed and workspace are aligned to 64 bytes, all others to 4.\n *\n");
    add_accuracy(text, plan);
    text_add_string(text, " *\n");
    text_add(text, " * y overlaps nothing else%s.\n", residual ? ", but residual may be y itself" : "");
    text_add(text,
             " * Thread-safe: %s reads its arguments, writes y and workspace, allocates nothing and keeps no state.",
             plan->name);
    int workers = plan_workers(plan);
    if (workers > 1)
        text_add(text, "\n * It uses up to %d threads, by calling septet_parallel_for: link septet_rt, or define it.",
                 workers);
    text_add_string(text, " */\n");
}

static void add_sizes(Text *text, const Plan *plan) {
    KernelSizes sizes;
    emit_sizes(plan, &sizes);
    const char *name = plan->name;
    text_add(text, "#define %s_PACKED_BYTES %lld /* tag %d + %lld */\n", name, (long long)sizes.packed_bytes,
             PACKED_TAG_BYTES, (long long)sizes.packed_bytes - PACKED_TAG_BYTES);
    text_add(text, "#define %s_WORKSPACE_BYTES %lld\n", name, (long long)sizes.workspace_bytes);
    text_add(text, "#define %s_ALIGNMENT %d /* of packed and workspace */\n", name, BUFFER_ALIGNMENT);
    text_add(text, "#define %s_WORKERS %lld /* threads; workspace is that of all of them */\n\n", name,
             (long long)sizes.workers);
}

static void add_kernel_prototype(Text *text, const Plan *plan) {
    Parameter parameters[KERNEL_MAX_PARAMETERS];
    int count = kernel_parameters(plan, parameters);
    text_add(text, "int %s(", plan->name);
    for (int i = 0; i < count; i++) {
        const Parameter *parameter = &parameters[i];
        bool workspace = i == count - 1, output = parameter->tensor != NULL && parameter->written;
        text_add(text, "%s%s%s *%s", i == 0 ? "" : ", ", workspace || output ? "" : "const ",
                 parameter->tensor == NULL ? "void" : "float", parameter->name);
    }
    text_add_string(text, ");\n");
}

static const char hook_part[] =
    "/* How the kernel gets its threads: it calls body(closure, task, worker) for each task < tasks and returns when "
    "all\n"
    " * are done; worker < workers, and no two tasks run at once with one worker. The library septet_rt defines it "
    "weakly;\n"
    " * define it yourself to use threads of your own. */\n"
    "void septet_parallel_for(size_t tasks, size_t workers, void (*body)(void *closure, size_t task, size_t worker),\n"
    "                         void *closure);\n\n";

static void add_prototypes(Text *text, const Plan *plan) {
    KernelSizes sizes;
    emit_sizes(plan, &sizes);
    const char *name = plan->name;
    text_add(text,
             "/* 1 when this CPU and its operating system have what the kernel needs, else 0. Ask before the first "
             "call of %s. */\nint %s_supported(void);\n\n",
             name, name);
    text_add(
        text,
        "/* Brings the weights into the order in which the kernel reads them: once, into packed[%s_PACKED_BYTES].\n"
        " * SEPTET_OK, SEPTET_MISALIGNED or SEPTET_UNSUPPORTED. */\n"
        "int %s_pack(const float *weights, void *packed);\n\n",
        name, name);
    text_add(text,
             "/* Computes y. workspace has %s_WORKSPACE_BYTES bytes%s; its content is of no account.\n"
             " * SEPTET_OK, SEPTET_MISALIGNED or SEPTET_WRONG_PACKED. */\n",
             name, sizes.workspace_bytes == 0 ? " (0 now: NULL will do)" : "");
    add_kernel_prototype(text, plan);
    text_add(text,
             "\n/* The same, its arguments in a struct. SEPTET_UNSUPPORTED when struct_bytes is less than this "
             "header's. */\nint %s_call(const struct septet_args *args);\n",
             name);
    text_add(text,
             "\n/* Facts about this kernel; constant. */\n"
             "const struct septet_kernel_info *%s_info(void);\n",
             name);
}

const char *emit_header(Context *context, const Plan *plan) {
    Text text = text_new(context);
    add_comment(&text, plan);
    text_add(&text, "#ifndef SEPTET_KERNEL_%s_H\n#define SEPTET_KERNEL_%s_H\n\n", plan->name, plan->name);
    if (plan_workers(plan) > 1) text_add_string(&text, "#include <stddef.h>\n");
    text_add_string(&text, shared_part);
    text_add_string(&text, "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    add_sizes(&text, plan);
    if (plan_workers(plan) > 1) text_add_string(&text, hook_part);
    add_prototypes(&text, plan);
    text_add_string(&text, "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
    return text_string(&text);
}
