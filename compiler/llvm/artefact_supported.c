/* SPDX-License-Identifier: Apache-2.0 */
/* NAME_supported(): has this CPU, and its operating system, what the kernel needs? The target's list of questions
 * becomes a chain of tests that ends with 0 at the first that fails, as target_runs_here walks it. No state is kept. */
#include "compiler/llvm/internal.h"

static LLVMValueRef lacks(Emitter *emitter, int index, LLVMValueRef *answers) {
    const CpuFeature *features = emitter->plan->target->required;
    switch (features[index].question) {
    case QUESTION_CPUID_LEAVES:
    case QUESTION_CPUID:
    case QUESTION_XCR0: return lacks_x86(emitter, features, index, answers);
    case QUESTION_HWCAP: return lacks_hwcap(emitter, features, index, answers);
    case QUESTION_ID_FIELD:
    case QUESTION_SVE_BYTES: break;
    }
    return lacks_arm(emitter, &features[index]);
}

void artefact_supported(Emitter *emitter) {
    const Target *target = emitter->plan->target;
    LLVMValueRef *answers = ARENA_ARRAY(emitter->context, LLVMValueRef, (size_t)target->required_count + 1);
    function_begin(emitter, "_supported", status_function_type(emitter, 0), CODE_BASELINE);
    for (int i = 0; i < target->required_count; i++) return_status_if(emitter, lacks(emitter, i, answers), 0);
    return_status(emitter, 1);
    function_finish(emitter);
}
