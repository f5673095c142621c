/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles a convolution for this machine, runs it, and compares its outputs with the sum written out. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "septet.h"

enum { C = 16, H = 8, W = 8, K = 32, R = 3, S = 3, PAD = 1 };
static const char spec[] = "c=16 h=8 w=8 k=32 r=3 s=3 pad=1 bias relu";

typedef struct Buffers {
    float *x, *weights, *bias, *y; /* any alignment of a float */
    void *packed, *workspace;      /* aligned to 64 bytes */
} Buffers;

static size_t round_up(uint64_t bytes) {
    return (size_t)(bytes + 63) / 64 * 64;
}

static float *new_floats(size_t count) {
    float *floats = malloc(count * sizeof *floats);
    for (size_t i = 0; floats != NULL && i < count; i++) floats[i] = (float)rand() / (float)RAND_MAX - 0.5F;
    return floats;
}

static int new_buffers(const struct septet_kernel_info *info, Buffers *out) {
    out->x = new_floats((size_t)H * W * C);
    out->weights = new_floats((size_t)K * C * R * S);
    out->bias = new_floats(K);
    out->y = new_floats((size_t)H * W * K);
    out->packed = aligned_alloc(64, round_up(info->packed_bytes));
    out->workspace = info->workspace_bytes > 0 ? aligned_alloc(64, round_up(info->workspace_bytes)) : NULL;
    return out->x != NULL && out->weights != NULL && out->bias != NULL && out->y != NULL && out->packed != NULL;
}

static void free_buffers(Buffers *buffers) {
    free(buffers->x);
    free(buffers->weights);
    free(buffers->bias);
    free(buffers->y);
    free(buffers->packed);
    free(buffers->workspace);
}

/* y[p, q, k] as books write it: x in NHWC, weights in KCRS. */
static double expected(const Buffers *buffers, int p, int q, int k) {
    double sum = buffers->bias[k];
    for (int r = 0; r < R; r++) {
        for (int s = 0; s < S; s++) {
            int h = p + r - PAD, w = q + s - PAD;
            if (h < 0 || h >= H || w < 0 || w >= W) continue;
            for (int c = 0; c < C; c++) {
                double x = buffers->x[(h * W + w) * C + c];
                sum += x * buffers->weights[((k * C + c) * R + r) * S + s];
            }
        }
    }
    return fmax(sum, 0);
}

static double largest_error(const Buffers *buffers) {
    double largest = 0;
    for (int p = 0; p < H; p++) {
        for (int q = 0; q < W; q++) {
            for (int k = 0; k < K; k++)
                largest = fmax(largest, fabs(buffers->y[(p * W + q) * K + k] - expected(buffers, p, q, k)));
        }
    }
    return largest;
}

/* Packs, calls, compares; returns the program's exit status. */
static int use_kernel(const septet_kernel *kernel) {
    const struct septet_kernel_info *info = septet_kernel_get_info(kernel);
    Buffers buffers;
    int failed = 1;
    if (new_buffers(info, &buffers)) {
        int status = septet_kernel_pack(kernel, buffers.weights, buffers.packed);
        if (status == SEPTET_OK)
            status =
                septet_kernel_call(kernel, buffers.x, buffers.packed, buffers.bias, NULL, buffers.y, buffers.workspace);
        double error = largest_error(&buffers);
        printf("%s for %s, %s schedule: status %d, largest error %.1e\n", info->name, info->target,
               info->schedule_source, status, error);
        failed = status != SEPTET_OK || !(error < 1e-5);
    }
    free_buffers(&buffers);
    return failed;
}

/* From the text to a kernel in this process; NULL, with the words printed, when something fails. */
static septet_kernel *make_kernel(septet_context *septet) {
    septet_options options = SEPTET_OPTIONS_DEFAULT;
    options.name = "example";
    septet_layers *layers = NULL;
    septet_object *object = NULL;
    septet_kernel *kernel = NULL;
    septet_result result = septet_layers_parse(septet, spec, &layers);
    if (result == SEPTET_DONE) result = septet_compile(septet, layers, 0, &options, &object);
    if (result == SEPTET_DONE) result = septet_kernel_load(septet, object, &kernel);
    if (result != SEPTET_DONE) fprintf(stderr, "%s\n", septet_last_error(septet));
    septet_object_free(object);
    septet_layers_free(layers);
    return kernel;
}

int main(void) {
    septet_context *septet = septet_new();
    if (septet == NULL) return 1;
    septet_kernel *kernel = make_kernel(septet);
    int failed = kernel == NULL || use_kernel(kernel);
    septet_kernel_free(kernel);
    septet_free(septet);
    return failed;
}
