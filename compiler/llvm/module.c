/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of the module, small pieces that all of them use, and the passes that are run over them. */
#include <llvm-c/Error.h>
#include <string.h>

#include "compiler/llvm/internal.h"

enum { UWTABLE_ASYNC = 2, FUNCTION_ATTRIBUTES = -1, SVE_UNIT_BYTES = 16 };

LLVMValueRef integer_constant(Emitter *emitter, int64_t value) {
    return LLVMConstInt(emitter->index, (unsigned long long)value, true);
}

LLVMValueRef word_constant(Emitter *emitter, uint64_t value) {
    return LLVMConstInt(emitter->i64, value, false);
}

static LLVMAttributeRef enum_attribute(Emitter *emitter, const char *name, uint64_t value) {
    unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
    return LLVMCreateEnumAttribute(emitter->held->llvm, kind, value);
}

static void function_attribute(Emitter *emitter, const char *name, const char *value) {
    LLVMAttributeRef attribute =
        LLVMCreateStringAttribute(emitter->held->llvm, name, (unsigned)strlen(name), value, (unsigned)strlen(value));
    LLVMAddAttributeAtIndex(emitter->function, (LLVMAttributeIndex)FUNCTION_ATTRIBUTES, attribute);
}

void parameter_attribute(Emitter *emitter, int index, const char *name) {
    LLVMAddAttributeAtIndex(emitter->function, (LLVMAttributeIndex)(index + 1), enum_attribute(emitter, name, 0));
}

/* SVE code for vectors of one length: without this LLVM takes only the 16 bytes of NEON for granted. The value is two
 * numbers of 32 bits, the least and the most that vscale, the length in units of 16 bytes, may be. */
static void add_vector_length(Emitter *emitter, int64_t vector_bytes) {
    uint64_t scale = (uint64_t)vector_bytes / SVE_UNIT_BYTES;
    LLVMAddAttributeAtIndex(emitter->function, (LLVMAttributeIndex)FUNCTION_ATTRIBUTES,
                            enum_attribute(emitter, "vscale_range", scale << 32 | scale));
}

/* No min-legal-vector-width: with it, LLVM splits 64-byte vectors into halves and spills them. no-builtins: the object
 * calls nothing, so no loop may become a memset. */
static void add_attributes(Emitter *emitter, FunctionCode code) {
    const Target *target = emitter->plan->target;
    bool kernel = code == CODE_KERNEL;
    LLVMAddAttributeAtIndex(emitter->function, (LLVMAttributeIndex)FUNCTION_ATTRIBUTES,
                            enum_attribute(emitter, "nounwind", 0));
    if (!target->unwinds_by_library)
        LLVMAddAttributeAtIndex(emitter->function, (LLVMAttributeIndex)FUNCTION_ATTRIBUTES,
                                enum_attribute(emitter, "uwtable", UWTABLE_ASYNC));
    function_attribute(emitter, "target-cpu", kernel ? target->cpu : target->baseline_cpu);
    function_attribute(emitter, "target-features", kernel ? target->features : target->baseline_features);
    if (kernel && target->tune_cpu != NULL) function_attribute(emitter, "tune-cpu", target->tune_cpu);
    if (kernel && target->scalable) add_vector_length(emitter, target->vector_bytes);
    function_attribute(emitter, "no-builtins", "");
}

LLVMBasicBlockRef block_append(Emitter *emitter, const char *name) {
    return LLVMAppendBasicBlockInContext(emitter->held->llvm, emitter->function, name);
}

void function_begin(Emitter *emitter, const char *suffix, LLVMTypeRef type, FunctionCode code) {
    const char *name = arena_format(emitter->context, "%s%s", emitter->plan->name, suffix);
    emitter->function = LLVMAddFunction(emitter->module, name, type);
    emitter->fma = code == CODE_KERNEL && emitter->plan->target->fma;
    emitter->buffers = NULL;
    add_attributes(emitter, code);
    emitter->entry = block_append(emitter, "entry");
    emitter->body = block_append(emitter, "body");
    LLVMPositionBuilderAtEnd(emitter->builder, emitter->body);
}

void function_finish(Emitter *emitter) {
    LLVMPositionBuilderAtEnd(emitter->builder, emitter->entry);
    LLVMBuildBr(emitter->builder, emitter->body);
}

LLVMTypeRef status_function_type(Emitter *emitter, int parameters) {
    LLVMTypeRef types[KERNEL_MAX_PARAMETERS];
    for (int i = 0; i < parameters; i++) types[i] = emitter->pointer;
    return LLVMFunctionType(emitter->i32, types, (unsigned)parameters, false);
}

void return_status(Emitter *emitter, int status) {
    LLVMBuildRet(emitter->builder, LLVMConstInt(emitter->i32, (unsigned long long)status, false));
}

void return_status_if(Emitter *emitter, LLVMValueRef condition, int status) {
    LLVMBasicBlockRef fails = block_append(emitter, "fails");
    LLVMBasicBlockRef holds = block_append(emitter, "holds");
    LLVMBuildCondBr(emitter->builder, condition, fails, holds);
    LLVMPositionBuilderAtEnd(emitter->builder, fails);
    return_status(emitter, status);
    LLVMPositionBuilderAtEnd(emitter->builder, holds);
}

LLVMValueRef intrinsic_call(Emitter *emitter, const char *name, LLVMTypeRef *types, int type_count,
                            LLVMValueRef *arguments, int argument_count) {
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMValueRef intrinsic = LLVMGetIntrinsicDeclaration(emitter->module, id, types, (size_t)type_count);
    LLVMTypeRef type = LLVMIntrinsicGetType(emitter->held->llvm, id, types, (size_t)type_count);
    return LLVMBuildCall2(emitter->builder, type, intrinsic, arguments, (unsigned)argument_count, "");
}

LLVMValueRef assembly_call(Emitter *emitter, LLVMTypeRef type, const char *text, const char *constraints,
                           LLVMValueRef *arguments, unsigned argument_count) {
    LLVMValueRef code = LLVMGetInlineAsm(type, text, strlen(text), constraints, strlen(constraints), true, false,
                                         LLVMInlineAsmDialectATT, false);
    return LLVMBuildCall2(emitter->builder, type, code, arguments, argument_count, "");
}

/* The shortest pipeline that gives the code that we want; default<O3> takes seven times as long and gains nothing.
 *   sroa            buffers in registers become values, before anything else looks at them
 *   early-cse       addresses and loads that unrolled copies share
 *   instcombine     canonical forms that the code generator knows; one round, even if it leaves something for a second,
 *                   where without no-verify-fixpoint it would end the process
 *   simplifycfg     the empty blocks of guards and single iterations
 *   licm            addresses and loads that inner loops do not change; it must run inside loop-mssa
 * Vectorisers and unrollers are no part of it: schedules decide that. */
Status module_optimise(Context *context, Held *held) {
    held->options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef error = LLVMRunPasses(
        held->module, "function(sroa,early-cse,instcombine<no-verify-fixpoint>,simplifycfg,loop-mssa(licm))",
        held->machine, held->options);
    return error == NULL ? STATUS_OK : report_error(context, "LLVM's passes failed", error);
}

Status report_error(Context *context, const char *what, LLVMErrorRef error) {
    char *message = LLVMGetErrorMessage(error);
    Status status = diag_error(context, STATUS_INVALID, "%s: %s", what, message);
    LLVMDisposeErrorMessage(message);
    return status;
}
