/* SPDX-License-Identifier: Apache-2.0 */
/* What NAME_supported asks of an AArch64. Both instructions stand in code of the architecture's baseline: MRS of an ID
 * register traps, and Linux answers in its place; RDVL is legal because the list of questions has asked for SVE before.
 */
#include "compiler/llvm/internal.h"

static const char *id_register_name(ArmIdRegister id_register) {
    static const char *const names[] = {
#define ID_REGISTER(id, name) name,
#include "targets/arm/id_registers.def"
#undef ID_REGISTER
    };
    return names[id_register];
}

/* An instruction that gives one register of 64 bits. */
static LLVMValueRef instruction(Emitter *emitter, const char *text, const char *constraints) {
    LLVMTypeRef type = LLVMFunctionType(LLVMInt64TypeInContext(emitter->held->llvm), NULL, 0, false);
    return assembly_call(emitter, type, text, constraints, NULL, 0);
}

static LLVMValueRef id_field(Emitter *emitter, const CpuFeature *feature) {
    const char *text = arena_format(emitter->context, "mrs $0, %s", id_register_name(feature->arm.id_register));
    LLVMValueRef value = instruction(emitter, text, "=r");
    LLVMTypeRef type = LLVMTypeOf(value);
    LLVMValueRef shifted = LLVMBuildLShr(emitter->builder, value, LLVMConstInt(type, feature->arm.shift, false), "");
    return LLVMBuildAnd(emitter->builder, shifted, LLVMConstInt(type, 15, false), "");
}

/* RDVL x0, #1, spelt as a number because the code around it is not for SVE. */
static LLVMValueRef sve_bytes(Emitter *emitter) {
    return instruction(emitter, ".inst 0x04bf5020", "={x0}");
}

LLVMValueRef lacks_arm(Emitter *emitter, const CpuFeature *feature) {
    bool is_length = feature->question == QUESTION_SVE_BYTES;
    LLVMValueRef value = is_length ? sve_bytes(emitter) : id_field(emitter, feature);
    LLVMValueRef wanted = LLVMConstInt(LLVMTypeOf(value), is_length ? feature->sve_bytes : feature->arm.least, false);
    return LLVMBuildICmp(emitter->builder, is_length ? LLVMIntNE : LLVMIntULT, value, wanted, "");
}
