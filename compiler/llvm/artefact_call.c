/* SPDX-License-Identifier: Apache-2.0 */
/* NAME_call(args): NAME for those who hold many kernels in one table, where all must have one prototype. The arguments
 * are members of struct septet_args (header.c), of which NAME is given those that its problem has.
 *
 * Members are only ever added at the end, so a caller that was compiled with a later header is served; one whose struct
 * is shorter than what this kernel knows would have it read past the end, and is told SEPTET_UNSUPPORTED. */
#include <assert.h>
#include <string.h>

#include "compiler/llvm/internal.h"

/* Behind struct_bytes, in the order of the header. */
static const char *const members[] = {"x", "packed", "bias", "scales", "zero_points", "residual", "y", "workspace"};

enum { MEMBERS = sizeof members / sizeof *members };

static LLVMTypeRef args_type(Emitter *emitter) {
    LLVMTypeRef types[1 + MEMBERS] = {emitter->i64};
    for (int i = 1; i <= MEMBERS; i++) types[i] = emitter->pointer;
    return LLVMStructTypeInContext(emitter->held->llvm, types, 1 + MEMBERS, false);
}

static void check_size(Emitter *emitter, LLVMTypeRef type, LLVMValueRef args) {
    uint64_t known = LLVMABISizeOfType(LLVMGetModuleDataLayout(emitter->module), type);
    LLVMValueRef given = LLVMBuildLoad2(emitter->builder, emitter->i64, args, "struct_bytes");
    LLVMValueRef shorter = LLVMBuildICmp(emitter->builder, LLVMIntULT, given, word_constant(emitter, known), "");
    return_status_if(emitter, shorter, KERNEL_UNSUPPORTED);
}

static LLVMValueRef load_member(Emitter *emitter, LLVMTypeRef type, LLVMValueRef args, const char *name) {
    unsigned member = 0;
    while (member < MEMBERS && strcmp(members[member], name) != 0) member++;
    assert(member < MEMBERS && "a parameter of NAME that struct septet_args lacks");
    LLVMValueRef place = LLVMBuildStructGEP2(emitter->builder, type, args, 1 + member, "");
    return LLVMBuildLoad2(emitter->builder, emitter->pointer, place, name);
}

void artefact_call(Emitter *emitter) {
    Parameter parameters[KERNEL_MAX_PARAMETERS];
    LLVMValueRef arguments[KERNEL_MAX_PARAMETERS];
    int count = kernel_parameters(emitter->plan, parameters);
    LLVMTypeRef type = args_type(emitter);
    function_begin(emitter, "_call", status_function_type(emitter, 1), CODE_BASELINE);
    LLVMValueRef args = LLVMGetParam(emitter->function, 0);
    LLVMSetValueName2(args, "args", strlen("args"));
    parameter_attribute(emitter, 0, "readonly");
    check_size(emitter, type, args);
    for (int i = 0; i < count; i++) arguments[i] = load_member(emitter, type, args, parameters[i].name);
    LLVMValueRef kernel = LLVMGetNamedFunction(emitter->module, emitter->plan->name);
    LLVMTypeRef kernel_type = status_function_type(emitter, count);
    LLVMBuildRet(emitter->builder,
                 LLVMBuildCall2(emitter->builder, kernel_type, kernel, arguments, (unsigned)count, ""));
    function_finish(emitter);
}
