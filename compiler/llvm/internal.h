/* SPDX-License-Identifier: Apache-2.0 */
/* How emission is divided among the files of this folder.
 *
 *     object.c               a plan becomes bytes: check, build the module, optimise, generate code
 *       check.c              refuses what cannot be emitted, so that nothing after it can fail
 *       address_space.c      … what is too large for 32-bit addresses
 *       target_machine.c     LLVM's description of a Target
 *       module.c             functions and their attributes, the pass pipeline
 *       artefact_kernel.c    NAME: checks of its arguments, then the nest's body
 *       artefact_call.c      NAME_call: NAME with its arguments in a struct
 *       artefact_pack.c      NAME_pack: the nest's ahead part
 *       artefact_supported.c NAME_supported; question_*.c: what it asks of the machine
 *       artefact_info.c      NAME_info
 *         statement.c        statements: loops, guards, buffers
 *         cores.c            loops whose iterations run on threads
 *         tile.c             loops that are one operation: tile_transpose.c, tile_dot.c
 *         lanes.c            one store, of a single element or of all lanes of a vector
 *         value.c            value expressions
 *         types.c            elements in memory, and the f32 that they are computed with
 *         function.c         functions of values: relu, sigmoid, …
 *         steps.c            the steps of an unrolled reduction, kept apart
 *         constants.c        constant tensors as read-only data
 *         memory.c           tensors: where they lie, and the address of an element
 *         index.c            quasi-affine indices as integers
 *       operands.c           after the passes: broadcasts that multiplications read from memory themselves
 *     packed.c               sizes, the order of packed tensors, the tag in front of them
 *     pack_here.c            weights that are packed while compiling
 *     parameters.c           what NAME takes
 *     header.c               the C header
 *     jit.c                  loading an object
 *     code_loops.c           the loops of the assembly, and what they are made of
 *
 * Statements are emitted at the builder's place; a function that emits leaves the builder where the next statement
 * goes.
 */
#ifndef SEPTET_COMPILER_LLVM_INTERNAL_H
#define SEPTET_COMPILER_LLVM_INTERNAL_H

#include <llvm-c/Core.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>

#include "base/integer.h"
#include "base/vector.h"
#include "compiler/llvm/emit.h"
#include "ir/facts.h"

enum {
    KERNEL_ABI = 1,        /* of the prototype, the tag, struct septet_kernel_info and struct septet_args */
    PACKED_TAG_BYTES = 64, /* in front of the packed tensors */
    BUFFER_ALIGNMENT = 64, /* packed, workspace, and buffers on the stack */
    KERNEL_MAX_PARAMETERS = 8,
    TAG_WORDS = 4
};

#define TAG_WORD_BYTES ((int64_t)sizeof(uint64_t))

/* enum septet_kernel_status of the header. */
enum { KERNEL_OK = 0, KERNEL_MISALIGNED = 1, KERNEL_UNSUPPORTED = 2, KERNEL_WRONG_PACKED = 3 };

/* What LLVM owns. It is released by the function that calls context_run, since the arena may unwind past all others. */
typedef struct Held {
    LLVMContextRef llvm;
    LLVMModuleRef module;
    LLVMBuilderRef builder;
    LLVMTargetMachineRef machine;
    LLVMPassBuilderOptionsRef options;
    LLVMMemoryBufferRef buffer;
    char *message;
} Held;

/* Where a tensor lies while a function runs. A list, innermost first, on the C stack of whoever walks the tree. */
typedef struct Buffer {
    const struct Buffer *outer;
    const Tensor *tensor;
    LLVMValueRef base;
    int64_t alignment; /* of base, in bytes */
} Buffer;

/* Addresses that were computed in a basic block: base + an offset without its constant. */
typedef struct Address {
    LLVMValueRef base;
    LLVMTypeRef type; /* of the elements */
    const Affine *variable;
    LLVMValueRef pointer;
} Address;

typedef struct AddressCache {
    LLVMBasicBlockRef block;
    VECTOR(Address) list;
} AddressCache;

