/* SPDX-License-Identifier: Apache-2.0 */
/* A program as a user of septet writes it: links a compiled kernel and times it, with nothing of septet but the header.
 * bench/compare_with_program compiles it with -DKERNEL=name -DHEADER="name.h" and the sizes of x, w and y. The kernel
 * has a bias and no residual. Prints the median of its samples in nanoseconds. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include HEADER

#define JOIN(a, b) a##b
#define NAME(name, suffix) JOIN(name, suffix)

enum { SAMPLES = 9, ALIGNMENT = 4096 };

static const double sample_ns = 2e6, warm_up_ns = 2e8;

static double now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

static void *new_bytes(size_t bytes) {
    void *memory = aligned_alloc(ALIGNMENT, (bytes / ALIGNMENT + 1) * ALIGNMENT);
    if (memory == NULL) exit(EXIT_FAILURE);
    memset(memory, 0, bytes);
    return memory;
}

static float *new_floats(size_t count, float low, float range) {
    float *floats = new_bytes(count * sizeof *floats);
    for (size_t i = 0; i < count; i++) floats[i] = low + range * (float)rand() / (float)RAND_MAX;
    return floats;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void) {
    float *x = new_floats(X_ELEMENTS, 0, 1), *w = new_floats(W_ELEMENTS, -0.1F, 0.2F), *bias = new_floats(K, 0, 1);
    float *y = new_bytes(Y_ELEMENTS * sizeof *y);
    void *packed = new_bytes(PACKED_BYTES), *workspace = new_bytes(WORKSPACE_BYTES);
    double samples[SAMPLES];
    if (!NAME(KERNEL, _supported)() || NAME(KERNEL, _pack)(w, packed) != 0) return EXIT_FAILURE;
    long runs = 0;
    double start = now_ns();
    for (; now_ns() - start < warm_up_ns; runs++)
        if (KERNEL(x, packed, bias, y, workspace) != 0) return EXIT_FAILURE;
    long count = (long)(sample_ns / ((now_ns() - start) / (double)runs)) + 1;
    for (int i = 0; i < SAMPLES; i++) {
        start = now_ns();
        for (long run = 0; run < count; run++) KERNEL(x, packed, bias, y, workspace);
        samples[i] = (now_ns() - start) / (double)count;
    }
    qsort(samples, SAMPLES, sizeof samples[0], compare);
    printf("%.1f\n", samples[SAMPLES / 2]);
    return EXIT_SUCCESS;
}
