/* SPDX-License-Identifier: Apache-2.0 */
/* Cortex-A72, Cortex-A76, Neoverse N1: 32 vector registers of 16 bytes, fused multiply-add, no masks. Every AArch64
 * machine that runs Linux has NEON, so the code of Cortex-A72 runs on all of them; the others have the dot product of
 * Armv8.2 besides. Only the schedule of instructions and the facts below are the core's own.
 *
 * Facts: Arm, "Cortex-A72 Software Optimization Guide" (a 16-byte FMLA takes both pipes; 7 cycles, 3 from one
 * accumulation to the next), "Cortex-A76 …" and "Neoverse N1 …" (two pipes; 4 cycles, 2 between accumulations), and
 * the cores' technical reference manuals for caches, of which a machine may have others. */
#include "targets/arm/aarch64.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))
#define QEMU(core) {"qemu-aarch64", (core), "aarch64-linux-gnu-gcc", "/usr/aarch64-linux-gnu"}

static const CpuFeature dot_product[] = {{"dot product", QUESTION_ID_FIELD, .arm = {ARM_ID_ISAR0, 44, 1}}};

const Target target_cortex_a72 = {
    .name = "cortex-a72",
    .description = "NEON: any AArch64, scheduled for Cortex-A72",
    .family = "arm",
    .architecture = "aarch64",
    .instructions = &instructions_aarch64,
    .triple = "aarch64-unknown-linux-gnu",
    .cpu = "generic",
    .features = "+neon",
    .tune_cpu = "cortex-a72",
    .baseline_cpu = "generic",
    .baseline_features = "+neon",
    .address_bytes = 8,
    .vector_bytes = 16,
    .vector_registers = 32,
    .fma_ports = 1,
    .fma_latency_cycles = 3,
    .l1_bytes = 32 * 1024,
    .l2_bytes = 1024 * 1024,
    .l1_ways = 2,
    .fma = true,
    .emulator = QEMU("cortex-a72"),
};

const Target target_cortex_a76 = {
    .name = "cortex-a76",
    .description = "NEON and dot product, scheduled for Cortex-A76",
    .family = "arm",
    .architecture = "aarch64",
    .instructions = &instructions_aarch64,
    .triple = "aarch64-unknown-linux-gnu",
    .cpu = "generic",
    .features = "+neon,+dotprod",
    .tune_cpu = "cortex-a76",
    .baseline_cpu = "generic",
    .baseline_features = "+neon",
    .address_bytes = 8,
    .vector_bytes = 16,
    .vector_registers = 32,
    .fma_ports = 2,
    .fma_latency_cycles = 2,
    .l1_bytes = 64 * 1024,
    .l2_bytes = 512 * 1024,
    .l1_ways = 4,
    .fma = true,
    .required_count = COUNT(dot_product),
    .required = dot_product,
    .emulator = QEMU("cortex-a76"),
};

const Target target_neoverse_n1 = {
    .name = "neoverse-n1",
    .description = "NEON and dot product, scheduled for Neoverse N1",
    .family = "arm",
    .architecture = "aarch64",
    .instructions = &instructions_aarch64,
    .triple = "aarch64-unknown-linux-gnu",
    .cpu = "generic",
    .features = "+neon,+dotprod",
    .tune_cpu = "neoverse-n1",
    .baseline_cpu = "generic",
    .baseline_features = "+neon",
    .address_bytes = 8,
    .vector_bytes = 16,
    .vector_registers = 32,
    .fma_ports = 2,
    .fma_latency_cycles = 2,
    .l1_bytes = 64 * 1024,
    .l2_bytes = 1024 * 1024,
    .l1_ways = 4,
    .fma = true,
    .required_count = COUNT(dot_product),
    .required = dot_product,
    .emulator = QEMU("neoverse-n1"),
};
