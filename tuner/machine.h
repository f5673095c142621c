/* SPDX-License-Identifier: Apache-2.0 */
/* What runs kernels of a target: this machine, or else the target's emulator. For the emulator, a program that runs
 * kernels (kernel_runner.c) is compiled once by the target's cross compiler; each object becomes a shared library; and
 * a child process becomes the emulator, which runs the one with the other. Memory is shared as with kernels that run
 * here (tuner/guarded.h, tuner/run_record.h). */
#ifndef SEPTET_TUNER_MACHINE_H
#define SEPTET_TUNER_MACHINE_H

#include "targets/target.h"
#include "tuner/guarded.h"

typedef struct Machine {
    const Target *target;
    bool is_emulated;
    int runner; /* descriptor of the program when emulated */
} Machine;

/* STATUS_UNSUPPORTED with the reason when neither can run the target; else STATUS_INVALID, STATUS_IO or
 * STATUS_NO_MEMORY as cross_build. Freed with machine_free, which also takes one that machine_new did not make. */
Status machine_new(Context *context, const Target *target, Machine *out);
void machine_free(Machine *machine);

/* What is not installed here for emulating the target, the name of a program; NULL when all is. */
const char *machine_emulator_missing(const Target *target);

/* For an emulated machine, links an object, which must need no symbol but septet_parallel_for and be
 * position-independent; *out is
 * the library's descriptor, to be closed. STATUS_INVALID with what the linker says. */
Status machine_link(Context *context, const Machine *machine, const char *bytes, size_t length, int *out);

/* In a child process: becomes the emulator, which runs the kernel `name` of the library by the RunRecord in `record`.
 * Returns when that fails. */
void machine_become(const Machine *machine, int library, const char *name, const Guarded *record);

#endif
