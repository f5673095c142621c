/* SPDX-License-Identifier: Apache-2.0 */
/* Constant tensors as arrays of the object's read-only data, in the order of their layout. */
#include <string.h>

#include "compiler/llvm/internal.h"

/* Constant tensors that a statement reads. */
typedef struct ConstantSearch {
    Context *context;
    VECTOR(const Tensor *) tensors;
} ConstantSearch;

static void note_constant(void *data, const Expr *access) {
    ConstantSearch *search = data;
    const Tensor *tensor = access->access.tensor;
    if (tensor->scope != SCOPE_CONSTANT) return;
    for (size_t i = 0; i < search->tensors.count; i++)
        if (search->tensors.items[i] == tensor) return;
    VECTOR_PUSH(search->context, &search->tensors, tensor);
}

static void search_constants(void *data, const Stmt *stmt) {
    if (stmt->kind == STMT_STORE) expr_visit(stmt->store.value, note_constant, data);
    stmt_visit_children(stmt, search_constants, data);
}

/* A number that the type holds, as it lies in memory; a bf16 is the upper half of an f32. */
static LLVMValueRef element_of_value(Emitter *emitter, ScalarType type, double value) {
    if (type == TYPE_F32) return LLVMConstReal(emitter->f32, value);
    float number = (float)value;
    uint32_t bits = 0;
    memcpy(&bits, &number, sizeof bits);
    return LLVMConstInt(memory_type(emitter, type), bits >> 16, false);
}

/* The elements in memory; blocks that an extent does not fill hold zeros. */
static LLVMValueRef elements_of(Emitter *emitter, const Tensor *tensor) {
    int64_t count = tensor_elements(tensor), logical = 1, index[TENSOR_MAX_RANK] = {0};
    LLVMValueRef *elements = ARENA_ARRAY(emitter->context, LLVMValueRef, (size_t)count);
    for (int64_t i = 0; i < count; i++) elements[i] = element_of_value(emitter, tensor->type, 0);
    for (int i = 0; i < tensor->rank; i++) logical *= tensor->axes[i].extent;
    for (int64_t i = 0; i < logical; i++) {
        int64_t rest = i;
        for (int axis = tensor->rank - 1; axis >= 0; axis--) {
            index[axis] = rest % tensor->axes[axis].extent;
            rest /= tensor->axes[axis].extent;
        }
        elements[tensor_offset_at(tensor, index)] =
            element_of_value(emitter, tensor->type, tensor_constant_at(tensor, index));
    }
    return LLVMConstArray2(memory_type(emitter, tensor->type), elements, (uint64_t)count);
}

static LLVMValueRef constant_array(Emitter *emitter, const Tensor *tensor) {
    LLVMValueRef known = LLVMGetNamedGlobal(emitter->module, tensor->name);
    if (known != NULL) return known;
    LLVMValueRef elements = elements_of(emitter, tensor);
    LLVMValueRef array = LLVMAddGlobal(emitter->module, LLVMTypeOf(elements), tensor->name);
    LLVMSetInitializer(array, elements);
    LLVMSetGlobalConstant(array, true);
    LLVMSetLinkage(array, LLVMPrivateLinkage);
    LLVMSetAlignment(array, BUFFER_ALIGNMENT);
    return array;
}

void add_constant_buffers(Emitter *emitter, const Stmt *stmt) {
    ConstantSearch search = {.context = emitter->context};
    if (stmt != NULL) search_constants(&search, stmt);
    for (size_t i = 0; i < search.tensors.count; i++) {
        const Tensor *tensor = search.tensors.items[i];
        buffer_add(emitter, tensor, constant_array(emitter, tensor), BUFFER_ALIGNMENT);
    }
}
