/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the steps of an unrolled reduction apart.
 *
 * A schedule sizes its register tile for one step of the reduction: each sum in registers gets one term, and what the
 * terms share is loaded once. In a body of several steps LLVM sees more to share: elements of x that two taps of the
 * filter have in common are then kept from one to the other, and loads of later steps move up among the earlier ones.
 * Either way more values live than there are registers. So before a sum gets its second term there is a fence that only
 * the compiler sees; no instruction comes of it, and loads do not pass it, but for those that an inner loop does not
 * change (the arguments are noalias readonly, which licm knows).
 *
 * The instructions of a step are kept apart too, by a label that no program sees: without it, LLVM's machine scheduler
 * moves multiplications down past the fence, away from the loads that they used up. (It is the annotation label of
 * CodeView; of what LLVM 19 has, only labels bound the scheduler's regions.)
 *
 * Measured with AVX-512 on first layers, whose 3 channels are unrolled too: with the fence alone ResNet-50's 7x7 had 76
 * instead of 1051 accesses to the stack in its border tiles, VGG-16's 3x3 38 instead of 396 and 1.2 x the speed. Bodies
 * of one or two steps were as fast as before. With the label, the inner loops of ResNet-50's layers have none, instead
 * of 66 on AVX-512 and 389 on Cortex-A72, all in the 7x7 (tests/compiler/llvm/test_spills.c counts them). */
#include <string.h>

#include "compiler/llvm/internal.h"

static bool has_term(const StepSums *step, const Element *sum) {
    for (size_t i = 0; i < step->sums.count; i++) {
        if (step->sums.items[i].base == sum->base && step->sums.items[i].offset == sum->offset) return true;
    }
    return false;
}

static void add_label(Emitter *emitter) {
    static const char name[] = "step";
    LLVMContextRef llvm = emitter->held->llvm;
    LLVMMetadataRef text = LLVMMDStringInContext2(llvm, name, strlen(name));
    LLVMValueRef label = LLVMMetadataAsValue(llvm, LLVMMDNodeInContext2(llvm, &text, 1));
    intrinsic_call(emitter, "llvm.codeview.annotation", NULL, 0, &label, 1);
}

void step_add(Emitter *emitter, const Element *sum) {
    StepSums *step = &emitter->step;
    LLVMBasicBlockRef here = LLVMGetInsertBlock(emitter->builder);
    if (step->block != here) step->sums.count = 0;
    step->block = here;
    if (has_term(step, sum)) {
        LLVMBuildFence(emitter->builder, LLVMAtomicOrderingSequentiallyConsistent, true, "");
        add_label(emitter);
        step->sums.count = 0;
    }
    StepSum added = {sum->base, sum->offset};
    VECTOR_PUSH(emitter->context, &step->sums, added);
}
