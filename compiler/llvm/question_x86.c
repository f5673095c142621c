/* SPDX-License-Identifier: Apache-2.0 */
/* What NAME_supported asks of an x86: CPUID, and XGETBV where the operating system has a say. */
#include "compiler/llvm/internal.h"

static LLVMValueRef word(Emitter *emitter, uint32_t value) {
    return LLVMConstInt(emitter->i32, value, false);
}

/* An instruction that reads `inputs` registers and gives `outputs` of them, all of 32 bits. */
static LLVMValueRef instruction(Emitter *emitter, const char *text, const char *constraints, unsigned outputs,
                                LLVMValueRef *arguments, unsigned inputs) {
    LLVMTypeRef words[] = {emitter->i32, emitter->i32, emitter->i32, emitter->i32};
    LLVMTypeRef result = LLVMStructTypeInContext(emitter->held->llvm, words, outputs, false);
    LLVMTypeRef type = LLVMFunctionType(result, words, inputs, false);
    return assembly_call(emitter, type, text, constraints, arguments, inputs);
}

static LLVMValueRef cpuid(Emitter *emitter, const CpuFeature *feature) {
    LLVMValueRef arguments[] = {word(emitter, feature->x86.leaf), word(emitter, feature->x86.subleaf)};
    return instruction(emitter, "cpuid", "={ax},={bx},={cx},={dx},0,2,~{dirflag},~{fpsr},~{flags}", 4, arguments, 2);
}

static bool same_leaf(const CpuFeature *a, const CpuFeature *b) {
    return a->question != QUESTION_XCR0 && b->question != QUESTION_XCR0 && a->x86.leaf == b->x86.leaf &&
           a->x86.subleaf == b->x86.subleaf;
}

/* The four words of a feature's leaf, asked for once: CPUID takes microseconds on a virtual machine. An earlier answer
 * is at hand wherever a later question is reached, because the chain has no other branches. */
static LLVMValueRef cpuid_words(Emitter *emitter, const CpuFeature *features, int index, LLVMValueRef *answers) {
    for (int i = 0; i < index; i++) {
        if (same_leaf(&features[i], &features[index])) return answers[i];
    }
    return cpuid(emitter, &features[index]);
}

static LLVMValueRef xcr0(Emitter *emitter) {
    LLVMValueRef zero = word(emitter, 0);
    LLVMValueRef words = instruction(emitter, "xgetbv", "={ax},={dx},{cx},~{dirflag},~{fpsr},~{flags}", 2, &zero, 1);
    return LLVMBuildExtractValue(emitter->builder, words, 0, "");
}

static LLVMValueRef lacks_bits(Emitter *emitter, LLVMValueRef value, uint32_t bits) {
    LLVMValueRef present = LLVMBuildAnd(emitter->builder, value, word(emitter, bits), "");
    return LLVMBuildICmp(emitter->builder, LLVMIntNE, present, word(emitter, bits), "");
}

LLVMValueRef lacks_x86(Emitter *emitter, const CpuFeature *features, int index, LLVMValueRef *answers) {
    const CpuFeature *feature = &features[index];
    if (feature->question == QUESTION_XCR0) return lacks_bits(emitter, xcr0(emitter), feature->x86.bits);
    answers[index] = cpuid_words(emitter, features, index, answers);
    LLVMValueRef value = LLVMBuildExtractValue(emitter->builder, answers[index], feature->x86.word, "");
    if (feature->question == QUESTION_CPUID) return lacks_bits(emitter, value, feature->x86.bits);
    return LLVMBuildICmp(emitter->builder, LLVMIntULT, value, word(emitter, feature->x86.bits), "");
}
