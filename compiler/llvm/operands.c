/* SPDX-License-Identifier: Apache-2.0 */
/* Operands of multiply-adds that lie in memory.
 *
 * The address of an operand must be a register and a constant: with an index too, the machine takes the multiply-add
 * apart into a load and a multiply-add in registers (Intel's optimization manual calls it unlamination). So the index
 * is added in front of the loop's body, where LLVM cannot see what for. Depthwise layers are 1.07 .. 1.13 x faster with
 * AVX-512, 1.15 .. 1.25 x with AVX2.
 *
 * A register tile of P pixels x V vectors reads P broadcasts and V vectors for P*V multiply-adds. An instruction of
 * AVX-512 can take a factor from memory and copy it to all lanes itself. So a broadcast that two multiply-adds share
 * may be one load and three instructions, or two loads and two instructions:
 *
 *     vbroadcastss  (x), %zmm30                        vfmadd231ps  (x){1to16}, %zmm28, %zmm0
 *     vfmadd231ps   %zmm30, %zmm28, %zmm0              vfmadd231ps  (x){1to16}, %zmm29, %zmm1
 *     vfmadd231ps   %zmm30, %zmm29, %zmm1
 *
 * Fewer instructions let the machine look further ahead, which hides what comes from the second cache, and leave room
 * to another thread of the core. More loads do not hurt as long as the load ports keep up with the multiplications. So
 * as many broadcasts of a step are given up as loads fit in. Measured on Sapphire Rapids with weights in the second
 * cache, in 1e9 multiply-adds of 16 lanes a second, of 4.39 that the ports could do (tile 14 x 2):
 *
 *     broadcasts given up          0      6      8     10     14
 *     core of its own           3.64   3.87   3.96   4.04   3.77
 *     another thread beside     3.16   3.33   3.38   3.47   3.35
 *
 * Where three or more share a broadcast, giving it up costs as much as it saves.
 *
 * LLVM takes a load into the instruction that uses it if nothing else does. So the second multiply-add gets a load of
 * its own, and lest the two are found to be equal again, it is done through another address space: x86 has one memory,
 * which spaces 0 to 255 all mean (LLVM's code generator guide: from 256 on they are segments).
 *
 * With indices in their addresses, the tiles above were 1.25 x slower than with all broadcasts.
 *
 * All of this comes after the passes of module.c, and moves nothing past a write. */
#include <string.h>

#include "compiler/llvm/internal.h"

/* Loads that a multiply-add leaves room for: there are as many ports for either. */
static const double loads_for_multiply = 0.95;

enum { SHARERS = 2, SECOND_SPACE = 1 };

/* An element that is loaded and copied to all lanes, and the multiply-adds of its step that have it as a factor. */
typedef struct Broadcast {
    LLVMValueRef load, shuffle;
    int sharer_count;
    LLVMValueRef sharers[SHARERS]; /* the first ones */
} Broadcast;

/* What lies between two fences (steps.c) of a basic block: a step of the reduction. */
typedef struct Terms {
    int multiplies, vector_loads;
    bool writes;
    VECTOR(LLVMValueRef) numbers; /* loaded one by one */
    VECTOR(Broadcast) broadcasts;
} Terms;

typedef struct Intrinsics {
    unsigned fma, prefetch, annotation;
} Intrinsics;

static unsigned intrinsic_id(const char *name) {
    return LLVMLookupIntrinsicID(name, strlen(name));
}

static bool is_vector(LLVMValueRef value) {
    return LLVMGetTypeKind(LLVMTypeOf(value)) == LLVMVectorTypeKind;
}

/* Of which load is the shuffle a copy to all lanes? NULL: it is something else. */
static LLVMValueRef broadcast_load(LLVMValueRef shuffle) {
    LLVMValueRef insert = LLVMGetOperand(shuffle, 0);
    for (unsigned i = 0; i < LLVMGetNumMaskElements(shuffle); i++) {
        if (LLVMGetMaskValue(shuffle, i) != 0) return NULL;
    }
    if (LLVMIsAInsertElementInst(insert) == NULL) return NULL;
    LLVMValueRef lane = LLVMGetOperand(insert, 2);
    if (LLVMIsAConstantInt(lane) == NULL || LLVMConstIntGetZExtValue(lane) != 0) return NULL;
    return LLVMIsALoadInst(LLVMGetOperand(insert, 1));
}

