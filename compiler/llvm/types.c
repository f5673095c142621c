/* SPDX-License-Identifier: Apache-2.0 */
/* Types of elements: what lies in memory, and the f32 that it is computed with.
 *
 * A bf16 is the upper half of an f32, so that reading one is a shift. Rounding to nearest, ties to even, adds half of a
 * unit of the upper half, less one bit where that is even, and drops the lower half; a carry into the exponent gives
 * the next number, or infinity, as it should:
 *
 *     bits + 0x7fff + (bits >> 16 & 1)
 *
 * NaN could become infinity or zero by that, and keeps its upper half instead, made quiet. This is code for every
 * target: instructions that round to bf16 (vcvtneps2bf16) take subnormals for 0. */
#include <assert.h>

#include "compiler/llvm/internal.h"

enum { HALF_BITS = 16, HALF_UNIT = 0x7fff, QUIET = 0x0040 };

bool type_has_code(ScalarType type) {
    return type == TYPE_F32 || type == TYPE_BF16;
}

LLVMTypeRef memory_type(const Emitter *emitter, ScalarType type) {
    assert(type_has_code(type));
    return type == TYPE_BF16 ? LLVMInt16TypeInContext(emitter->held->llvm) : emitter->f32;
}

LLVMTypeRef lanes_of(LLVMTypeRef scalar, const Lanes *lanes) {
    return lanes == NULL ? scalar : LLVMVectorType(scalar, (unsigned)lanes->count);
}

/* A rounding that is being emitted. */
typedef struct Rounding {
    Emitter *emitter;
    const Lanes *lanes;
} Rounding;

static LLVMValueRef integer(const Rounding *rounding, int value) {
    return splat(rounding->emitter, rounding->lanes, LLVMConstInt(rounding->emitter->i32, (unsigned)value, false));
}

/* The upper half of `value`, rounded, in the lower half of an i32. */
static LLVMValueRef rounded_half(const Rounding *rounding, LLVMValueRef value) {
    LLVMBuilderRef builder = rounding->emitter->builder;
    LLVMValueRef bits = LLVMBuildBitCast(builder, value, lanes_of(rounding->emitter->i32, rounding->lanes), "");
    LLVMValueRef upper = LLVMBuildLShr(builder, bits, integer(rounding, HALF_BITS), "");
    LLVMValueRef odd = LLVMBuildAnd(builder, upper, integer(rounding, 1), "");
    LLVMValueRef raised = LLVMBuildAdd(builder, bits, integer(rounding, HALF_UNIT), "");
    LLVMValueRef number = LLVMBuildAdd(builder, raised, odd, "");
    number = LLVMBuildLShr(builder, number, integer(rounding, HALF_BITS), "");
    LLVMValueRef quiet = LLVMBuildOr(builder, upper, integer(rounding, QUIET), "");
    LLVMValueRef is_nan = LLVMBuildFCmp(builder, LLVMRealUNO, value, value, "");
    return LLVMBuildSelect(builder, is_nan, quiet, number, "");
}

/* The f32 whose upper half is the lower half of `half`, an i32. */
static LLVMValueRef extend(const Rounding *rounding, LLVMValueRef half) {
    LLVMBuilderRef builder = rounding->emitter->builder;
    LLVMValueRef bits = LLVMBuildShl(builder, half, integer(rounding, HALF_BITS), "");
    return LLVMBuildBitCast(builder, bits, value_type(rounding->emitter, rounding->lanes), "");
}

LLVMValueRef cast_emit(Emitter *emitter, const Lanes *lanes, ScalarType type, LLVMValueRef value) {
    if (type == TYPE_F32) return value;
    Rounding rounding = {emitter, lanes};
    return extend(&rounding, rounded_half(&rounding, value));
}

LLVMValueRef from_memory(Emitter *emitter, const Lanes *lanes, ScalarType type, LLVMValueRef bits) {
    if (type == TYPE_F32) return bits;
    Rounding rounding = {emitter, lanes};
    return extend(&rounding, LLVMBuildZExt(emitter->builder, bits, lanes_of(emitter->i32, lanes), ""));
}

LLVMValueRef to_memory(Emitter *emitter, const Lanes *lanes, ScalarType type, LLVMValueRef value) {
    if (type == TYPE_F32) return value;
    Rounding rounding = {emitter, lanes};
    LLVMTypeRef bits = lanes_of(memory_type(emitter, type), lanes);
    return LLVMBuildTrunc(emitter->builder, rounded_half(&rounding, value), bits, "");
}
