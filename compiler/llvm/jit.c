/* SPDX-License-Identifier: Apache-2.0 */
/* Loads an object file into this process through ORC: exactly the bytes that were written, so that what is checked and
 * measured is what ships. */
#include <llvm-c/Error.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/Orc.h>
#include <string.h>

#include "compiler/llvm/internal.h"

struct LoadedObject {
    const Allocator *allocator;
    LLVMOrcLLJITRef jit;
};

static LLVMErrorRef add_object(LLVMOrcLLJITRef jit, const char *bytes, size_t length) {
    LLVMMemoryBufferRef buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(bytes, length, "kernel");
    return LLVMOrcLLJITAddObjectFile(jit, LLVMOrcLLJITGetMainJITDylib(jit), buffer);
}

/* Makes a function of this process a symbol for the object. */
static LLVMErrorRef add_import(LLVMOrcLLJITRef jit, const char *name, ParallelFor *function) {
    LLVMOrcExecutorAddress address = 0;
    memcpy(&address, &function, sizeof function);
    LLVMOrcCSymbolMapPair pair = {
        .Name = LLVMOrcLLJITMangleAndIntern(jit, name),
        .Sym = {address, {LLVMJITSymbolGenericFlagsExported | LLVMJITSymbolGenericFlagsCallable, 0}},
    };
    return LLVMOrcJITDylibDefine(LLVMOrcLLJITGetMainJITDylib(jit), LLVMOrcAbsoluteSymbols(&pair, 1));
}

void emit_unload(LoadedObject *object) {
    if (object == NULL) return;
    if (object->jit != NULL) LLVMConsumeError(LLVMOrcDisposeLLJIT(object->jit));
    alloc_free(object->allocator, object);
}

Status emit_load(Context *context, const char *bytes, size_t length, const EmitImports *imports, LoadedObject **out) {
    back_ends_start();
    const Allocator *allocator = context_allocator(context);
    LoadedObject *object = alloc_new(allocator, sizeof *object);
    if (object == NULL) return diag_error(context, STATUS_NO_MEMORY, "no memory to load an object");
    *object = (LoadedObject){.allocator = allocator};
    LLVMErrorRef error = LLVMOrcCreateLLJIT(&object->jit, NULL);
    if (error == NULL && imports != NULL) error = add_import(object->jit, "septet_parallel_for", imports->parallel_for);
    if (error == NULL) error = add_object(object->jit, bytes, length);
    if (error != NULL) {
        Status status = report_error(context, "the object cannot be loaded", error);
        emit_unload(object);
        return status;
    }
    *out = object;
    return STATUS_OK;
}

/* ORC's addresses are numbers, since they may belong to another process; ours do not. */
static void *address_pointer(LLVMOrcExecutorAddress address) {
    void *pointer = NULL;
    memcpy(&pointer, &address, sizeof pointer);
    return pointer;
}

void *emit_symbol(LoadedObject *object, const char *name) {
    LLVMOrcExecutorAddress address = 0;
    LLVMErrorRef error = LLVMOrcLLJITLookup(object->jit, &address, name);
    if (error == NULL) return address_pointer(address);
    LLVMConsumeError(error);
    return NULL;
}
