/* SPDX-License-Identifier: Apache-2.0 */
/* NAME_supported(): has this CPU, and its operating system, what the kernel needs? The target's list of questions
 * becomes a chain of tests that ends with 0 at the first that fails, as target_runs_here walks it. No state is kept. */
#include <string.h>

#include "compiler/llvm/internal.h"

/* An instruction that reads `inputs` registers and gives `outputs` of them, all of 32 bits. */
static LLVMValueRef assembly(Emitter *emitter, const char *text, const char *constraints, unsigned outputs,
                             LLVMValueRef *arguments, unsigned inputs) {
    LLVMTypeRef words[] = {emitter->i32, emitter->i32, emitter->i32, emitter->i32};
    LLVMTypeRef result = LLVMStructTypeInContext(emitter->held->llvm, words, outputs, false);
    LLVMTypeRef type = LLVMFunctionType(result, words, inputs, false);
    LLVMValueRef code = LLVMGetInlineAsm(type, text, strlen(text), constraints, strlen(constraints), true, false,
                                         LLVMInlineAsmDialectATT, false);
    return LLVMBuildCall2(emitter->builder, type, code, arguments, inputs, "");
}

static LLVMValueRef word(Emitter *emitter, uint32_t value) {
    return LLVMConstInt(emitter->i32, value, false);
}

static LLVMValueRef cpuid(Emitter *emitter, const CpuFeature *feature) {
    LLVMValueRef arguments[] = {word(emitter, feature->leaf), word(emitter, feature->subleaf)};
    return assembly(emitter, "cpuid", "={ax},={bx},={cx},={dx},0,2,~{dirflag},~{fpsr},~{flags}", 4, arguments, 2);
}

static bool same_leaf(const CpuFeature *a, const CpuFeature *b) {
    return a->question != QUESTION_XCR0 && b->question != QUESTION_XCR0 && a->leaf == b->leaf &&
           a->subleaf == b->subleaf;
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
    LLVMValueRef words = assembly(emitter, "xgetbv", "={ax},={dx},{cx},~{dirflag},~{fpsr},~{flags}", 2, &zero, 1);
    return LLVMBuildExtractValue(emitter->builder, words, 0, "");
}

static LLVMValueRef lacks_bits(Emitter *emitter, LLVMValueRef value, uint32_t bits) {
    LLVMValueRef present = LLVMBuildAnd(emitter->builder, value, word(emitter, bits), "");
    return LLVMBuildICmp(emitter->builder, LLVMIntNE, present, word(emitter, bits), "");
}

static LLVMValueRef lacks(Emitter *emitter, const CpuFeature *features, int index, LLVMValueRef *answers) {
    const CpuFeature *feature = &features[index];
    if (feature->question == QUESTION_XCR0) return lacks_bits(emitter, xcr0(emitter), feature->bits);
    answers[index] = cpuid_words(emitter, features, index, answers);
    LLVMValueRef value = LLVMBuildExtractValue(emitter->builder, answers[index], feature->word, "");
    if (feature->question == QUESTION_CPUID) return lacks_bits(emitter, value, feature->bits);
    return LLVMBuildICmp(emitter->builder, LLVMIntULT, value, word(emitter, feature->bits), "");
}

void artefact_supported(Emitter *emitter) {
    const Target *target = emitter->plan->target;
    LLVMValueRef *answers = ARENA_ARRAY(emitter->context, LLVMValueRef, (size_t)target->required_count + 1);
    function_begin(emitter, "_supported", status_function_type(emitter, 0), CODE_BASELINE);
    for (int i = 0; i < target->required_count; i++) {
        return_status_if(emitter, lacks(emitter, target->required, i, answers), 0);
    }
    return_status(emitter, 1);
    function_finish(emitter);
}
