/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of ir/functions.def as f32 code, of one value or of the lanes of a vector. Nothing is called.
 *
 *     sigmoid(v) = 1 / (1 + e^-v)     computed as (v < 0 ? e : 1) / (1 + e) with e = e^-|v|, which cannot overflow
 *     silu(v)    = v * sigmoid(v)     computed as (v < 0 ? v e : v) / (1 + e)
 *
 * e^a for a <= 0 (Cody and Waite, Software Manual for the Elementary Functions, 1980): with n the integer nearest to
 * a / ln 2, e^a = 2^n e^r, where r = a - n ln 2 lies in -0.347 .. 0.347. ln 2 is taken in two parts, the first so short
 * that n times it is exact. e^r is 1 + r + r^2 q(r), q the polynomial of degree 4 that Remez' algorithm gives for the
 * smallest relative error of e^r, its coefficients rounded to f32: 2^-28. 2^n is multiplied in two halves, since it may
 * be no normal number, and last, so that v e is right where e alone would have lost digits. Below a = -109 e^a counts
 * as e^-109: that, and 109 times that, are rounded to 0.
 *
 * Errors, over numbers of all exponents, with and without fused multiply-add (tests/compiler/llvm/test_functions.c), in
 * units of the last place of the result and relative to it:
 *
 *                   relu, clamp   leaky_relu   hardswish   sigmoid    silu
 *     units             0            0.5          2.5        2.2       2.9
 *     relative          0           2^-24       3 2^-24    3 2^-24   4 2^-24
 *
 * and 1.2 times the smallest number where the result is below the normal ones. NaN gives NaN, but of relu 0 and of
 * clamp its lower limit; for -inf and inf, sigmoid is 0 and 1, silu 0 and inf, hardswish NaN (infinity times 0) and
 * inf. */
#include <assert.h>

#include "compiler/llvm/internal.h"

/* Lowest argument of e^a that is told apart: 109 e^-109 is less than half of the smallest number. */
static const double exponential_lowest = -109;
static const double log2_e = 0x1.715476p+0;
static const double ln2_high = 0x1.62e4p-1, ln2_low = 0x1.7f7d1cp-20;

/* q(r), the highest power first. */
static const double exponential_terms[] = {0x1.6a241ap-10, 0x1.1239f2p-7, 0x1.5558f2p-5, 0x1.555492p-3, 0x1.fffffcp-2};

enum { EXPONENTIAL_TERMS = sizeof exponential_terms / sizeof exponential_terms[0] };

/* 1.5 * 2^23: a number of up to 2^22 added to it is rounded to an integer, which the last bits of the sum show. */
static const double rounder = 0x1.8p+23;
enum { ROUNDER_BITS = 0x4B400000, EXPONENT_BIAS = 127, MANTISSA_BITS = 23 };

/* The function that is being emitted. */
typedef struct Code {
    Emitter *emitter;
    LLVMBuilderRef builder;
    const Lanes *lanes;
    LLVMTypeRef type, integers; /* f32 and i32, one for each lane */
} Code;

static LLVMValueRef number(const Code *code, double value) {
    return number_emit(code->emitter, code->lanes, value);
}

/* The same integer on all lanes. */
static LLVMValueRef integer(const Code *code, int64_t value) {
    LLVMValueRef scalar = LLVMConstInt(code->emitter->i32, (unsigned long long)value, true);
    return splat(code->emitter, code->lanes, scalar);
}

/* a*b + c */
static LLVMValueRef multiply_add(const Code *code, LLVMValueRef a, LLVMValueRef b, LLVMValueRef c) {
    return product_add(code->emitter, code->lanes, c, a, b);
}

static LLVMValueRef multiply(const Code *code, LLVMValueRef a, LLVMValueRef b) {
    return LLVMBuildFMul(code->builder, a, b, "");
}

static LLVMValueRef choose(const Code *code, LLVMRealPredicate predicate, LLVMValueRef a, LLVMValueRef b,
                           LLVMValueRef then, LLVMValueRef otherwise) {
    LLVMValueRef holds = LLVMBuildFCmp(code->builder, predicate, a, b, "");
    return LLVMBuildSelect(code->builder, holds, then, otherwise, "");
}

/* value > limit ? value : limit, or with <: of (NaN, limit) the result is limit, as function_evaluate has it. */
static LLVMValueRef limit(const Code *code, LLVMRealPredicate keep, LLVMValueRef value, LLVMValueRef bound) {
    return choose(code, keep, value, bound, value, bound);
}

static LLVMValueRef clamp(const Code *code, LLVMValueRef value, LLVMValueRef low, LLVMValueRef high) {
    return limit(code, LLVMRealOLT, limit(code, LLVMRealOGT, value, low), high);
}

static LLVMValueRef leaky_relu(const Code *code, LLVMValueRef value, LLVMValueRef slope) {
    return choose(code, LLVMRealOGT, value, number(code, 0), value, multiply(code, value, slope));
}

