/* SPDX-License-Identifier: Apache-2.0 */
/* Cortex-A9 and Cortex-A15: 16 vector registers of 16 bytes, no masks, 32-bit addresses. The code of Cortex-A9 runs on
 * every Armv7-A that has NEON: it multiplies and adds in two roundings, where Cortex-A15 (and A7, A12, A17, and all
 * Armv8 machines in 32-bit mode) has the fused multiply-add of VFPv4.
 *
 * NEON of Armv7 is not all of IEEE 754: numbers below 2^-126 count as 0, operands and results, whatever the mode of the
 * processor. "+neon" is always spelt out: for triples of other ARM systems LLVM would take vectors apart.
 *
 * The baseline is that of Debian's armhf: VFPv3 with 16 registers, floats passed in them.
 *
 * Facts: Arm, "Cortex-A9 NEON Media Processing Engine Technical Reference Manual" (its datapath has 8 bytes: an
 * instruction on 16 takes two cycles, for which the one port stands, and so do its loads); for Cortex-A15, whose manual
 * has no such table, one 16-byte VFMA a cycle, 4 between accumulations, as in the "Cortex-A57 Software Optimization
 * Guide" of its 64-bit successor. Caches are those of common chips. */
#include "targets/arm/armv7.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))
#define QEMU(core) {"qemu-arm", (core), "arm-linux-gnueabihf-gcc", "/usr/arm-linux-gnueabihf"}
#define HWCAP(name, bit) {name, QUESTION_HWCAP, .hwcap = (uint32_t)1 << (bit)}

/* Bits of AT_HWCAP: Linux, arch/arm/include/uapi/asm/hwcap.h. */
static const CpuFeature neon[] = {HWCAP("NEON", 12)};
static const CpuFeature neon_vfpv4[] = {HWCAP("NEON", 12), HWCAP("VFPv4", 16)};

const Target target_cortex_a9 = {
    .name = "cortex-a9",
    .description = "NEON without fused multiply-add: any Armv7-A with NEON, scheduled for Cortex-A9",
    .family = "arm",
    .architecture = "armv7",
    .instructions = &instructions_armv7,
    .triple = "armv7-unknown-linux-gnueabihf",
    .cpu = "generic",
    .features = "+neon,+vfp3",
    .tune_cpu = "cortex-a9",
    .baseline_cpu = "generic",
    .baseline_features = "+vfp3d16,-neon,-d32",
    .address_bytes = 4,
    .vector_bytes = 16,
    .vector_registers = 16,
    .fma_ports = 1,
    .fma_latency_cycles = 4,
    .l1_bytes = 32 * 1024,
    .l2_bytes = 512 * 1024,
    .l1_ways = 4,
    .flushes_subnormals = true,
    .unwinds_by_library = true,
    .required_count = COUNT(neon),
    .required = neon,
    .emulator = QEMU("cortex-a9"),
};

const Target target_cortex_a15 = {
    .name = "cortex-a15",
    .description = "NEON with fused multiply-add: Cortex-A7, A15, A17, scheduled for Cortex-A15",
    .family = "arm",
    .architecture = "armv7",
    .instructions = &instructions_armv7,
    .triple = "armv7-unknown-linux-gnueabihf",
    .cpu = "generic",
    .features = "+neon,+vfp4",
    .tune_cpu = "cortex-a15",
    .baseline_cpu = "generic",
    .baseline_features = "+vfp3d16,-neon,-d32",
    .address_bytes = 4,
    .vector_bytes = 16,
    .vector_registers = 16,
    .fma_ports = 1,
    .fma_latency_cycles = 4,
    .l1_bytes = 32 * 1024,
    .l2_bytes = 1024 * 1024,
    .l1_ways = 2,
    .fma = true,
    .flushes_subnormals = true,
    .unwinds_by_library = true,
    .required_count = COUNT(neon_vfpv4),
    .required = neon_vfpv4,
    .emulator = QEMU("cortex-a15"),
};
