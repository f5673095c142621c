/* SPDX-License-Identifier: Apache-2.0 */
/* NAME: checks of alignment and of the packed tag, then the nest's body. The CPU is not checked: NAME_supported and
 * NAME_pack have done that before there is anything to call NAME with. */
#include <string.h>

#include "compiler/llvm/internal.h"

/* The alignment of parameters is checked, hence no attribute: LLVM would take it as given and drop the check. */
static void add_parameter_attributes(Emitter *emitter, const Parameter *parameters, int count) {
    for (int i = 0; i < count; i++) {
        LLVMValueRef value = LLVMGetParam(emitter->function, (unsigned)i);
        LLVMSetValueName2(value, parameters[i].name, strlen(parameters[i].name));
        parameter_attribute(emitter, i, "nocapture");
        if (!parameters[i].may_alias) parameter_attribute(emitter, i, "noalias");
        if (!parameters[i].written) parameter_attribute(emitter, i, "readonly");
    }
}

LLVMValueRef misaligned(Emitter *emitter, LLVMValueRef pointer, int64_t alignment) {
    LLVMValueRef address = LLVMBuildPtrToInt(emitter->builder, pointer, emitter->index, "");
    return LLVMBuildAnd(emitter->builder, address, integer_constant(emitter, alignment - 1), "");
}

static void check_alignment(Emitter *emitter, const Parameter *parameters, int count) {
    LLVMValueRef wrong = integer_constant(emitter, 0);
    for (int i = 0; i < count; i++) {
        LLVMValueRef pointer = LLVMGetParam(emitter->function, (unsigned)i);
        wrong = LLVMBuildOr(emitter->builder, wrong, misaligned(emitter, pointer, parameters[i].alignment), "");
    }
    LLVMValueRef any = LLVMBuildICmp(emitter->builder, LLVMIntNE, wrong, integer_constant(emitter, 0), "");
    return_status_if(emitter, any, KERNEL_MISALIGNED);
}

static void check_tag(Emitter *emitter, LLVMValueRef packed) {
    uint64_t words[TAG_WORDS];
    packed_tag(emitter->context, emitter->plan, words);
    LLVMValueRef differs = word_constant(emitter, 0);
    for (int i = 0; i < TAG_WORDS; i++) {
        LLVMValueRef place = byte_offset(emitter, packed, TAG_WORD_BYTES * i);
        LLVMValueRef word = LLVMBuildLoad2(emitter->builder, emitter->i64, place, "");
        word = LLVMBuildXor(emitter->builder, word, word_constant(emitter, words[i]), "");
        differs = LLVMBuildOr(emitter->builder, differs, word, "");
    }
    LLVMValueRef any = LLVMBuildICmp(emitter->builder, LLVMIntNE, differs, word_constant(emitter, 0), "");
    return_status_if(emitter, any, KERNEL_WRONG_PACKED);
}

void buffer_add(Emitter *emitter, const Tensor *tensor, LLVMValueRef base, int64_t alignment) {
    Buffer *buffer = ARENA_NEW(emitter->context, Buffer);
    *buffer = (Buffer){emitter->buffers, tensor, base, alignment};
    emitter->buffers = buffer;
}

void add_packed_buffers(Emitter *emitter, LLVMValueRef packed) {
    const Nest *nest = emitter->plan->nest;
    for (int i = 0; i < nest->tensor_count; i++) {
        const Tensor *tensor = nest->tensors[i];
        if (tensor->scope != SCOPE_PACKED) continue;
        buffer_add(emitter, tensor, byte_offset(emitter, packed, packed_offset(nest, tensor)), BUFFER_ALIGNMENT);
    }
}

static void add_workspace_buffers(Emitter *emitter) {
    const Nest *nest = emitter->plan->nest;
    for (int i = 0; i < nest->tensor_count; i++) {
        const Tensor *tensor = nest->tensors[i];
        if (tensor->scope != SCOPE_WORKSPACE) continue;
        int64_t offset = workspace_offset(nest, tensor);
        buffer_add(emitter, tensor, byte_offset(emitter, emitter->workspace, offset), BUFFER_ALIGNMENT);
    }
    emitter->workspace_used = workspace_offset(nest, NULL);
}

static void add_buffers(Emitter *emitter, const Parameter *parameters, int count) {
    for (int i = 0; i < count; i++) {
        if (parameters[i].tensor == NULL) continue;
        const Tensor *tensor = nest_find_tensor(emitter->plan->nest, parameters[i].tensor);
        buffer_add(emitter, tensor, LLVMGetParam(emitter->function, (unsigned)i), parameters[i].alignment);
    }
    add_packed_buffers(emitter, LLVMGetParam(emitter->function, 1));
    add_constant_buffers(emitter, emitter->plan->nest->body);
    emitter->workspace = LLVMGetParam(emitter->function, (unsigned)count - 1);
    add_workspace_buffers(emitter);
}

void artefact_kernel(Emitter *emitter) {
    Parameter parameters[KERNEL_MAX_PARAMETERS];
    int count = kernel_parameters(emitter->plan, parameters);
    function_begin(emitter, "", status_function_type(emitter, count), CODE_KERNEL);
    add_parameter_attributes(emitter, parameters, count);
    check_alignment(emitter, parameters, count);
    check_tag(emitter, LLVMGetParam(emitter->function, 1));
    add_buffers(emitter, parameters, count);
    statement_emit(emitter, NULL, emitter->plan->nest->body);
    return_status(emitter, KERNEL_OK);
    function_finish(emitter);
}
