/* SPDX-License-Identifier: Apache-2.0 */
/* Dot products of pairs of bf16, on all lanes at once:
 *
 *     tile kl 16, ci 2: acc[kl] += x[ci] * w[kl*2 + ci]
 *
 * The pair of x is read as one integer of 32 bits, copied to all lanes, and taken as bf16 again. vdpbf16ps (Intel,
 * "Software Developer's Manual", volume 2C) adds the product of the second elements, then that of the first, each
 * rounded to nearest even; subnormal factors and sums count as 0. */
#include "compiler/llvm/tile.h"

typedef struct Dot {
    const Stmt *lanes, *pair;       /* loops */
    const Expr *shared, *lane_wise; /* the factor that is the same on all lanes, and the one of each */
} Dot;

static bool has_strides(Emitter *emitter, const Tile *tile, const Dot *dot, const Expr *access, int64_t along_lanes) {
    return access->kind == EXPR_ACCESS && access->access.tensor->type == TYPE_BF16 &&
           tile_stride(emitter, tile, access->access.tensor, access->access.index, dot->lanes) == along_lanes &&
           tile_stride(emitter, tile, access->access.tensor, access->access.index, dot->pair) == 1;
}

static bool find_factors(Emitter *emitter, const Tile *tile, const Expr *shared, const Expr *lane_wise, Dot *out) {
    out->shared = shared;
    out->lane_wise = lane_wise;
    return has_strides(emitter, tile, out, shared, 0) && has_strides(emitter, tile, out, lane_wise, 2);
}

static bool find_dot(Emitter *emitter, const Tile *tile, Dot *out) {
    const Stmt *store = tile->store;
    const Expr *value = store->store.value;
    int pair = tile_extent(tile->loops[0]) == 2 ? 0 : 1;
    *out = (Dot){.lanes = tile->loops[1 - pair], .pair = tile->loops[pair]};
    if (!store->store.add || store->store.tensor->type != TYPE_F32 || value->kind != EXPR_MULTIPLY) return false;
    if (tile_extent(out->pair) != 2 ||
        tile_stride(emitter, tile, store->store.tensor, store->store.index, out->lanes) != 1 ||
        tile_stride(emitter, tile, store->store.tensor, store->store.index, out->pair) != 0)
        return false;
    return find_factors(emitter, tile, value->binary.left, value->binary.right, out) ||
           find_factors(emitter, tile, value->binary.right, value->binary.left, out);
}

/* NULL: the target has no such instruction for that many lanes. */
static const char *instruction_for(const Target *target, int lanes) {
    if (!target->dot_bf16) return NULL;
    switch (lanes) {
    case 4: return "llvm.x86.avx512bf16.dpbf16ps.128";
    case 8: return "llvm.x86.avx512bf16.dpbf16ps.256";
    case 16: return "llvm.x86.avx512bf16.dpbf16ps.512";
    default: return NULL;
    }
}

/* The first element of the factor, and how it is aligned. */
static Element first_element(Emitter *emitter, const Tile *tile, const Dot *dot, const Expr *access) {
    const Affine *index[TENSOR_MAX_RANK], *zero = affine_constant(emitter->context, 0);
    for (int i = 0; i < access->access.tensor->rank; i++)
        index[i] = affine_substitute(emitter->context, access->access.index[i], dot->lanes->loop.var, zero);
    return tile_element(emitter, tile, NULL, access->access.tensor, index, dot->pair, 0);
}

static LLVMValueRef load(Emitter *emitter, LLVMTypeRef type, const Element *element) {
    LLVMValueRef value = LLVMBuildLoad2(emitter->builder, type, element->pointer, "");
    LLVMSetAlignment(value, element->alignment);
    return value;
}

bool tile_dot_emit(Emitter *emitter, const Tile *tile) {
    Dot dot;
    if (!find_dot(emitter, tile, &dot)) return false;
    Lanes lanes = {.var = dot.lanes->loop.var, .count = tile_extent(dot.lanes)};
    const char *instruction = instruction_for(emitter->plan->target, (int)lanes.count);
    if (instruction == NULL) return false;
    LLVMTypeRef bf16 = LLVMBFloatTypeInContext(emitter->held->llvm);
    LLVMTypeRef pairs = LLVMVectorType(bf16, 2 * (unsigned)lanes.count);
    Element shared = first_element(emitter, tile, &dot, dot.shared),
            lane_wise = first_element(emitter, tile, &dot, dot.lane_wise);
    const Stmt *store = tile->store;
    Element sums = tile_element(emitter, tile, &lanes, store->store.tensor, store->store.index, dot.pair, 0);
    LLVMValueRef pair = splat(emitter, &lanes, load(emitter, emitter->i32, &shared));
    LLVMValueRef arguments[] = {element_load(emitter, &lanes, &sums, NULL),
                                LLVMBuildBitCast(emitter->builder, pair, pairs, ""), load(emitter, pairs, &lane_wise)};
    LLVMValueRef sum = intrinsic_call(emitter, instruction, NULL, 0, arguments, 3);
    LLVMSetAlignment(LLVMBuildStore(emitter->builder, sum, sums.pointer), sums.alignment);
    return true;
}
