/* SPDX-License-Identifier: Apache-2.0 */
/* Looks a kernel's functions up by name and calls them by the prototype that its problem implies. */
#include "tuner/kernel.h"

#include <string.h>

#include "runtime/septet_rt.h"

/* The prototypes, by how many of bias and residual the problem has. */
typedef int WithNeither(const float *x, const void *packed, float *y, void *workspace);
typedef int WithOne(const float *x, const void *packed, const float *operand, float *y, void *workspace);
typedef int WithBoth(const float *x, const void *packed, const float *bias, const float *residual, float *y,
                     void *workspace);

/* ISO C has no cast from void * to a function pointer; POSIX promises that both have one representation. */
static Status find(Context *context, const Image *image, const char *name, const char *suffix, void *function) {
    const char *symbol = arena_format(context, "%s%s", name, suffix);
    void *address = image_symbol(image, symbol);
    if (address == NULL) return diag_error(context, STATUS_INVALID, "the object has no function %s", symbol);
    memcpy(function, &address, sizeof address);
    return STATUS_OK;
}

typedef struct Loading {
    Context *context;
    const char *name, *bytes;
    size_t length;
    Kernel *kernel;
} Loading;

static Status load_body(void *data) {
    const Loading *loading = data;
    Context *context = loading->context;
    Kernel *kernel = loading->kernel;
    const ImageImport import = {"septet_parallel_for", (void (*)(void))septet_parallel_for};
    TRY(image_load(context, loading->bytes, loading->length, &import, 1, &kernel->image));
    TRY(find(context, &kernel->image, loading->name, "", &kernel->function));
    TRY(find(context, &kernel->image, loading->name, "_pack", &kernel->pack));
    TRY(find(context, &kernel->image, loading->name, "_supported", &kernel->supported));
    return find(context, &kernel->image, loading->name, "_info", &kernel->info);
}

Status kernel_load(Context *context, const char *name, const Problem *problem, const char *bytes, size_t length,
                   Kernel *out) {
    *out =
        (Kernel){.has_bias = problem_has(problem, EPILOGUE_BIAS), .has_residual = problem_has(problem, EPILOGUE_ADD)};
    Loading loading = {context, name, bytes, length, out};
    Status status = context_run(context, load_body, &loading);
    if (status != STATUS_OK) kernel_unload(out);
    return status;
}

void kernel_unload(Kernel *kernel) {
    image_unload(&kernel->image);
    *kernel = (Kernel){0};
}

int kernel_call(const Kernel *kernel, const float *x, const void *packed, const float *bias, const float *residual,
                float *y, void *workspace) {
    if (kernel->has_bias && kernel->has_residual)
        return ((WithBoth *)kernel->function)(x, packed, bias, residual, y, workspace);
    if (kernel->has_bias) return ((WithOne *)kernel->function)(x, packed, bias, y, workspace);
    if (kernel->has_residual) return ((WithOne *)kernel->function)(x, packed, residual, y, workspace);
    return ((WithNeither *)kernel->function)(x, packed, y, workspace);
}

const char *kernel_status_text(int status) {
    switch (status) {
    case SEPTET_OK: return "done";
    case SEPTET_MISALIGNED: return "a buffer is misaligned";
    case SEPTET_UNSUPPORTED: return "this CPU lacks what the kernel needs";
    case SEPTET_WRONG_PACKED: return "the packed weights are not those of this kernel";
    default: return "an unknown status";
    }
}
