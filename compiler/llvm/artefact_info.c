/* SPDX-License-Identifier: Apache-2.0 */
/* NAME_info(): a constant struct septet_kernel_info. Its members, in the order of the header (header.c), whose layout
 * is part of KERNEL_ABI: a size, ten strings, four sizes, a double, all as the C compiler of the target lays them out.
 */
#include <string.h>

#include "compiler/llvm/internal.h"

enum { INFO_MEMBERS = 16 };

LLVMValueRef string_constant(Emitter *emitter, const char *text) {
    LLVMValueRef bytes = LLVMConstStringInContext2(emitter->held->llvm, text, strlen(text), false);
    LLVMValueRef global = LLVMAddGlobal(emitter->module, LLVMTypeOf(bytes), "");
    LLVMSetInitializer(global, bytes);
    LLVMSetGlobalConstant(global, true);
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    LLVMSetUnnamedAddress(global, LLVMGlobalUnnamedAddr);
    LLVMSetAlignment(global, 1);
    return global;
}

static const char *layout_text(Context *context, const Problem *problem, ActivationLayout layout) {
    Text text = text_new(context);
    layout_print(layout, problem->spatial, &text);
    return text_string(&text);
}

static int add_strings(Emitter *emitter, LLVMValueRef *members) {
    const Plan *plan = emitter->plan;
    Context *context = emitter->context;
    const char *versions = arena_format(context, "septet %s, LLVM %s", SEPTET_VERSION, emit_llvm_version());
    const char *strings[] = {
        plan->name,
        plan->problem_text,
        plan->algorithm,
        plan->schedule,
        plan->schedule_source,
        plan->target->name,
        plan->target->features,
        versions,
        layout_text(context, &plan->problem, plan->problem.x_layout),
        layout_text(context, &plan->problem, plan->problem.y_layout),
    };
    int count = sizeof strings / sizeof strings[0];
    for (int i = 0; i < count; i++) members[i] = string_constant(emitter, strings[i]);
    return count;
}

static LLVMValueRef struct_of(Emitter *emitter, LLVMValueRef *members, int count) {
    return LLVMConstStructInContext(emitter->held->llvm, members, (unsigned)count, false);
}

/* Its size depends on that of pointers, and is its first member. */
static uint64_t struct_bytes(Emitter *emitter, LLVMValueRef *members, int count) {
    LLVMTypeRef type = LLVMTypeOf(struct_of(emitter, members, count));
    return LLVMABISizeOfType(LLVMGetModuleDataLayout(emitter->module), type);
}

static LLVMValueRef info_constant(Emitter *emitter) {
    LLVMValueRef members[INFO_MEMBERS];
    KernelSizes sizes;
    emit_sizes(emitter->plan, &sizes);
    double flops = problem_flops(&emitter->plan->problem);
    int count = 0;
    members[count++] = word_constant(emitter, 0);
    count += add_strings(emitter, members + count);
    members[count++] = word_constant(emitter, (uint64_t)sizes.packed_bytes);
    members[count++] = word_constant(emitter, (uint64_t)sizes.workspace_bytes);
    members[count++] = word_constant(emitter, (uint64_t)sizes.workers);
    members[count++] = word_constant(emitter, flops < 0x1p64 ? (uint64_t)flops : UINT64_MAX);
    members[count++] = LLVMConstReal(LLVMDoubleTypeInContext(emitter->held->llvm), -1); /* the error: not measured */
    members[0] = word_constant(emitter, struct_bytes(emitter, members, count));
    return struct_of(emitter, members, count);
}

void artefact_info(Emitter *emitter) {
    LLVMValueRef value = info_constant(emitter);
    LLVMValueRef global = LLVMAddGlobal(emitter->module, LLVMTypeOf(value), "");
    LLVMSetInitializer(global, value);
    LLVMSetGlobalConstant(global, true);
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    function_begin(emitter, "_info", LLVMFunctionType(emitter->pointer, NULL, 0, false), CODE_BASELINE);
    LLVMBuildRet(emitter->builder, global);
    function_finish(emitter);
}