/* Sums in registers that got a term in this step of a reduction (steps.c). */
typedef struct StepSum {
    LLVMValueRef base;
    int64_t offset;
} StepSum;

typedef struct StepSums {
    LLVMBasicBlockRef block;
    VECTOR(StepSum) sums;
} StepSums;

/* The state of emission. */
typedef struct Emitter {
    Context *context;
    const Plan *plan;
    Held *held;
    LLVMModuleRef module;
    LLVMBuilderRef builder;
    LLVMTypeRef i32, i64, f32, pointer;
    LLVMTypeRef index; /* integers as wide as an address: of loops, offsets, sizes */

    /* Of the function that is being emitted. */
    LLVMValueRef function;
    LLVMBasicBlockRef entry;   /* holds the buffers on the stack, and nothing else */
    LLVMBasicBlockRef body;    /* follows it */
    bool fma;                  /* fused multiply-add is one instruction */
    LLVMValueRef *loop_values; /* of loops in scope, by Var.id */
    int *loop_depths;          /* how many loops are around it, by Var.id */
    int depth;
    const Buffer *buffers;
    AddressCache addresses;
    StepSums step;
    LLVMValueRef workspace;
    int64_t workspace_used; /* bytes that the buffers around hold */
} Emitter;

/* The lanes on which a statement runs at the same time. A NULL Lanes: a single element. */
typedef struct Lanes {
    const Var *var;
    int64_t count;
    LLVMValueRef mask; /* <count x i1>: lanes that take part; NULL = all */
} Lanes;

/* An element of a tensor, or those of the lanes. */
typedef struct Element {
    LLVMValueRef pointer; /* to the element, or to that of lane 0 */
    LLVMValueRef base;    /* of the tensor */
    int64_t offset;       /* of pointer, in elements: its constant part */
    unsigned alignment;   /* in bytes */
    int64_t stride;       /* from lane to lane, in elements: 0 or 1 */
    ScalarType type;      /* in memory */
    bool registers;       /* no memory: written whole, masks become selects */
} Element;

/* A parameter of NAME, or of NAME_pack. */
typedef struct Parameter {
    const char *name;   /* in the prototype */
    const char *tensor; /* of the nest; NULL: packed, workspace */
    int64_t alignment;
    bool written;
    bool may_alias; /* the residual may equal y */
} Parameter;

/* parameters.c: what NAME takes, in order; returns how many. */
int kernel_parameters(const Plan *plan, Parameter out[KERNEL_MAX_PARAMETERS]);

/* check.c: STATUS_UNSUPPORTED with the reason when the plan's nest cannot be emitted. */
Status check_emittable(Context *context, const Plan *plan);

/* address_space.c: STATUS_UNSUPPORTED when a tensor of the plan is too large for the target's addresses. */
Status check_address_space(Context *context, const Plan *plan);

/* target_machine.c: makes held->machine. */
void back_ends_start(void); /* once for all threads */
Status target_machine_create(Context *context, const Target *target, Held *held);

/* module.c: a function with the attributes of kernel code, or of code that every CPU of the architecture runs. The
 * builder stands at the start of its body, which comes after the block of buffers; function_finish joins the two. */
typedef enum FunctionCode { CODE_KERNEL, CODE_BASELINE } FunctionCode;
void function_begin(Emitter *emitter, const char *suffix, LLVMTypeRef type, FunctionCode code);
void function_finish(Emitter *emitter);
LLVMBasicBlockRef block_append(Emitter *emitter, const char *name);
LLVMTypeRef status_function_type(Emitter *emitter, int parameters);
void return_status(Emitter *emitter, int status);
/* Returns `status` when the condition holds, else goes on. */
void return_status_if(Emitter *emitter, LLVMValueRef condition, int status);
void parameter_attribute(Emitter *emitter, int index, const char *name);
LLVMValueRef integer_constant(Emitter *emitter, int64_t value); /* of the type of indices */
LLVMValueRef word_constant(Emitter *emitter, uint64_t value);   /* of 64 bits everywhere */
/* Calls the intrinsic overloaded on `types`. */
LLVMValueRef intrinsic_call(Emitter *emitter, const char *name, LLVMTypeRef *types, int type_count,
                            LLVMValueRef *arguments, int argument_count);
