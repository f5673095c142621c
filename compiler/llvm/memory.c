/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors in memory: where each lies, and the address and alignment of an element.
 *
 * An address is base + variable part, then + constant part: the copies of an unrolled body share the first, and the
 * second becomes the displacement of the instruction. The first is emitted once in a basic block, which saves LLVM from
 * finding that out (a third of its time in the passes of module.c). Alignment is what the contract promises for the
 * base, less what the offset takes away; nothing is assumed. */
#include <assert.h>

#include "compiler/llvm/internal.h"

static const Buffer *find_buffer(const Emitter *emitter, const Tensor *tensor) {
    const Buffer *buffer = emitter->buffers;
    while (buffer != NULL && buffer->tensor != tensor) buffer = buffer->outer;
    assert(buffer != NULL && "a tensor that is not in scope");
    return buffer;
}

/* The stack holds at most what the schedule asked for: each buffer has its place for the whole call. Buffers in the
 * registers of a matrix unit, which no target has, lie there too. */
LLVMValueRef stack_buffer(Emitter *emitter, const Tensor *tensor) {
    LLVMBasicBlockRef here = LLVMGetInsertBlock(emitter->builder);
    LLVMPositionBuilderAtEnd(emitter->builder, emitter->entry);
    LLVMTypeRef type = LLVMArrayType2(memory_type(emitter, tensor->type), (uint64_t)tensor_elements(tensor));
    LLVMValueRef buffer = LLVMBuildAlloca(emitter->builder, type, tensor->name);
    LLVMSetAlignment(buffer, BUFFER_ALIGNMENT);
    LLVMPositionBuilderAtEnd(emitter->builder, here);
    return buffer;
}

LLVMValueRef byte_offset(Emitter *emitter, LLVMValueRef base, int64_t bytes) {
    if (bytes == 0) return base;
    LLVMValueRef offset = integer_constant(emitter, bytes);
    return LLVMBuildGEP2(emitter->builder, LLVMInt8TypeInContext(emitter->held->llvm), base, &offset, 1, "");
}

/* The largest power of two that divides both. */
static int64_t common_alignment(int64_t alignment, int64_t bytes) {
    while (bytes % alignment != 0) alignment /= 2;
    return alignment;
}

static int64_t element_alignment(int64_t base_alignment, const Affine *offset, int64_t element_bytes) {
    int64_t alignment = common_alignment(base_alignment, offset->constant * element_bytes);
    for (int i = 0; i < offset->count; i++) {
        alignment = common_alignment(alignment, offset->terms[i].coefficient * element_bytes);
    }
    return alignment;
}

const Affine *element_offset(Context *context, const Facts *facts, const Tensor *tensor, const Affine *const *index) {
    const Affine *offset = tensor_offset(context, tensor, index);
    for (int i = 0; i < offset->count; i++) {
        if (offset->terms[i].kind != TERM_VAR) return facts_simplify(context, facts, offset);
    }
    return offset;
}

/* base + variable part, from earlier in this basic block if it was computed there. */
static LLVMValueRef variable_pointer(Emitter *emitter, LLVMTypeRef type, LLVMValueRef base, const Affine *variable) {
    AddressCache *cache = &emitter->addresses;
    LLVMBasicBlockRef here = LLVMGetInsertBlock(emitter->builder);
    if (cache->block != here) cache->list.count = 0;
    cache->block = here;
    for (size_t i = 0; i < cache->list.count; i++) {
        const Address *address = &cache->list.items[i];
        bool is_same = address->base == base && address->type == type && affine_equal(address->variable, variable);
        if (is_same) return address->pointer;
    }
    LLVMValueRef index = index_emit(emitter, variable);
    LLVMValueRef pointer = LLVMBuildGEP2(emitter->builder, type, base, &index, 1, "");
    Address address = {base, type, variable, pointer};
    VECTOR_PUSH(emitter->context, &cache->list, address);
    return pointer;
}

static LLVMValueRef element_pointer(Emitter *emitter, LLVMTypeRef type, LLVMValueRef base, const Affine *offset) {
    LLVMValueRef pointer = base;
    if (offset->count > 0) {
        pointer = variable_pointer(emitter, type, base, affine_offset(emitter->context, offset, -offset->constant));
    }
    if (offset->constant != 0) {
        LLVMValueRef constant = integer_constant(emitter, offset->constant);
        pointer = LLVMBuildGEP2(emitter->builder, type, pointer, &constant, 1, "");
    }
    return pointer;
}

Element element_of(Emitter *emitter, const Facts *facts, const Lanes *lanes, const Tensor *tensor,
                   const Affine *const *index) {
    Context *context = emitter->context;
    const Buffer *buffer = find_buffer(emitter, tensor);
    const Affine *offset = element_offset(context, facts, tensor, index);
    int64_t stride = 0;
    if (lanes != NULL) {
        stride = affine_coefficient(offset, lanes->var);
        offset = affine_substitute(context, offset, lanes->var, affine_constant(context, 0));
    }
    return (Element){
        .pointer = element_pointer(emitter, memory_type(emitter, tensor->type), buffer->base, offset),
        .base = buffer->base,
        .offset = offset->constant,
        .alignment = (unsigned)element_alignment(buffer->alignment, offset, (int64_t)type_bytes(tensor->type)),
        .stride = stride,
        .type = tensor->type,
        .registers = tensor->scope == SCOPE_REGISTERS,
    };
}

/* llvm.prefetch takes the pointer; read or write; from 3, all caches, to 0, none but for this once; and whether data or
 * code. */
void prefetch_emit(Emitter *emitter, const Facts *facts, const Stmt *stmt) {
    enum { READ = 0, ALL_CACHES = 3, DATA = 1 };
    const Affine *offset = facts_simplify(emitter->context, facts, stmt->prefetch.offset);
    LLVMTypeRef type = memory_type(emitter, stmt->prefetch.tensor->type);
    LLVMValueRef base = find_buffer(emitter, stmt->prefetch.tensor)->base;
    LLVMValueRef arguments[] = {
        element_pointer(emitter, type, base, offset),
        LLVMConstInt(emitter->i32, READ, false),
        LLVMConstInt(emitter->i32, (unsigned long long)(ALL_CACHES + 1 - stmt->prefetch.level), false),
        LLVMConstInt(emitter->i32, DATA, false),
    };
    intrinsic_call(emitter, "llvm.prefetch", &emitter->pointer, 1, arguments, 4);
}
