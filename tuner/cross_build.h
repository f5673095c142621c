/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a compiler driver in a temporary folder of which nothing is left: what it made is handed out as an open file
 * without a name. SIGINT, SIGTERM and SIGHUP are held back meanwhile, so that they cannot leave the folder behind. */
#ifndef SEPTET_TUNER_CROSS_BUILD_H
#define SEPTET_TUNER_CROSS_BUILD_H

#include "base/file.h"

/* In `inputs`, paths are plain names; the files lie in the folder "tuner" of the one where the compiler runs. */
typedef struct CrossBuild {
    const char *compiler;         /* "aarch64-linux-gnu-gcc", looked for in PATH */
    const char *const *arguments; /* NULL at the end; "-o output" is added */
    const FileContent *inputs;
    size_t input_count;
} CrossBuild;

/* *out is a descriptor that children inherit, to be closed by the caller. STATUS_INVALID with what the compiler says
 * when it fails, STATUS_IO, STATUS_NO_MEMORY. Inside context_run or outside. */
Status cross_build(Context *context, const CrossBuild *build, int *out);

/* Is there a program of that name in PATH? */
bool cross_find_program(const char *name);

#endif
