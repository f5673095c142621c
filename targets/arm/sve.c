/* SPDX-License-Identifier: Apache-2.0 */
/* Neoverse V1: 32 vector registers of 32 bytes, masks (predicates), fused multiply-add. SVE leaves the length of its
 * vectors to the machine, and a program may shorten it (prctl PR_SVE_SET_VL); our tiles, lanes and packed weights are
 * made for one. So the code is compiled for exactly this length, which NAME_supported asks for.
 *
 * Facts: Arm, "Neoverse V1 Software Optimization Guide": an SVE FMLA goes to one of two pipes; 4 cycles, 2 from one
 * accumulation to the next. */
#include "targets/arm/sve.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

static const CpuFeature sve_256[] = {
    {"SVE", QUESTION_ID_FIELD, .arm = {ARM_ID_PFR0, 32, 1}},
    {"SVE with vectors of 32 bytes", QUESTION_SVE_BYTES, .sve_bytes = 32},
};

const Target target_neoverse_v1 = {
    .name = "neoverse-v1",
    .description = "SVE with vectors of 256 bits, scheduled for Neoverse V1",
    .family = "arm",
    .architecture = "aarch64",
    .instructions = &instructions_aarch64,
    .triple = "aarch64-unknown-linux-gnu",
    .cpu = "generic",
    .features = "+neon,+sve",
    .tune_cpu = "neoverse-v1",
    .baseline_cpu = "generic",
    .baseline_features = "+neon",
    .address_bytes = 8,
    .vector_bytes = 32,
    .vector_registers = 32,
    .fma_ports = 2,
    .fma_latency_cycles = 2,
    .l1_bytes = 64 * 1024,
    .l2_bytes = 1024 * 1024,
    .l1_ways = 4,
    .masks = true,
    .fma = true,
    .scalable = true,
    .required_count = COUNT(sve_256),
    .required = sve_256,
    .emulator = {"qemu-aarch64", "max,sve256=on", "aarch64-linux-gnu-gcc", "/usr/aarch64-linux-gnu"},
};