/* value * (clamp(value + 3, 0, 6) / 6), in the order in which nothing overflows. */
static LLVMValueRef hardswish(const Code *code, LLVMValueRef value) {
    LLVMValueRef raised = LLVMBuildFAdd(code->builder, value, number(code, 3), "");
    LLVMValueRef gate = clamp(code, raised, number(code, 0), number(code, 6));
    return multiply(code, value, multiply(code, gate, number(code, 1.0 / 6)));
}

/* 2^n for normal numbers. */
static LLVMValueRef power_of_two(const Code *code, LLVMValueRef n) {
    LLVMValueRef biased = LLVMBuildAdd(code->builder, n, integer(code, EXPONENT_BIAS), "");
    LLVMValueRef bits = LLVMBuildShl(code->builder, biased, integer(code, MANTISSA_BITS), "");
    return LLVMBuildBitCast(code->builder, bits, code->type, "");
}

/* mantissa * 2^exponent, the exponent in -252 .. 0. */
typedef struct Power {
    LLVMValueRef mantissa, exponent;
} Power;

/* factor * power; factor NULL: 1. */
static LLVMValueRef scale(const Code *code, const Power *power, LLVMValueRef factor) {
    LLVMValueRef half = LLVMBuildAShr(code->builder, power->exponent, integer(code, 1), "");
    LLVMValueRef rest = LLVMBuildSub(code->builder, power->exponent, half, "");
    LLVMValueRef scaled = factor == NULL ? power->mantissa : multiply(code, power->mantissa, factor);
    return multiply(code, multiply(code, scaled, power_of_two(code, half)), power_of_two(code, rest));
}

/* What is below the lowest argument of e^a becomes that; NaN stays. */
static LLVMValueRef raise_to_lowest(const Code *code, LLVMValueRef value) {
    LLVMValueRef lowest = number(code, exponential_lowest);
    return choose(code, LLVMRealOLT, value, lowest, lowest, value);
}

/* e^value for exponential_lowest <= value <= 0. */
static Power exponential(const Code *code, LLVMValueRef value) {
    LLVMBuilderRef builder = code->builder;
    LLVMValueRef rounded = multiply_add(code, value, number(code, log2_e), number(code, rounder));
    LLVMValueRef n = LLVMBuildFSub(builder, rounded, number(code, rounder), "");
    LLVMValueRef r = multiply_add(code, n, number(code, -ln2_high), value);
    r = multiply_add(code, n, number(code, -ln2_low), r);
    LLVMValueRef q = number(code, exponential_terms[0]);
    for (int i = 1; i < EXPONENTIAL_TERMS; i++) q = multiply_add(code, q, r, number(code, exponential_terms[i]));
    LLVMValueRef rest = multiply_add(code, multiply(code, r, r), q, r);
    LLVMValueRef sum = LLVMBuildFAdd(builder, rest, number(code, 1), "");
    LLVMValueRef bits = LLVMBuildBitCast(builder, rounded, code->integers, "");
    return (Power){sum, LLVMBuildSub(builder, bits, integer(code, ROUNDER_BITS), "")};
}

/* sigmoid(value), or with a factor value * sigmoid(value). */
static LLVMValueRef sigmoid(const Code *code, LLVMValueRef value, bool with_factor) {
    LLVMValueRef size = intrinsic_call(code->emitter, "llvm.fabs", (LLVMTypeRef[]){code->type}, 1, &value, 1);
    Power power = exponential(code, raise_to_lowest(code, LLVMBuildFNeg(code->builder, size, "")));
    LLVMValueRef e = scale(code, &power, NULL), one = number(code, 1);
    LLVMValueRef below = with_factor ? scale(code, &power, raise_to_lowest(code, value)) : e;
    LLVMValueRef above = choose(code, LLVMRealOLT, value, number(code, 0), below, with_factor ? value : one);
    return LLVMBuildFDiv(code->builder, above, LLVMBuildFAdd(code->builder, e, one, ""), "");
}

LLVMValueRef function_emit(Emitter *emitter, const Lanes *lanes, FunctionKind function, const LLVMValueRef *arguments) {
    Code code = {.emitter = emitter, .builder = emitter->builder, .lanes = lanes, .type = value_type(emitter, lanes)};
    code.integers = lanes == NULL ? emitter->i32 : LLVMVectorType(emitter->i32, (unsigned)lanes->count);
    LLVMValueRef value = arguments[0];
    switch (function) {
    case FUNCTION_RELU: return limit(&code, LLVMRealOGT, value, number(&code, 0));
    case FUNCTION_CLAMP: return clamp(&code, value, arguments[1], arguments[2]);
    case FUNCTION_LEAKY_RELU: return leaky_relu(&code, value, arguments[1]);
    case FUNCTION_HARDSWISH: return hardswish(&code, value);
    case FUNCTION_SIGMOID: return sigmoid(&code, value, false);
    case FUNCTION_SILU: return sigmoid(&code, value, true);
    case FUNCTION_COUNT: break;
    }
    assert(!"a function without code");
    return NULL;
}
