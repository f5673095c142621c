/* SPDX-License-Identifier: Apache-2.0 */
/* x86-64-v2, -v3, -v4: the feature levels of the x86-64 psABI ("System V Application Binary Interface, AMD64", table
 * "Micro-Architecture Levels"). CPUID bits: Intel, "Software Developer's Manual", volume 2A, CPUID.
 *
 * Cache sizes and latencies are those of a typical machine of the level: Nehalem, Haswell, Sapphire Rapids. */
#include "targets/x86/x86_64.h"

#define BIT(n) ((uint32_t)1 << (n))
#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))
#define ASK(name, question, leaf, subleaf, word, bits)                                                                 \
    {                                                                                                                  \
        name, question, .x86 = { leaf, subleaf, word, bits }                                                           \
    }
#define LEAVES(base, last) ASK("CPUID leaf " #last, QUESTION_CPUID_LEAVES, base, 0, CPUID_EAX, last)
#define LEAF1(name, bit) ASK(name, QUESTION_CPUID, 1, 0, CPUID_ECX, BIT(bit))
#define LEAF7(name, bit) ASK(name, QUESTION_CPUID, 7, 0, CPUID_EBX, BIT(bit))
#define EXTENDED(name, bit) ASK(name, QUESTION_CPUID, 0x80000001, 0, CPUID_ECX, BIT(bit))
#define SAVED(name, mask) ASK(name, QUESTION_XCR0, 0, 0, CPUID_EAX, mask)

#define V2_FEATURES                                                                                                    \
    LEAF1("sse3", 0), LEAF1("ssse3", 9), LEAF1("cx16", 13), LEAF1("sse4.1", 19), LEAF1("sse4.2", 20),                  \
        LEAF1("popcnt", 23), LEAVES(0x80000000, 0x80000001), EXTENDED("lahf_lm", 0)

#define V3_FEATURES                                                                                                    \
    V2_FEATURES, LEAF1("fma", 12), LEAF1("movbe", 22), LEAF1("osxsave", 27), LEAF1("avx", 28), LEAF1("f16c", 29),      \
        EXTENDED("lzcnt", 5), LEAVES(0, 7), LEAF7("bmi1", 3), LEAF7("avx2", 5), LEAF7("bmi2", 8),                      \
        SAVED("an operating system that saves AVX registers", BIT(1) | BIT(2))

#define V4_FEATURES                                                                                                    \
    V3_FEATURES, LEAF7("avx512f", 16), LEAF7("avx512dq", 17), LEAF7("avx512cd", 28), LEAF7("avx512bw", 30),            \
        LEAF7("avx512vl", 31), SAVED("an operating system that saves AVX-512 registers", BIT(5) | BIT(6) | BIT(7))

/* A subleaf of leaf 7 that a CPU lacks reads as 0. */
#define V4_BF16_FEATURES V4_FEATURES, ASK("avx512_bf16", QUESTION_CPUID, 7, 1, CPUID_EAX, BIT(5))

static const CpuFeature v2_features[] = {V2_FEATURES};
static const CpuFeature v3_features[] = {V3_FEATURES};
static const CpuFeature v4_features[] = {V4_FEATURES};
static const CpuFeature v4_bf16_features[] = {V4_BF16_FEATURES};

#define V2_NAMES "+cx16,+sahf,+popcnt,+sse3,+ssse3,+sse4.1,+sse4.2"
#define V3_NAMES V2_NAMES ",+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe"
#define V4_NAMES V3_NAMES ",+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl"

const Target target_x86_64_v2 = {
    .name = "x86-64-v2",
    .description = "SSE4.2: Nehalem and later",
    .family = "x86",
    .architecture = "x86_64",
    .instructions = &instructions_x86_64,
    .triple = "x86_64-unknown-linux-gnu",
    .cpu = "x86-64-v2",
    .features = V2_NAMES,
    .baseline_cpu = "x86-64",
    .baseline_features = "",
    .address_bytes = 8,
    .vector_bytes = 16,
    .vector_registers = 16,
    .fma_ports = 1,
    .fma_latency_cycles = 4,
    .l1_bytes = 32 * 1024,
    .l2_bytes = 256 * 1024,
    .l1_ways = 8,
    .required_count = COUNT(v2_features),
    .required = v2_features,
};

const Target target_x86_64_v3 = {
    .name = "x86-64-v3",
    .description = "AVX2 and FMA: Haswell, Zen and later",
    .family = "x86",
    .architecture = "x86_64",
    .instructions = &instructions_x86_64,
    .triple = "x86_64-unknown-linux-gnu",
    .cpu = "x86-64-v3",
    .features = V3_NAMES,
    .baseline_cpu = "x86-64",
    .baseline_features = "",
    .address_bytes = 8,
    .vector_bytes = 32,
    .vector_registers = 16,
    .fma_ports = 2,
    .fma_latency_cycles = 4,
    .l1_bytes = 32 * 1024,
    .l2_bytes = 256 * 1024,
    .l1_ways = 8,
    .masks = true,
    .fma = true,
    .memory_operands = true,
    .required_count = COUNT(v3_features),
    .required = v3_features,
};

/* What all with AVX-512 have in common. */
#define V4_MACHINE                                                                                                     \
    .family = "x86", .architecture = "x86_64", .instructions = &instructions_x86_64,                                   \
    .triple = "x86_64-unknown-linux-gnu", .cpu = "x86-64-v4", .baseline_cpu = "x86-64", .baseline_features = "",       \
    .address_bytes = 8, .vector_bytes = 64, .vector_registers = 32, .fma_ports = 2, .fma_latency_cycles = 4,           \
    .l1_bytes = 48 * 1024, .l2_bytes = 2048 * 1024, .l1_ways = 12, .prefetch_cycles = 400, .masks = true, .fma = true, \
    .memory_operands = true, .broadcast_operands = true

const Target target_x86_64_v4 = {
    .name = "x86-64-v4",
    .description = "AVX-512: Skylake-SP, Zen 4 and later",
    .features = V4_NAMES,
    V4_MACHINE,
    .required_count = COUNT(v4_features),
    .required = v4_features,
};

const Target target_x86_64_v4_bf16 = {
    .name = "x86-64-v4-bf16",
    .description = "AVX-512 with dot products of bf16: Cooper Lake, Sapphire Rapids, Zen 4 and later",
    .features = V4_NAMES ",+avx512bf16",
    V4_MACHINE,
    .dot_bf16 = true,
    .required_count = COUNT(v4_bf16_features),
    .required = v4_bf16_features,
};
