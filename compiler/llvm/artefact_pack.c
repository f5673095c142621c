/* SPDX-License-Identifier: Apache-2.0 */
/* NAME_pack(weights, packed): checks the CPU and the alignment, clears the packed data, runs the nest's ahead part, and
 * writes the tag last, so that data whose packing was interrupted is not taken for whole.
 *
 * It is code that every CPU of the architecture runs: on a machine that lacks the target's features it is this function
 * that says so. */
#include "compiler/llvm/internal.h"

enum { CLEAR_BYTES = 64 };

/* Blocks that a layout fills up hold zeros, so that a padded reduction adds nothing. */
static void clear_packed(Emitter *emitter, LLVMValueRef packed) {
    LLVMBuilderRef builder = emitter->builder;
    LLVMTypeRef type = LLVMVectorType(emitter->i64, CLEAR_BYTES / 8);
    LLVMBasicBlockRef before = LLVMGetInsertBlock(builder);
    LLVMBasicBlockRef clear = block_append(emitter, "clear");
    LLVMBasicBlockRef end = block_append(emitter, "end");
    LLVMBuildBr(builder, clear);
    LLVMPositionBuilderAtEnd(builder, clear);
    LLVMValueRef offset = LLVMBuildPhi(builder, emitter->index, "offset");
    LLVMTypeRef byte = LLVMInt8TypeInContext(emitter->held->llvm);
    LLVMValueRef place = LLVMBuildGEP2(builder, byte, packed, &offset, 1, "");
    LLVMSetAlignment(LLVMBuildStore(builder, LLVMConstNull(type), place), BUFFER_ALIGNMENT);
    LLVMValueRef next = LLVMBuildNSWAdd(builder, offset, integer_constant(emitter, CLEAR_BYTES), "");
    LLVMValueRef limit = integer_constant(emitter, packed_bytes(emitter->plan->nest));
    LLVMBuildCondBr(builder, LLVMBuildICmp(builder, LLVMIntSLT, next, limit, ""), clear, end);
    LLVMValueRef start = integer_constant(emitter, 0);
    LLVMAddIncoming(offset, (LLVMValueRef[]){start, next}, (LLVMBasicBlockRef[]){before, clear}, 2);
    LLVMPositionBuilderAtEnd(builder, end);
}

static void write_tag(Emitter *emitter, LLVMValueRef packed) {
    uint64_t words[TAG_WORDS];
    packed_tag(emitter->context, emitter->plan, words);
    for (int i = 0; i < TAG_WORDS; i++) {
        LLVMBuildStore(emitter->builder, word_constant(emitter, words[i]),
                       byte_offset(emitter, packed, TAG_WORD_BYTES * i));
    }
}

static void check_cpu(Emitter *emitter) {
    const char *name = arena_format(emitter->context, "%s_supported", emitter->plan->name);
    LLVMValueRef supported = LLVMGetNamedFunction(emitter->module, name);
    LLVMValueRef answer = LLVMBuildCall2(emitter->builder, status_function_type(emitter, 0), supported, NULL, 0, "");
    LLVMValueRef no = LLVMBuildICmp(emitter->builder, LLVMIntEQ, answer, LLVMConstInt(emitter->i32, 0, false), "");
    return_status_if(emitter, no, KERNEL_UNSUPPORTED);
}

static void check_alignment(Emitter *emitter, LLVMValueRef weights, LLVMValueRef packed) {
    LLVMValueRef wrong = LLVMBuildOr(emitter->builder, misaligned(emitter, weights, sizeof(float)),
                                     misaligned(emitter, packed, BUFFER_ALIGNMENT), "");
    LLVMValueRef any = LLVMBuildICmp(emitter->builder, LLVMIntNE, wrong, integer_constant(emitter, 0), "");
    return_status_if(emitter, any, KERNEL_MISALIGNED);
}

void artefact_pack(Emitter *emitter) {
    function_begin(emitter, "_pack", status_function_type(emitter, 2), CODE_BASELINE);
    LLVMValueRef weights = LLVMGetParam(emitter->function, 0), packed = LLVMGetParam(emitter->function, 1);
    LLVMSetValueName2(weights, "weights", 7);
    LLVMSetValueName2(packed, "packed", 6);
    parameter_attribute(emitter, 0, "noalias");
    parameter_attribute(emitter, 0, "readonly");
    parameter_attribute(emitter, 1, "noalias");
    check_cpu(emitter);
    check_alignment(emitter, weights, packed);
    clear_packed(emitter, packed);
    buffer_add(emitter, nest_find_tensor(emitter->plan->nest, "w"), weights, sizeof(float));
    add_packed_buffers(emitter, packed);
    add_constant_buffers(emitter, emitter->plan->nest->ahead);
    statement_emit(emitter, NULL, emitter->plan->nest->ahead);
    write_tag(emitter, packed);
    return_status(emitter, KERNEL_OK);
    function_finish(emitter);
}