static int uses_of(LLVMValueRef value) {
    int count = 0;
    for (LLVMUseRef use = LLVMGetFirstUse(value); use != NULL; use = LLVMGetNextUse(use)) count++;
    return count;
}

/* A broadcast loaded before this step is not among those of the step. */
static void share(Terms *terms, LLVMValueRef factor, LLVMValueRef multiply) {
    for (size_t i = 0; i < terms->broadcasts.count; i++) {
        Broadcast *broadcast = &terms->broadcasts.items[i];
        if (broadcast->shuffle != factor) continue;
        if (broadcast->sharer_count < SHARERS) broadcast->sharers[broadcast->sharer_count] = multiply;
        broadcast->sharer_count++;
    }
}

static void add_call(const Intrinsics *intrinsics, Terms *terms, LLVMValueRef call) {
    unsigned id = LLVMGetIntrinsicID(LLVMGetCalledValue(call));
    if (id == intrinsics->fma && is_vector(call)) {
        LLVMValueRef left = LLVMGetOperand(call, 0), right = LLVMGetOperand(call, 1);
        terms->multiplies++;
        share(terms, left, call);
        if (left != right) share(terms, right, call);
    }
    if (id != intrinsics->fma && id != intrinsics->prefetch && id != intrinsics->annotation &&
        LLVMIsAInlineAsm(LLVMGetCalledValue(call)) == NULL)
        terms->writes = true;
}

static bool is_loaded_here(const Terms *terms, LLVMValueRef load) {
    for (size_t i = 0; i < terms->numbers.count; i++) {
        if (terms->numbers.items[i] == load) return true;
    }
    return false;
}

static void add_broadcast(Context *context, Terms *terms, LLVMValueRef shuffle) {
    LLVMValueRef load = broadcast_load(shuffle);
    if (load == NULL || !is_loaded_here(terms, load)) return;
    Broadcast broadcast = {.load = load, .shuffle = shuffle};
    VECTOR_PUSH(context, &terms->broadcasts, broadcast);
}

/* The part of an address that the copies of an unrolled body share (memory.c), if it is computed in the block of the
 * load, with an index; else NULL. */
static LLVMValueRef indexed_base(LLVMValueRef load) {
    LLVMValueRef address = LLVMGetOperand(load, 0);
    if (LLVMIsAGetElementPtrInst(address) && LLVMIsAConstantInt(LLVMGetOperand(address, 1)))
        address = LLVMGetOperand(address, 0);
    if (!LLVMIsAGetElementPtrInst(address) || LLVMIsAConstantInt(LLVMGetOperand(address, 1))) return NULL;
    return LLVMGetInstructionParent(address) == LLVMGetInstructionParent(load) ? address : NULL;
}

/* The load becomes an operand: has the variable part of its address computed into a register, once, by an empty piece
 * of assembly that LLVM does not look into. */
static void compute_base(Emitter *emitter, LLVMValueRef load) {
    LLVMValueRef base = indexed_base(load);
    if (base == NULL) return;
    LLVMPositionBuilderBefore(emitter->builder, LLVMGetNextInstruction(base));
    LLVMTypeRef type = LLVMFunctionType(emitter->pointer, &emitter->pointer, 1, false);
    LLVMValueRef nothing =
        LLVMGetInlineAsm(type, "", 0, "=r,0", strlen("=r,0"), false, false, LLVMInlineAsmDialectATT, false);
    LLVMValueRef computed = LLVMBuildCall2(emitter->builder, type, nothing, &base, 1, "");
    LLVMReplaceAllUsesWith(base, computed);
    LLVMSetOperand(computed, 0, base);
}

/* The second sharer gets a copy of its own. */
static void give_up(Emitter *emitter, const Broadcast *broadcast) {
    LLVMBuilderRef builder = emitter->builder;
    LLVMValueRef sharer = broadcast->sharers[1];
    int64_t lanes = LLVMGetVectorSize(LLVMTypeOf(broadcast->shuffle));
    compute_base(emitter, broadcast->load);
    LLVMPositionBuilderBefore(builder, sharer);
    LLVMTypeRef pointer = LLVMPointerTypeInContext(emitter->held->llvm, SECOND_SPACE);
    LLVMValueRef address = LLVMBuildAddrSpaceCast(builder, LLVMGetOperand(broadcast->load, 0), pointer, "");
    LLVMValueRef load = LLVMBuildLoad2(builder, LLVMTypeOf(broadcast->load), address, "");
    LLVMSetAlignment(load, LLVMGetAlignment(broadcast->load));
    LLVMValueRef own = splat(emitter, &(Lanes){.count = lanes}, load);
    LLVMSetOperand(sharer, LLVMGetOperand(sharer, 0) == broadcast->shuffle ? 0 : 1, own);
}