/* Inline assembly with side effects. */
LLVMValueRef assembly_call(Emitter *emitter, LLVMTypeRef type, const char *text, const char *constraints,
                           LLVMValueRef *arguments, unsigned argument_count);
Status module_optimise(Context *context, Held *held);
/* STATUS_INVALID with "what: " and the message of an LLVM error, which is released. */
Status report_error(Context *context, const char *what, LLVMErrorRef error);

/* constants.c: the constant tensors that the statement reads become buffers around it. */
void add_constant_buffers(Emitter *emitter, const Stmt *stmt);

/* artefact_*.c: each adds one function to the module. */
LLVMValueRef misaligned(Emitter *emitter, LLVMValueRef pointer, int64_t alignment); /* address bits that should be 0 */
void buffer_add(Emitter *emitter, const Tensor *tensor, LLVMValueRef base, int64_t alignment);
void add_packed_buffers(Emitter *emitter, LLVMValueRef packed);
void artefact_supported(Emitter *emitter);
void artefact_pack(Emitter *emitter);
void artefact_kernel(Emitter *emitter);
void artefact_call(Emitter *emitter); /* after artefact_kernel */
void artefact_info(Emitter *emitter);
LLVMValueRef string_constant(Emitter *emitter, const char *text); /* a pointer to a string of the object's own */

/* question_*.c: is the feature absent? An i1. answers[i] keeps what question i has been told, for later ones. */
LLVMValueRef lacks_x86(Emitter *emitter, const CpuFeature *features, int index, LLVMValueRef *answers);
LLVMValueRef lacks_arm(Emitter *emitter, const CpuFeature *feature);
LLVMValueRef lacks_hwcap(Emitter *emitter, const CpuFeature *features, int index, LLVMValueRef *answers);

/* packed.c */
int64_t round_up(int64_t value, int64_t multiple);
int64_t packed_offset(const Nest *nest, const Tensor *tensor); /* in bytes from the start, tag included */
int64_t packed_bytes(const Nest *nest);
int64_t workspace_bytes(const Plan *plan);
int64_t worker_bytes(const Stmt *body);                           /* of a worker that runs it */
int plan_workers(const Plan *plan);                               /* 1 without loops on cores */
int64_t workspace_offset(const Nest *nest, const Tensor *tensor); /* of a tensor that lives all the time */
void packed_tag(Context *context, const Plan *plan, uint64_t words[TAG_WORDS]);

/* object.c: NAME_pack and NAME_supported alone. */
Status emit_packer(Context *context, const Plan *plan, const char **bytes, size_t *length);

/* statement.c */
void statement_emit(Emitter *emitter, const Facts *facts, const Stmt *stmt);
/* "co.17.", "n.0.p.2.": the loops of the nest that a loop of the code runs through, by name and Var.id. code_loops.c
 * reads it; LLVM adds a number where the name is taken. */
const char *loop_block_name(Emitter *emitter, const Stmt *const *loops, int count);
/* Runs `body` for each value of an index from `lower` to below `upper`; the builder stands where the loop is entered,
 * at least once. The loop is named, and goes on at `end`. */
typedef void IterationEmit(Emitter *emitter, const void *data, LLVMValueRef value);
void iterations_emit(Emitter *emitter, const char *name, LLVMValueRef lower, LLVMValueRef upper, LLVMBasicBlockRef end,
                     IterationEmit *body, const void *data);
LLVMBasicBlockRef branch_begin(Emitter *emitter, LLVMValueRef condition); /* to the code of "then"; returns "end" */
void branch_end(Emitter *emitter, LLVMBasicBlockRef end);

