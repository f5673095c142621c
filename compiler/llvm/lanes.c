/* SPDX-License-Identifier: Apache-2.0 */
/* Stores: of one element, or of the lanes of a vector at the same time.
 *
 * A loop marked lanes holds one store, or one guard around it. Conditions that are the same on all lanes become a
 * branch, the others a mask: lane l takes part when e + c*l >= 0. The mask is computed in 32 bits, with e clamped to a
 * range that keeps the sign of every lane. Masked lanes neither read nor write memory; in registers, they keep the old
 * value (or one to which 0 was added). */
#include <assert.h>

#include "compiler/llvm/internal.h"
#include "compiler/passes/passes.h"

static LLVMValueRef masked_value(Emitter *emitter, const Lanes *lanes, const Element *element, LLVMValueRef value) {
    LLVMValueRef old = element_load(emitter, lanes, element, NULL);
    return LLVMBuildSelect(emitter->builder, lanes->mask, value, old, "");
}

static void element_store(Emitter *emitter, const Lanes *lanes, const Element *element, LLVMValueRef value) {
    LLVMValueRef mask = lanes == NULL ? NULL : lanes->mask;
    if (mask != NULL && !element->registers) {
        LLVMValueRef bits = to_memory(emitter, lanes, element->type, value);
        LLVMTypeRef overloads[] = {LLVMTypeOf(bits), emitter->pointer};
        LLVMValueRef arguments[] = {bits, element->pointer, LLVMConstInt(emitter->i32, element->alignment, false),
                                    mask};
        intrinsic_call(emitter, "llvm.masked.store", overloads, 2, arguments, 4);
        return;
    }
    if (mask != NULL) value = masked_value(emitter, lanes, element, value);
    LLVMValueRef bits = to_memory(emitter, lanes, element->type, value);
    LLVMSetAlignment(LLVMBuildStore(emitter->builder, bits, element->pointer), element->alignment);
}

/* Is it read from memory along the lanes, so that masked ones, which are not read, hold 0? */
static bool is_zero_on_masked(Emitter *emitter, const Facts *facts, const Lanes *lanes, const Expr *expr) {
    if (expr->kind != EXPR_ACCESS || expr->access.tensor->scope == SCOPE_REGISTERS) return false;
    const Affine *offset = element_offset(emitter->context, facts, expr->access.tensor, expr->access.index);
    return affine_coefficient(offset, lanes->var) != 0;
}

/* Does it add 0 * 0 where it is masked? Then the sum needs no mask, which would keep its old value in a register. */
static bool adds_zero_on_masked(Emitter *emitter, const Facts *facts, const Lanes *lanes, const Stmt *stmt) {
    const Expr *value = stmt->store.value;
    return stmt->store.add && stmt->store.tensor->scope == SCOPE_REGISTERS && value->kind == EXPR_MULTIPLY &&
           is_zero_on_masked(emitter, facts, lanes, value->binary.left) &&
           is_zero_on_masked(emitter, facts, lanes, value->binary.right);
}

void store_emit(Emitter *emitter, const Facts *facts, const Lanes *lanes, const Stmt *stmt) {
    Element element = element_of(emitter, facts, lanes, stmt->store.tensor, stmt->store.index);
    assert(lanes == NULL || element.stride == 1);
    LLVMValueRef value;
    if (stmt->store.add && element.registers) step_add(emitter, &element);
    if (stmt->store.add) {
        bool masked = lanes != NULL && !element.registers;
        LLVMValueRef old = element_load(emitter, lanes, &element, masked ? lanes->mask : NULL);
        value = sum_emit(emitter, facts, lanes, old, stmt->store.value);
    } else {
        value = value_emit(emitter, facts, lanes, stmt->store.value);
    }
    Lanes all = {.mask = NULL};
    if (lanes != NULL && lanes->mask != NULL && adds_zero_on_masked(emitter, facts, lanes, stmt)) {
        all = *lanes;
        all.mask = NULL;
        lanes = &all;
    }
    element_store(emitter, lanes, &element, value);
}

static LLVMValueRef clamp_emit(Emitter *emitter, LLVMValueRef value, int64_t reach) {
    LLVMValueRef low[] = {value, integer_constant(emitter, -reach)};
    LLVMValueRef raised = intrinsic_call(emitter, "llvm.smax", &emitter->index, 1, low, 2);
    LLVMValueRef high[] = {raised, integer_constant(emitter, reach)};
    return intrinsic_call(emitter, "llvm.smin", &emitter->index, 1, high, 2);
}

/* <0, c, 2c, ...> */
static LLVMValueRef lane_steps(Emitter *emitter, const Lanes *lanes, LLVMTypeRef type, int64_t coefficient) {
    LLVMValueRef *steps = ARENA_ARRAY(emitter->context, LLVMValueRef, (size_t)lanes->count);
    for (int64_t i = 0; i < lanes->count; i++) {
        steps[i] = LLVMConstInt(type, (unsigned long long)(coefficient * i), true);
    }
    return LLVMConstVector(steps, (unsigned)lanes->count);
}

