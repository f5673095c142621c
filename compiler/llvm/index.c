/* SPDX-License-Identifier: Apache-2.0 */
/* Quasi-affine indices, conditions and bounds as 64-bit integer code.
 *
 * The terms of a sum are added from the outermost loop's to the innermost's, the constant last: what does not change in
 * an inner loop is then a subexpression that LLVM hoists as it stands, and copies of an unrolled body that differ by a
 * constant share all but the last addition. */
#include <assert.h>

#include "compiler/llvm/internal.h"

static int affine_depth(const Emitter *emitter, const Affine *affine);

static int term_depth(const Emitter *emitter, const Term *term) {
    return term->kind == TERM_VAR ? emitter->loop_depths[term->var->id] : affine_depth(emitter, term->inner);
}

/* Depth of the innermost loop that the expression depends on. */
static int affine_depth(const Emitter *emitter, const Affine *affine) {
    int deepest = 0;
    for (int i = 0; i < affine->count; i++) {
        int depth = term_depth(emitter, &affine->terms[i]);
        if (depth > deepest) deepest = depth;
    }
    return deepest;
}

/* Copies of the sign bit: -1 for negative values, else 0. */
static LLVMValueRef sign_of(Emitter *emitter, LLVMValueRef value) {
    unsigned bits = LLVMGetIntTypeWidth(emitter->index);
    return LLVMBuildAShr(emitter->builder, value, integer_constant(emitter, bits - 1), "");
}

/* value div divisor, rounded down: the machine's division rounds towards 0. */
static LLVMValueRef floor_div(Emitter *emitter, LLVMValueRef value, int64_t divisor) {
    LLVMValueRef by = integer_constant(emitter, divisor);
    LLVMValueRef quotient = LLVMBuildSDiv(emitter->builder, value, by, "");
    LLVMValueRef remainder = LLVMBuildSRem(emitter->builder, value, by, "");
    return LLVMBuildNSWAdd(emitter->builder, quotient, sign_of(emitter, remainder), "");
}

/* value mod divisor, in 0 .. divisor - 1. */
static LLVMValueRef floor_mod(Emitter *emitter, LLVMValueRef value, int64_t divisor) {
    LLVMValueRef by = integer_constant(emitter, divisor);
    LLVMValueRef remainder = LLVMBuildSRem(emitter->builder, value, by, "");
    LLVMValueRef correction = LLVMBuildAnd(emitter->builder, sign_of(emitter, remainder), by, "");
    return LLVMBuildNSWAdd(emitter->builder, remainder, correction, "");
}

static LLVMValueRef term_emit(Emitter *emitter, const Term *term) {
    LLVMValueRef value = NULL;
    switch (term->kind) {
    case TERM_VAR: value = emitter->loop_values[term->var->id]; break;
    case TERM_DIV: value = floor_div(emitter, index_emit(emitter, term->inner), term->divisor); break;
    case TERM_MOD: value = floor_mod(emitter, index_emit(emitter, term->inner), term->divisor); break;
    }
    assert(value != NULL && "a loop that is not in scope");
    if (term->coefficient == 1) return value;
    return LLVMBuildNSWMul(emitter->builder, value, integer_constant(emitter, term->coefficient), "");
}

static LLVMValueRef add(Emitter *emitter, LLVMValueRef sum, LLVMValueRef value) {
    return sum == NULL ? value : LLVMBuildNSWAdd(emitter->builder, sum, value, "");
}

LLVMValueRef index_emit(Emitter *emitter, const Affine *affine) {
    LLVMValueRef sum = NULL;
    for (int depth = 0; depth <= emitter->depth; depth++) {
        for (int i = 0; i < affine->count; i++) {
            if (term_depth(emitter, &affine->terms[i]) != depth) continue;
            sum = add(emitter, sum, term_emit(emitter, &affine->terms[i]));
        }
    }
    if (sum != NULL && affine->constant == 0) return sum;
    return add(emitter, sum, integer_constant(emitter, affine->constant));
}

static LLVMValueRef emit_condition(Emitter *emitter, const Cond *cond) {
    return LLVMBuildICmp(emitter->builder, cond->equality ? LLVMIntEQ : LLVMIntSGE, index_emit(emitter, cond->expr),
                         integer_constant(emitter, 0), "");
}

LLVMValueRef conditions_emit(Emitter *emitter, int count, const Cond *conds) {
    LLVMValueRef all = emit_condition(emitter, &conds[0]);
    for (int i = 1; i < count; i++) {
        all = LLVMBuildAnd(emitter->builder, all, emit_condition(emitter, &conds[i]), "");
    }
    return all;
}

LLVMValueRef bound_emit(Emitter *emitter, const Bound *bound, bool largest) {
    LLVMValueRef value = index_emit(emitter, bound->terms[0]);
    for (int i = 1; i < bound->count; i++) {
        LLVMValueRef term = index_emit(emitter, bound->terms[i]);
        LLVMValueRef better = LLVMBuildICmp(emitter->builder, largest ? LLVMIntSGT : LLVMIntSLT, value, term, "");
        value = LLVMBuildSelect(emitter->builder, better, value, term, "");
    }
    return value;
}
