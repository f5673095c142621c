/* SPDX-License-Identifier: Apache-2.0 */
/* LLVM as a library: a Plan becomes an object file, assembly or LLVM IR in memory; objects are loaded and called
 * through ORC. No LLVM type is seen outside this folder.
 *
 * Threads with contexts of their own may call these functions at the same time. The first call registers LLVM's back
 * ends and sets its options, for the whole process. LLVM ends the process when it cannot select an instruction or runs
 * out of memory; whoever must survive that emits in a child. */
#ifndef SEPTET_COMPILER_LLVM_EMIT_H
#define SEPTET_COMPILER_LLVM_EMIT_H

#include "compiler/plan.h"

typedef enum EmitKind {
    EMIT_OBJECT,
    EMIT_ASSEMBLY,
    EMIT_LISTING, /* assembly with what LLVM knows about it in comments: loops, spills (code_loops.c reads it) */
    EMIT_LLVM_IR
} EmitKind;

/* Sizes that the header states. */
typedef struct KernelSizes {
    int64_t packed_bytes; /* with the 64-byte tag */
    int64_t workspace_bytes;
    int64_t workers;
} KernelSizes;

void emit_sizes(const Plan *plan, KernelSizes *out);

/* Emits NAME, NAME_call, NAME_pack, NAME_supported and NAME_info. Bytes in the context's arena (text is NUL-terminated,
 * not counted). Same plan: same bytes. May be called inside context_run or outside. STATUS_UNSUPPORTED with what this
 * version cannot emit; STATUS_INVALID with LLVM's message is a bug. */
Status emit_kernel(Context *context, const Plan *plan, EmitKind kind, const char **bytes, size_t *length);

/* Packs `count` arrays of weights, each as NAME_pack takes it, into what NAME_pack of this plan's kernel would write,
 * tag included: packed[i] has KernelSizes.packed_bytes bytes, in the context's arena. The plan may be for any target:
 * its NAME_pack is compiled for the machine at hand, loaded and called. STATUS_UNSUPPORTED when there is no target for
 * this machine. */
Status emit_packed(Context *context, const Plan *plan, const float *const *weights, size_t count, const void **packed);

/* A constant array of bytes under a symbol of its own. */
typedef struct EmitConstant {
    const char *symbol;
    const void *bytes;
    size_t length; /* at least 1 */
} EmitConstant;

/* An object file of constants, each aligned to 64 bytes, for a target; `name` is its file symbol. In the context's
 * arena; the same constants: the same bytes. */
Status emit_constants(Context *context, const Target *target, const char *name, const EmitConstant *constants,
                      size_t count, const char **bytes, size_t *length);

/* The C header of the kernel, in the context's arena. Inside context_run. */
const char *emit_header(Context *context, const Plan *plan);

/* A loaded object: exactly the bytes that were written, linked into this process. It outlives the context; emit_unload
 * frees it, and its code with it. STATUS_INVALID with the reason. May be called outside of context_run. `imports` may
 * be NULL. */
typedef struct LoadedObject LoadedObject;

/* The functions of this process that an object may call. NULL: none is to be had. */
typedef void ParallelFor(size_t tasks, size_t workers, void (*body)(void *closure, size_t task, size_t worker),
                         void *closure);
typedef struct EmitImports {
    ParallelFor *parallel_for; /* septet_parallel_for (runtime/septet_rt.h), of kernels with loops on cores */
} EmitImports;

Status emit_load(Context *context, const char *bytes, size_t length, const EmitImports *imports, LoadedObject **out);
void emit_unload(LoadedObject *object); /* NULL is allowed */

/* Address of a symbol, NULL when there is none. */
void *emit_symbol(LoadedObject *object, const char *name);

/* "19.1.7" */
const char *emit_llvm_version(void);

#endif
