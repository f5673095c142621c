/* SPDX-License-Identifier: Apache-2.0 */
/* A plan becomes an object file, assembly or LLVM IR in memory: check, build the module, optimise, generate code. Two
 * other objects are made the same way: one that packs weights on this machine, and one of constants.
 *
 * The bytes depend on the plan and on LLVM's version alone: the module's name is the kernel's (it becomes the object's
 * file symbol), there are no paths, and every list is walked in the order of the plan. */
#include <llvm-c/Analysis.h>
#include <llvm-c/Error.h>
#include <string.h>

#include "compiler/llvm/internal.h"

typedef struct Emission {
    Context *context;
    const char *name; /* of the module */
    const Target *target;
    const Plan *plan; /* NULL: constants */
    EmitKind kind;
    const EmitConstant *constants;
    size_t constant_count;
    Held held;
    const char **bytes; /* out */
    size_t *length;     /* out */
} Emission;

/* By the caller of context_run, since the arena may unwind past all others. */
static void release(Held *held) {
    if (held->message != NULL) LLVMDisposeMessage(held->message);
    if (held->buffer != NULL) LLVMDisposeMemoryBuffer(held->buffer);
    if (held->options != NULL) LLVMDisposePassBuilderOptions(held->options);
    if (held->builder != NULL) LLVMDisposeBuilder(held->builder);
    if (held->module != NULL) LLVMDisposeModule(held->module);
    if (held->machine != NULL) LLVMDisposeTargetMachine(held->machine);
    if (held->llvm != NULL) LLVMContextDispose(held->llvm);
    *held = (Held){0};
}

/* Keeps the first error that LLVM reports through its context, instead of its printing it. */
static void keep_diagnostic(LLVMDiagnosticInfoRef info, void *data) {
    Held *held = data;
    if (LLVMGetDiagInfoSeverity(info) != LLVMDSError || held->message != NULL) return;
    held->message = LLVMGetDiagInfoDescription(info);
}

static void create_module(Emission *emission) {
    Held *held = &emission->held;
    held->llvm = LLVMContextCreate();
    LLVMContextSetDiagnosticHandler(held->llvm, keep_diagnostic, held);
    held->module = LLVMModuleCreateWithNameInContext(emission->name, held->llvm);
    held->builder = LLVMCreateBuilderInContext(held->llvm);
    LLVMSetTarget(held->module, emission->target->triple);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(held->machine);
    LLVMSetModuleDataLayout(held->module, layout);
    LLVMDisposeTargetData(layout);
}

static Emitter emitter_start(Emission *emission) {
    Held *held = &emission->held;
    size_t loops = (size_t)emission->plan->nest->var_count + 1;
    return (Emitter){
        .context = emission->context,
        .plan = emission->plan,
        .held = held,
        .module = held->module,
        .builder = held->builder,
        .i32 = LLVMInt32TypeInContext(held->llvm),
        .i64 = LLVMInt64TypeInContext(held->llvm),
        .index = LLVMIntTypeInContext(held->llvm, 8 * (unsigned)emission->plan->target->address_bytes),
        .f32 = LLVMFloatTypeInContext(held->llvm),
        .pointer = LLVMPointerTypeInContext(held->llvm, 0),
        .loop_values = ARENA_ARRAY(emission->context, LLVMValueRef, loops),
        .loop_depths = ARENA_ARRAY(emission->context, int, loops),
    };
}

static Status verify_module(Emission *emission) {
    Held *held = &emission->held;
    if (!LLVMVerifyModule(held->module, LLVMReturnStatusAction, &held->message)) {
        LLVMDisposeMessage(held->message);
        held->message = NULL;
        return STATUS_OK;
    }
    return diag_error(emission->context, STATUS_INVALID, "LLVM finds the emitted code malformed: %s", held->message);
}

static void take_bytes(Emission *emission, const char *bytes, size_t length) {
    *emission->bytes = arena_substring(emission->context, bytes, length);
    *emission->length = length;
}

static Status generate_text(Emission *emission) {
    emission->held.message = LLVMPrintModuleToString(emission->held.module);
    take_bytes(emission, emission->held.message, strlen(emission->held.message));
    return STATUS_OK;
}