/* Is it shared by that many multiply-adds and by nothing else? */
static bool is_shared_by(const Broadcast *broadcast, int sharers) {
    return broadcast->sharer_count == sharers && uses_of(broadcast->shuffle) == sharers &&
           uses_of(broadcast->load) == 1;
}

static int pairs_of(const Terms *terms) {
    int pairs = 0;
    for (size_t i = 0; i < terms->broadcasts.count; i++) pairs += is_shared_by(&terms->broadcasts.items[i], SHARERS);
    return pairs;
}

/* Gives up as many broadcasts as loads fit in, spread over the step. */
static void step_rewrite(Emitter *emitter, const Terms *terms) {
    int64_t pairs = pairs_of(terms), given = 0, seen = 0;
    int64_t loads = terms->vector_loads + (int64_t)terms->broadcasts.count;
    int64_t room = integer_max((int64_t)(loads_for_multiply * terms->multiplies) - loads, 0);
    for (size_t i = 0; i < terms->broadcasts.count; i++) {
        const Broadcast *broadcast = &terms->broadcasts.items[i];
        if (is_shared_by(broadcast, 1)) compute_base(emitter, broadcast->load);
        if (!is_shared_by(broadcast, SHARERS)) continue;
        seen++;
        if (given * pairs >= integer_min(room, pairs) * seen) continue;
        give_up(emitter, broadcast);
        given++;
    }
}

static void step_finish(Emitter *emitter, Terms *terms) {
    if (!terms->writes && emitter->plan->target->broadcast_operands) step_rewrite(emitter, terms);
    *terms = (Terms){.writes = false};
}

/* A vector that only one multiply-add reads becomes its operand too. */
static void add_load(Emitter *emitter, const Intrinsics *intrinsics, Terms *terms, LLVMValueRef load) {
    if (!is_vector(load)) {
        VECTOR_PUSH(emitter->context, &terms->numbers, load);
        return;
    }
    terms->vector_loads++;
    if (uses_of(load) != 1) return;
    LLVMValueRef user = LLVMGetUser(LLVMGetFirstUse(load));
    if (LLVMIsACallInst(user) != NULL && LLVMGetIntrinsicID(LLVMGetCalledValue(user)) == intrinsics->fma)
        compute_base(emitter, load);
}

static void block_rewrite(Emitter *emitter, const Intrinsics *intrinsics, LLVMBasicBlockRef block) {
    Terms terms = {.writes = false};
    for (LLVMValueRef i = LLVMGetFirstInstruction(block); i != NULL; i = LLVMGetNextInstruction(i)) {
        switch (LLVMGetInstructionOpcode(i)) {
        case LLVMFence: step_finish(emitter, &terms); break;
        case LLVMStore: terms.writes = true; break;
        case LLVMLoad: add_load(emitter, intrinsics, &terms, i); break;
        case LLVMCall: add_call(intrinsics, &terms, i); break;
        case LLVMShuffleVector: add_broadcast(emitter->context, &terms, i); break;
        default: break;
        }
    }
    step_finish(emitter, &terms);
}

void operands_rewrite(Emitter *emitter) {
    const Intrinsics intrinsics = {.fma = intrinsic_id("llvm.fma"),
                                   .prefetch = intrinsic_id("llvm.prefetch"),
                                   .annotation = intrinsic_id("llvm.codeview.annotation")};
    if (!emitter->plan->target->memory_operands) return;
    for (LLVMValueRef function = LLVMGetFirstFunction(emitter->module); function != NULL;
         function = LLVMGetNextFunction(function)) {
        for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function); block != NULL;
             block = LLVMGetNextBasicBlock(block)) {
            block_rewrite(emitter, &intrinsics, block);
        }
    }
}
