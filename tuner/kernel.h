/* SPDX-License-Identifier: Apache-2.0 */
/* A compiled kernel in this process: the functions of its object, called the same way whatever its problem has. */
#ifndef SEPTET_TUNER_KERNEL_H
#define SEPTET_TUNER_KERNEL_H

#include "ir/problem.h"
#include "tuner/image/image.h"
#include "tuner/septet.h"

/* An object and what running it takes. Its functions begin with `name`. */
typedef struct KernelObject {
    const char *name;
    const Problem *problem;
    const char *bytes;
    size_t length;
    int64_t packed_bytes, workspace_bytes; /* of its buffers, the former with the tag */
} KernelObject;

typedef struct Kernel {
    Image image;
    bool has_bias, has_residual;
    void (*function)(void); /* NAME; its prototype depends on the problem */
    int (*pack)(const float *weights, void *packed);
    int (*supported)(void);
    const struct septet_kernel_info *(*info)(void);
} Kernel;

/* Links the object's bytes; `name` and `problem` are those that it was compiled for. Thread-safe for different
 * contexts. The kernel outlives the context; kernel_unload frees it. */
Status kernel_load(Context *context, const char *name, const Problem *problem, const char *bytes, size_t length,
                   Kernel *out);
void kernel_unload(Kernel *kernel);

/* Calls NAME; bias and residual are ignored when the problem has none. The residual may be y. Returns an enum
 * septet_kernel_status. */
int kernel_call(const Kernel *kernel, const float *x, const void *packed, const float *bias, const float *residual,
                float *y, void *workspace);

/* "misaligned buffer": what a septet_kernel_status means. */
const char *kernel_status_text(int status);

#endif
