/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle of all other targets: plain code, one element at a time, a loop marked lanes being a loop like any other.
 * It is code of the architecture's baseline, so that it runs wherever the others are compared with it. */
#include "targets/scalar/scalar.h"

const Target target_scalar = {
    .name = "scalar",
    .description = "any x86-64, one element at a time",
    .family = "scalar",
    .architecture = "x86_64",
    .instructions = &instructions_x86_64,
    .triple = "x86_64-unknown-linux-gnu",
    .cpu = "x86-64",
    .features = "",
    .baseline_cpu = "x86-64",
    .baseline_features = "",
    .address_bytes = 8,
    .vector_bytes = sizeof(float),
    .vector_registers = 16,
    .fma_ports = 1,
    .fma_latency_cycles = 4,
    .l1_bytes = 32 * 1024,
    .l2_bytes = 256 * 1024,
    .l1_ways = 8,
};