/* cores.c: the loops on cores that begin with the outermost one in front, and of those that follow it directly as many
 * as may run at the same time. Returns how many statements that were; 0 when there is nothing to divide among threads.
 */
int cores_emit(Emitter *emitter, const Facts *facts, const Stmt *const *stmts, int count);

/* tile.c: a loop marked tile and all that it holds, when there is code for the whole; else nothing. */
bool tile_loops_emit(Emitter *emitter, const Facts *facts, const Stmt *loop);

/* lanes.c: a store; and a loop on lanes with what it holds. */
void store_emit(Emitter *emitter, const Facts *facts, const Lanes *lanes, const Stmt *stmt);
void lanes_emit(Emitter *emitter, const Facts *facts, const Stmt *loop);

/* steps.c: an element of a buffer in registers is about to get a term. */
void step_add(Emitter *emitter, const Element *sum);

/* operands.c: of the whole module, when its functions are complete and optimised. */
void operands_rewrite(Emitter *emitter);

/* value.c: f32, or <count x f32> on lanes. sum_emit gives sum + value, with products contracted; product_add gives
 * sum + left*right. splat puts the same value on all lanes, number_emit a constant. */
LLVMTypeRef value_type(const Emitter *emitter, const Lanes *lanes);
LLVMValueRef splat(Emitter *emitter, const Lanes *lanes, LLVMValueRef scalar);
LLVMValueRef number_emit(Emitter *emitter, const Lanes *lanes, double value);
LLVMValueRef product_add(Emitter *emitter, const Lanes *lanes, LLVMValueRef sum, LLVMValueRef left, LLVMValueRef right);
LLVMValueRef value_emit(Emitter *emitter, const Facts *facts, const Lanes *lanes, const Expr *expr);
LLVMValueRef sum_emit(Emitter *emitter, const Facts *facts, const Lanes *lanes, LLVMValueRef sum, const Expr *expr);

/* types.c: f32 and bf16 have code. memory_type is what an element is in memory, lanes_of one for each lane; from_memory
 * and to_memory convert from and to the f32 that is computed with, and cast_emit rounds to a type. */
bool type_has_code(ScalarType type);
LLVMTypeRef memory_type(const Emitter *emitter, ScalarType type);
LLVMTypeRef lanes_of(LLVMTypeRef scalar, const Lanes *lanes);
LLVMValueRef cast_emit(Emitter *emitter, const Lanes *lanes, ScalarType type, LLVMValueRef value);
LLVMValueRef from_memory(Emitter *emitter, const Lanes *lanes, ScalarType type, LLVMValueRef bits);
LLVMValueRef to_memory(Emitter *emitter, const Lanes *lanes, ScalarType type, LLVMValueRef value);

/* function.c */
LLVMValueRef function_emit(Emitter *emitter, const Lanes *lanes, FunctionKind function, const LLVMValueRef *arguments);

/* With a mask, lanes that take no part are not read. An element of stride 0 is read once. */
LLVMValueRef element_load(Emitter *emitter, const Lanes *lanes, const Element *element, LLVMValueRef mask);

/* memory.c */
/* Physical offset in elements, simplified by what is known. */
const Affine *element_offset(Context *context, const Facts *facts, const Tensor *tensor, const Affine *const *index);
Element element_of(Emitter *emitter, const Facts *facts, const Lanes *lanes, const Tensor *tensor,
                   const Affine *const *index);
/* A hint to the machine; no address is wrong. */
void prefetch_emit(Emitter *emitter, const Facts *facts, const Stmt *stmt);
/* Memory on the stack of the function. */
LLVMValueRef stack_buffer(Emitter *emitter, const Tensor *tensor);
LLVMValueRef byte_offset(Emitter *emitter, LLVMValueRef base, int64_t bytes);

/* index.c */
LLVMValueRef index_emit(Emitter *emitter, const Affine *affine);
LLVMValueRef conditions_emit(Emitter *emitter, int count, const Cond *conds); /* their conjunction */
LLVMValueRef bound_emit(Emitter *emitter, const Bound *bound, bool largest);

#endif
