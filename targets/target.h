/* SPDX-License-Identifier: Apache-2.0 */
/* Targets: facts about machines, as constant data, and the registry. Nothing but the target named "host" looks at the
 * machine that it runs on.
 *
 * A new target is a Target in the folder of its family and a line in the table of registry.c: README.md. */
#ifndef SEPTET_TARGETS_TARGET_H
#define SEPTET_TARGETS_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/context.h"
#include "targets/instructions.h"

/* How a machine is asked whether it has a feature. The questions of a target are asked in order and stop at the first
 * that fails: a later one may only be legal when an earlier one holds (XGETBV where OSXSAVE is set, RDVL where there is
 * SVE). The same list is walked by target_runs_here and compiled into NAME_supported, which calls no library: hence
 * instructions that any program may execute. */
typedef enum FeatureQuestion {
    QUESTION_CPUID_LEAVES, /* x86: EAX of CPUID `leaf` is >= `bits`, so that leaves up to there may be asked for */
    QUESTION_CPUID,        /* x86: all `bits` of one register of CPUID `leaf`, `subleaf` are set */
    QUESTION_XCR0,         /* x86: XGETBV(0) has all `bits`: the operating system saves these registers */
    QUESTION_ID_FIELD,     /* AArch64: four bits of an ID register, at `shift`, are a number >= `least`. Linux gives
                              user programs what they may know of these registers by emulating MRS (since 4.11) */
    QUESTION_SVE_BYTES, /* AArch64: a vector of SVE has `sve_bytes` bytes, no more and no less, in this thread (RDVL) */
    QUESTION_HWCAP      /* Linux, where programs may not read the ID registers (Armv7): bits `hwcap` of AT_HWCAP, which
                           the kernel hands to every process (/proc/self/auxv) */
} FeatureQuestion;

typedef enum CpuidRegister { CPUID_EAX, CPUID_EBX, CPUID_ECX, CPUID_EDX } CpuidRegister;

/* The ID registers of AArch64 that a target asks for. */
typedef enum ArmIdRegister {
#define ID_REGISTER(id, name) id,
#include "targets/arm/id_registers.def"
#undef ID_REGISTER
} ArmIdRegister;

/* One thing that a CPU or its operating system must have. */
typedef struct CpuFeature {
    const char *name; /* "avx2", for messages */
    FeatureQuestion question;
    union {
        struct {
            uint32_t leaf, subleaf;
            CpuidRegister word;
            uint32_t bits;
        } x86;
        struct {
            ArmIdRegister id_register;
            uint32_t shift, least;
        } arm;
        uint32_t sve_bytes;
        uint32_t hwcap;
    };
} CpuFeature;

/* Where code runs that this machine cannot run itself: a user-mode emulator of qemu, with the C library and the linker
 * of a cross compiler. */
typedef struct Emulator {
    const char *program;  /* "qemu-aarch64"; NULL: there is none */
    const char *cpu;      /* of it: a machine that has what the target requires, and little more if that can be had */
    const char *compiler; /* "aarch64-linux-gnu-gcc" */
    const char *root;     /* the folder of its libraries */
} Emulator;

typedef struct Target {
    const char *name;              /* "x86-64-v4" */
    const char *description;       /* "AVX-512: Skylake-SP and later" */
    const char *family;            /* "x86", "arm", "scalar": the folder */
    const char *architecture;      /* "x86_64": whose code it is */
    const char *triple;            /* LLVM */
    const char *cpu;               /* LLVM CPU name: with `features`, the instructions that kernel code may use */
    const char *features;          /* LLVM: "+avx2,+fma,…" */
    const char *tune_cpu;          /* LLVM CPU name: whose pipelines code is scheduled for; NULL: those of `cpu` */
    const char *baseline_cpu;      /* for NAME_supported, NAME_pack, NAME_info: */
    const char *baseline_features; /* what every CPU of the architecture has */
    int64_t address_bytes;         /* of a pointer; indices are computed in integers of this size */
    int64_t vector_bytes;          /* width of one vector register; sizeof(float) when there are none */
    int vector_registers;
    int fma_ports;          /* FMAs (without them: multiplications with an addition) started a cycle */
    int fma_latency_cycles; /* of the part that a chain of sums waits for */
    int64_t l1_bytes, l2_bytes;
    int l1_ways;         /* lines of 64 bytes that a set of the first cache holds */
    int prefetch_cycles; /* kernels ask so long ahead for what comes from beyond the second cache; 0: not at all, it was
                            not measured, or the hardware does it as well */
    bool masks;          /* masked loads and stores without branches */
    bool fma;
    bool memory_operands;    /* an instruction may take a factor from memory */
    bool broadcast_operands; /* … and copy it to all lanes */
    bool dot_bf16;           /* adds products of pairs of bf16 to f32 lanes (dot16_bf16 of intrinsics.def); no use to
                                kernels that are f32 throughout, so that no such target is taken for the host */
    bool scalable;           /* SVE: code may take for granted that a vector has vector_bytes, which `required` asks */
    bool flushes_subnormals; /* numbers below 2^-126 count as 0 in vectors */
    bool unwinds_by_library; /* tables for debuggers refer to the compiler's library; kernels, which call none, have
                                no such tables */
    int required_count;      /* what the machine must have */
    const CpuFeature *required;
    const InstructionSet *instructions; /* of `architecture` */
    Emulator emulator;
} Target;

/* Registered targets, the least capable of an architecture first; NULL past the end. */
const Target *target_get(size_t index);

/* Finds a target by name; "host" means target_host(). STATUS_INVALID lists the names; STATUS_UNSUPPORTED when no target
 * describes the host. */
Status target_find(Context *context, const char *name, const Target **out);

/* The most capable registered target that this machine runs; NULL when there is none. */
const Target *target_host(void);

/* Can this machine run code of the target? When not, *reason says what is missing (static string); reason may be NULL.
 */
bool target_runs_here(const Target *target, const char **reason);

#endif