static Status generate_code(Emission *emission) {
    Held *held = &emission->held;
    LLVMSetTargetMachineAsmVerbosity(held->machine, emission->kind == EMIT_LISTING);
    LLVMCodeGenFileType type = emission->kind == EMIT_OBJECT ? LLVMObjectFile : LLVMAssemblyFile;
    bool failed = LLVMTargetMachineEmitToMemoryBuffer(held->machine, held->module, type, &held->message, &held->buffer);
    if (failed || held->message != NULL) {
        const char *message = held->message == NULL ? "" : held->message;
        return diag_error(emission->context, STATUS_UNSUPPORTED, "LLVM cannot generate code: %s", message);
    }
    take_bytes(emission, LLVMGetBufferStart(held->buffer), LLVMGetBufferSize(held->buffer));
    return STATUS_OK;
}

/* Starts a module and the state of emission into it. */
static Status start(Emission *emission) {
    TRY(target_machine_create(emission->context, emission->target, &emission->held));
    create_module(emission);
    return STATUS_OK;
}

/* What has been built becomes bytes; with an emitter, there is code of a kernel in it. */
static Status finish(Emission *emission, Emitter *emitter) {
    TRY(verify_module(emission));
    TRY(module_optimise(emission->context, &emission->held));
    if (emitter != NULL) operands_rewrite(emitter);
    return emission->kind == EMIT_LLVM_IR ? generate_text(emission) : generate_code(emission);
}

static Status kernel_body(void *data) {
    Emission *emission = data;
    TRY(check_emittable(emission->context, emission->plan));
    TRY(start(emission));
    Emitter emitter = emitter_start(emission);
    artefact_kernel(&emitter);
    artefact_call(&emitter);
    artefact_supported(&emitter);
    artefact_pack(&emitter);
    artefact_info(&emitter);
    return finish(emission, &emitter);
}

static Status packer_body(void *data) {
    Emission *emission = data;
    TRY(check_emittable(emission->context, emission->plan));
    TRY(start(emission));
    Emitter emitter = emitter_start(emission);
    artefact_supported(&emitter);
    artefact_pack(&emitter);
    return finish(emission, NULL);
}

/* Constants are bytes as they lie in memory: numbers of this machine, whose byte order is that of all targets. */
static void add_constant(Emission *emission, const EmitConstant *constant) {
    Held *held = &emission->held;
    LLVMValueRef bytes = LLVMConstStringInContext2(held->llvm, constant->bytes, constant->length, true);
    LLVMValueRef global = LLVMAddGlobal(held->module, LLVMTypeOf(bytes), constant->symbol);
    LLVMSetInitializer(global, bytes);
    LLVMSetGlobalConstant(global, true);
    LLVMSetAlignment(global, BUFFER_ALIGNMENT);
}

static Status constants_body(void *data) {
    Emission *emission = data;
    TRY(start(emission));
    for (size_t i = 0; i < emission->constant_count; i++) add_constant(emission, &emission->constants[i]);
    return finish(emission, NULL);
}

static Status run(Emission *emission, Status (*body)(void *emission)) {
    Status status = context_run(emission->context, body, emission);
    release(&emission->held);
    return status;
}

Status emit_kernel(Context *context, const Plan *plan, EmitKind kind, const char **bytes, size_t *length) {
    Emission emission = {.context = context, .name = plan->name, .target = plan->target, .plan = plan, .kind = kind};
    emission.bytes = bytes;
    emission.length = length;
    return run(&emission, kernel_body);
}

Status emit_packer(Context *context, const Plan *plan, const char **bytes, size_t *length) {
    Emission emission = {.context = context, .name = plan->name, .target = plan->target, .plan = plan};
    emission.bytes = bytes;
    emission.length = length;
    return run(&emission, packer_body);
}

Status emit_constants(Context *context, const Target *target, const char *name, const EmitConstant *constants,
                      size_t count, const char **bytes, size_t *length) {
    Emission emission = {.context = context, .name = name, .target = target, .constants = constants};
    emission.constant_count = count;
    emission.bytes = bytes;
    emission.length = length;
    return run(&emission, constants_body);
}
