/* SPDX-License-Identifier: Apache-2.0 */
/* Value expressions: one f32, or one for each lane of a vector.
 *
 * On lanes, an element whose address does not depend on the lane is loaded once and copied to all lanes. Sums may be
 * reassociated and products contracted (ir/expr.h), so sum + a*b is a fused multiply-add where the machine has one. It
 * is asked for as llvm.fma there and never elsewhere, because it would become a call of fmaf. */
#include <assert.h>

#include "compiler/llvm/internal.h"

LLVMTypeRef value_type(const Emitter *emitter, const Lanes *lanes) {
    return lanes_of(emitter->f32, lanes);
}

LLVMValueRef splat(Emitter *emitter, const Lanes *lanes, LLVMValueRef scalar) {
    if (lanes == NULL) return scalar;
    LLVMBuilderRef builder = emitter->builder;
    LLVMValueRef poison = LLVMGetPoison(LLVMVectorType(LLVMTypeOf(scalar), (unsigned)lanes->count));
    LLVMValueRef first = LLVMBuildInsertElement(builder, poison, scalar, LLVMConstInt(emitter->i32, 0, false), "");
    LLVMValueRef zeros = LLVMConstNull(LLVMVectorType(emitter->i32, (unsigned)lanes->count));
    return LLVMBuildShuffleVector(builder, first, poison, zeros, "");
}

LLVMValueRef number_emit(Emitter *emitter, const Lanes *lanes, double value) {
    return splat(emitter, lanes, LLVMConstReal(emitter->f32, value));
}

LLVMValueRef element_load(Emitter *emitter, const Lanes *lanes, const Element *element, LLVMValueRef mask) {
    const Lanes *loaded = element->stride == 0 ? NULL : lanes;
    LLVMTypeRef type = lanes_of(memory_type(emitter, element->type), loaded);
    if (element->stride != 0 && mask != NULL) {
        LLVMTypeRef overloads[] = {type, emitter->pointer};
        LLVMValueRef arguments[] = {element->pointer, LLVMConstInt(emitter->i32, element->alignment, false), mask,
                                    LLVMConstNull(type)};
        LLVMValueRef bits = intrinsic_call(emitter, "llvm.masked.load", overloads, 2, arguments, 4);
        return from_memory(emitter, lanes, element->type, bits);
    }
    LLVMValueRef load = LLVMBuildLoad2(emitter->builder, type, element->pointer, "");
    LLVMSetAlignment(load, element->alignment);
    LLVMValueRef value = from_memory(emitter, loaded, element->type, load);
    return element->stride == 0 ? splat(emitter, lanes, value) : value;
}

static LLVMValueRef access_emit(Emitter *emitter, const Facts *facts, const Lanes *lanes, const Expr *expr) {
    Element element = element_of(emitter, facts, lanes, expr->access.tensor, expr->access.index);
    bool masked = lanes != NULL && !element.registers;
    return element_load(emitter, lanes, &element, masked ? lanes->mask : NULL);
}

static LLVMValueRef call_emit(Emitter *emitter, const Facts *facts, const Lanes *lanes, const Expr *expr) {
    LLVMValueRef arguments[EXPR_MAX_ARGUMENTS] = {NULL};
    for (int i = 0; i < function_arguments(expr->call.function); i++) {
        arguments[i] = value_emit(emitter, facts, lanes, expr->call.arguments[i]);
    }
    return function_emit(emitter, lanes, expr->call.function, arguments);
}

LLVMValueRef product_add(Emitter *emitter, const Lanes *lanes, LLVMValueRef sum, LLVMValueRef left,
                         LLVMValueRef right) {
    if (!emitter->fma) {
        LLVMValueRef product = LLVMBuildFMul(emitter->builder, left, right, "");
        return LLVMBuildFAdd(emitter->builder, sum, product, "");
    }
    LLVMTypeRef type = value_type(emitter, lanes);
    LLVMValueRef arguments[] = {left, right, sum};
    return intrinsic_call(emitter, "llvm.fma", &type, 1, arguments, 3);
}

/* A product with -1, which is no multiplication: algorithms with constant factors are made of these. */
static bool is_negation(const Expr *expr) {
    return expr->kind == EXPR_MULTIPLY && expr->binary.left->kind == EXPR_NUMBER &&
           expr->binary.left->number.value == -1;
}

LLVMValueRef sum_emit(Emitter *emitter, const Facts *facts, const Lanes *lanes, LLVMValueRef sum, const Expr *expr) {
    if (expr->kind == EXPR_ADD) {
        sum = sum_emit(emitter, facts, lanes, sum, expr->binary.left);
        return sum_emit(emitter, facts, lanes, sum, expr->binary.right);
    }
    if (is_negation(expr))
        return LLVMBuildFSub(emitter->builder, sum, value_emit(emitter, facts, lanes, expr->binary.right), "");
    if (expr->kind == EXPR_MULTIPLY) {
        LLVMValueRef left = value_emit(emitter, facts, lanes, expr->binary.left);
        LLVMValueRef right = value_emit(emitter, facts, lanes, expr->binary.right);
        return product_add(emitter, lanes, sum, left, right);
    }
    return LLVMBuildFAdd(emitter->builder, sum, value_emit(emitter, facts, lanes, expr), "");
}

static LLVMValueRef binary_emit(Emitter *emitter, const Facts *facts, const Lanes *lanes, const Expr *expr) {
    LLVMValueRef left = value_emit(emitter, facts, lanes, expr->binary.left);
    if (expr->kind == EXPR_ADD) return sum_emit(emitter, facts, lanes, left, expr->binary.right);
    LLVMValueRef right = value_emit(emitter, facts, lanes, expr->binary.right);
    if (expr->kind == EXPR_SUBTRACT) return LLVMBuildFSub(emitter->builder, left, right, "");
    return LLVMBuildFMul(emitter->builder, left, right, "");
}

LLVMValueRef value_emit(Emitter *emitter, const Facts *facts, const Lanes *lanes, const Expr *expr) {
    switch (expr->kind) {
    case EXPR_NUMBER: return number_emit(emitter, lanes, expr->number.value);
    case EXPR_ACCESS: return access_emit(emitter, facts, lanes, expr);
    case EXPR_CAST:
        return cast_emit(emitter, lanes, expr->cast.type, value_emit(emitter, facts, lanes, expr->cast.operand));
    case EXPR_ADD:
    case EXPR_SUBTRACT:
    case EXPR_MULTIPLY: return binary_emit(emitter, facts, lanes, expr);
    case EXPR_CALL: return call_emit(emitter, facts, lanes, expr);
    case EXPR_PARTIAL: break;
    }
    assert(!"a partial sum outside of a finish");
    return NULL;
}
