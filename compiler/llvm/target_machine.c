/* SPDX-License-Identifier: Apache-2.0 */
/* LLVM's description of a Target, and LLVM's version. */
#include <threads.h>

#include <llvm-c/Support.h>
#include <llvm-c/Target.h>
#include <llvm/Config/llvm-config.h>

#include "compiler/llvm/internal.h"

/* LLVM's list of back ends and its options are global to the process, and setting them is not thread-safe; all of the
 * back ends take 1 ms.
 *
 * Loop strength reduction is off. It looks for cheaper addresses than base + loop * scale + constant, which is what
 * memory.c emits and what machines have: on the 14 x 2 register tile of a 3x3 layer it takes two thirds of the time of
 * code generation (122 of 185 ms) and keeps so many pointers that the inner loop spills them.
 *
 * Instructions are selected in the order of the source. It is the default for x86 and AArch64, but not for Armv7, where
 * LLVM would hoist loads above multiplications: over ResNet-50's layers on Cortex-A15, the inner loops then have 1839
 * accesses to spilled vectors instead of 3. */
static once_flag back_ends_once = ONCE_FLAG_INIT;

static void register_back_ends(void) {
    static const char *const options[] = {"septet", "-disable-lsr", "-pre-RA-sched=source"};
    LLVMParseCommandLineOptions(sizeof options / sizeof options[0], options, NULL);
    LLVMInitializeAllTargetInfos();
    LLVMInitializeAllTargets();
    LLVMInitializeAllTargetMCs();
    LLVMInitializeAllAsmPrinters();
    LLVMInitializeAllAsmParsers(); /* for inline assembly */
}

void back_ends_start(void) {
    call_once(&back_ends_once, register_back_ends);
}

/* Code is always position-independent: what is not does not link into an executable as compilers make them by default.
 */
Status target_machine_create(Context *context, const Target *target, Held *held) {
    back_ends_start();
    LLVMTargetRef back_end = NULL;
    if (LLVMGetTargetFromTriple(target->triple, &back_end, &held->message)) {
        return diag_error(context, STATUS_UNSUPPORTED, "target %s: %s", target->name, held->message);
    }
    held->machine = LLVMCreateTargetMachine(back_end, target->triple, target->cpu, target->features,
                                            LLVMCodeGenLevelDefault, LLVMRelocPIC, LLVMCodeModelDefault);
    return STATUS_OK;
}

const char *emit_llvm_version(void) {
    return LLVM_VERSION_STRING;
}