/* Lanes on which the condition holds: the sign of e + c*l is that of max(-r, min(e, r)) + c*l for r = |c| * count. */
static LLVMValueRef mask_emit(Emitter *emitter, const Lanes *lanes, const Cond *cond) {
    Context *context = emitter->context;
    int64_t coefficient = affine_coefficient(cond->expr, lanes->var);
    const Affine *rest = affine_substitute(context, cond->expr, lanes->var, affine_constant(context, 0));
    int64_t reach = (coefficient < 0 ? -coefficient : coefficient) * lanes->count;
    LLVMTypeRef type = reach <= INT32_MAX / 2 ? emitter->i32 : emitter->index;
    LLVMValueRef clamped = clamp_emit(emitter, index_emit(emitter, rest), reach);
    if (type != emitter->index) clamped = LLVMBuildTrunc(emitter->builder, clamped, type, "");
    LLVMValueRef steps = lane_steps(emitter, lanes, type, coefficient);
    LLVMValueRef values = LLVMBuildNSWAdd(emitter->builder, splat(emitter, lanes, clamped), steps, "");
    LLVMIntPredicate predicate = cond->equality ? LLVMIntEQ : LLVMIntSGE;
    return LLVMBuildICmp(emitter->builder, predicate, values, LLVMConstNull(LLVMTypeOf(values)), "");
}

static LLVMValueRef masks_emit(Emitter *emitter, const Lanes *lanes, const Stmt *guard) {
    LLVMValueRef mask = NULL;
    for (int i = 0; guard != NULL && i < guard->guard.count; i++) {
        LLVMValueRef lane = mask_emit(emitter, lanes, &guard->guard.conds[i]);
        mask = mask == NULL ? lane : LLVMBuildAnd(emitter->builder, mask, lane, "");
    }
    return mask;
}

typedef struct Reads {
    Emitter *emitter;
    const Facts *facts;
    const Var *lane;
    bool proved;
} Reads;

static void prove_read(void *data, const Expr *access) {
    Reads *reads = data;
    Context *context = reads->emitter->context;
    const Tensor *tensor = access->access.tensor;
    const Affine *offset = element_offset(context, reads->facts, tensor, access->access.index);
    if (affine_coefficient(offset, reads->lane) != 0) return; /* masked */
    for (int i = 0; i < tensor->rank; i++) {
        const Affine *index = access->access.index[i];
        Cond low = {index, false};
        Cond high = {affine_subtract(context, affine_constant(context, tensor->axes[i].extent - 1), index), false};
        if (!facts_prove(reads->facts, &low)) reads->proved = false;
        if (!facts_prove(reads->facts, &high)) reads->proved = false;
    }
}

/* Are the elements that all lanes share inside their tensors even when no lane takes part? */
static bool shared_reads_are_proved(Emitter *emitter, const Facts *facts, const Var *lane, const Stmt *store) {
    Reads reads = {emitter, facts, lane, true};
    expr_visit(store->store.value, prove_read, &reads);
    return reads.proved;
}

static LLVMValueRef any_lane(Emitter *emitter, const Lanes *lanes) {
    LLVMTypeRef bits = LLVMIntTypeInContext(emitter->held->llvm, (unsigned)lanes->count);
    LLVMValueRef mask = LLVMBuildBitCast(emitter->builder, lanes->mask, bits, "");
    return LLVMBuildICmp(emitter->builder, LLVMIntNE, mask, LLVMConstNull(bits), "");
}

static void masked_store_emit(Emitter *emitter, const Facts *facts, const Stmt *loop, const Stmt *guard,
                              const Stmt *store) {
    Lanes lanes = {.var = loop->loop.var, .count = loop->loop.upper.terms[0]->constant};
    lanes.mask = masks_emit(emitter, &lanes, guard);
    if (lanes.mask == NULL || shared_reads_are_proved(emitter, facts, lanes.var, store)) {
        store_emit(emitter, facts, &lanes, store);
        return;
    }
    LLVMBasicBlockRef end = branch_begin(emitter, any_lane(emitter, &lanes));
    store_emit(emitter, facts, &lanes, store);
    branch_end(emitter, end);
}

void lanes_emit(Emitter *emitter, const Facts *facts, const Stmt *loop) {
    const Var *lane = loop->loop.var;
    const Stmt *guard = loop->loop.body->kind == STMT_IF ? loop->loop.body : NULL;
    const Stmt *store = guard == NULL ? loop->loop.body : guard->guard.body;
    const Stmt *branch = passes_lane_conditions(emitter->context, guard, lane, false);
    const Stmt *mask = passes_lane_conditions(emitter->context, guard, lane, true);
    Facts inside = facts_in_loop(facts, loop);
    if (branch == NULL) {
        masked_store_emit(emitter, &inside, loop, mask, store);
        return;
    }
    Facts guarded = facts_in_guard(&inside, branch);
    LLVMValueRef holds = conditions_emit(emitter, branch->guard.count, branch->guard.conds);
    LLVMBasicBlockRef end = branch_begin(emitter, holds);
    masked_store_emit(emitter, &guarded, loop, mask, store);
    branch_end(emitter, end);
}
