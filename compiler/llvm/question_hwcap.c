/* SPDX-License-Identifier: Apache-2.0 */
/* What NAME_supported asks of Linux where programs may not read the ID registers themselves (Armv7): AT_HWCAP, out of
 * the list that the kernel hands to each process. The C library has it too (getauxval), but a kernel calls nobody; so
 * the list is read from /proc/self/auxv, by system calls:
 *
 *     file = open("/proc/self/auxv", O_RDONLY | O_CLOEXEC);
 *     length = read(file, list, sizeof list);
 *     close(file);
 *     for (at = 0; at < length; at += 8)
 *         if (list[at] == AT_HWCAP) return list[at + 4];
 *     return 0;
 *
 * Errors are negative numbers, with which the next call fails and the loop ends: without /proc the answer is no. */
#include "compiler/llvm/internal.h"

/* Linux, arch/arm/tools/syscall.tbl, include/uapi/linux/auxvec.h; O_CLOEXEC of asm-generic/fcntl.h. */
enum { CALL_READ = 3, CALL_OPEN = 5, CALL_CLOSE = 6, OPEN_CLOEXEC = 02000000, AT_HWCAP = 16 };

/* A pair of 4-byte words each; kernels hand out about 20. */
enum { LIST_BYTES = 512, ENTRY_BYTES = 8, VALUE_OFFSET = 4 };

static LLVMValueRef word(Emitter *emitter, uint32_t value) {
    return LLVMConstInt(emitter->i32, value, false);
}

static LLVMValueRef system_call(Emitter *emitter, uint32_t number, LLVMValueRef first, LLVMValueRef second,
                                LLVMValueRef third) {
    LLVMTypeRef types[] = {emitter->i32, LLVMTypeOf(first), LLVMTypeOf(second), LLVMTypeOf(third)};
    LLVMTypeRef type = LLVMFunctionType(emitter->i32, types, 4, false);
    LLVMValueRef arguments[] = {word(emitter, number), first, second, third};
    return assembly_call(emitter, type, "svc #0", "={r0},{r7},{r0},{r1},{r2},~{memory}", arguments, 4);
}

static LLVMValueRef list_buffer(Emitter *emitter) {
    LLVMBasicBlockRef here = LLVMGetInsertBlock(emitter->builder);
    LLVMPositionBuilderAtEnd(emitter->builder, emitter->entry);
    LLVMTypeRef type = LLVMArrayType2(LLVMInt8TypeInContext(emitter->held->llvm), LIST_BYTES);
    LLVMValueRef list = LLVMBuildAlloca(emitter->builder, type, "auxv");
    LLVMSetAlignment(list, sizeof(uint32_t));
    LLVMPositionBuilderAtEnd(emitter->builder, here);
    return list;
}

/* Returns how many bytes were read. */
static LLVMValueRef read_list(Emitter *emitter, LLVMValueRef list) {
    LLVMValueRef path = string_constant(emitter, "/proc/self/auxv"), none = word(emitter, 0);
    LLVMValueRef file = system_call(emitter, CALL_OPEN, path, word(emitter, OPEN_CLOEXEC), none);
    LLVMValueRef length = system_call(emitter, CALL_READ, file, list, word(emitter, LIST_BYTES));
    system_call(emitter, CALL_CLOSE, file, none, none);
    return length;
}

static LLVMValueRef load_word(Emitter *emitter, LLVMValueRef list, LLVMValueRef at) {
    LLVMTypeRef byte = LLVMInt8TypeInContext(emitter->held->llvm);
    LLVMValueRef place = LLVMBuildGEP2(emitter->builder, byte, list, &at, 1, "");
    return LLVMBuildLoad2(emitter->builder, emitter->i32, place, "");
}

/* The loop; the builder is left behind it. */
static LLVMValueRef find_hwcap(Emitter *emitter, LLVMValueRef list, LLVMValueRef length) {
    LLVMBuilderRef builder = emitter->builder;
    LLVMBasicBlockRef before = LLVMGetInsertBlock(builder), head = block_append(emitter, "head");
    LLVMBasicBlockRef look = block_append(emitter, "look"), end = block_append(emitter, "end");
    LLVMBuildBr(builder, head);
    LLVMPositionBuilderAtEnd(builder, head);
    LLVMValueRef at = LLVMBuildPhi(builder, emitter->i32, "at");
    LLVMBuildCondBr(builder, LLVMBuildICmp(builder, LLVMIntSLT, at, length, ""), look, end);
    LLVMPositionBuilderAtEnd(builder, look);
    LLVMValueRef kind = load_word(emitter, list, at);
    LLVMValueRef value = load_word(emitter, list, LLVMBuildAdd(builder, at, word(emitter, VALUE_OFFSET), ""));
    LLVMValueRef next = LLVMBuildAdd(builder, at, word(emitter, ENTRY_BYTES), "");
    LLVMBuildCondBr(builder, LLVMBuildICmp(builder, LLVMIntEQ, kind, word(emitter, AT_HWCAP), ""), end, head);
    LLVMAddIncoming(at, (LLVMValueRef[]){word(emitter, 0), next}, (LLVMBasicBlockRef[]){before, look}, 2);
    LLVMPositionBuilderAtEnd(builder, end);
    LLVMValueRef found = LLVMBuildPhi(builder, emitter->i32, "hwcap");
    LLVMAddIncoming(found, (LLVMValueRef[]){word(emitter, 0), value}, (LLVMBasicBlockRef[]){head, look}, 2);
    return found;
}

static LLVMValueRef hwcap(Emitter *emitter) {
    LLVMValueRef list = list_buffer(emitter);
    return find_hwcap(emitter, list, read_list(emitter, list));
}

LLVMValueRef lacks_hwcap(Emitter *emitter, const CpuFeature *features, int index, LLVMValueRef *answers) {
    bool is_known = index > 0 && features[index - 1].question == QUESTION_HWCAP;
    answers[index] = is_known ? answers[index - 1] : hwcap(emitter);
    LLVMValueRef bits = word(emitter, features[index].hwcap);
    LLVMValueRef present = LLVMBuildAnd(emitter->builder, answers[index], bits, "");
    return LLVMBuildICmp(emitter->builder, LLVMIntNE, present, bits, "");
}
