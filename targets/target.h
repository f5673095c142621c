/* SPDX-License-Identifier: Apache-2.0 */
/* Targets: facts about machines, as constant data, and the registry. Nothing but the target named "host" looks at the machine it runs on. */
#ifndef SEPTET_TARGETS_TARGET_H
#define SEPTET_TARGETS_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/context.h"

typedef struct Target {
    const char *name;        /* "x86-64-v4" */
    const char *description; /* "AVX-512: Skylake-SP and later" */
    const char *family;      /* "x86", "arm", "scalar" */
    const char *triple;      /* LLVM */
    const char *cpu;         /* LLVM CPU name, checked against our own table only */
    const char *features;    /* LLVM: "+avx2,+fma,…" that kernel code may use */
    const char
        *baseline_features; /* for NAME_supported, NAME_pack, NAME_info: what every CPU of the architecture has */
    int64_t vector_bytes;   /* width of one vector register; sizeof(float) when there are none */
    int vector_registers;
    int fma_ports; /* FMAs started a cycle */
    int fma_latency_cycles;
    int64_t l1_bytes, l2_bytes;
    bool masks; /* masked loads and stores without branches */
    bool fma;
} Target;

/* Registered targets in order; NULL past the end. */
const Target *target_get(size_t index);

/* Finds a target by name; "host" means the best one that this machine runs. STATUS_INVALID lists the names. */
Status target_find(Context *context, const char *name, const Target **out);

/* The most capable registered target whose features this machine (and its operating system) has. */
const Target *target_host(void);

/* Can this machine run code of the target? When not, *reason says what is missing (static string). */
bool target_runs_here(const Target *target, const char **reason);

#endif
