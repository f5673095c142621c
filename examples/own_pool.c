/* SPDX-License-Identifier: Apache-2.0 */
/* A kernel that was compiled for two threads, with threads of the program's own: septet_parallel_for is all that it
 * asks for, and here it starts a POSIX thread for each worker but the first.
 *
 *     septet compile --conv 'c=16 h=20 w=20 k=32 r=3 s=3 pad=1' --threads 2 --name threaded_layer -o out
 *     cc -std=c11 -Iout own_pool.c out/threaded_layer.o -lpthread -o own_pool && ./own_pool
 *
 * With -DUSE_SEPTET_RT the threads are those of septet_rt: link it and pthreadpool too. */
#include <stdio.h>
#include <stdlib.h>

#include "threaded_layer.h"

enum { C = 16, H = 20, W = 20, K = 32, TAPS = 9, MAX_WORKERS = 64 };

#ifndef USE_SEPTET_RT
#include <pthread.h>

typedef struct Share {
    size_t tasks, workers, worker;
    void (*body)(void *closure, size_t task, size_t worker);
    void *closure;
} Share;

static void *run_share(void *data) {
    const Share *share = data;
    for (size_t task = share->worker; task < share->tasks; task += share->workers)
        share->body(share->closure, task, share->worker);
    return NULL;
}

/* Shares for which there is no thread are run here, after the others were started. */
void septet_parallel_for(size_t tasks, size_t workers, void (*body)(void *closure, size_t task, size_t worker),
                         void *closure) {
    pthread_t threads[MAX_WORKERS];
    Share shares[MAX_WORKERS];
    int is_started[MAX_WORKERS] = {0};
    if (workers > MAX_WORKERS) workers = MAX_WORKERS;
    for (size_t i = 0; i < workers; i++) {
        shares[i] = (Share){tasks, workers, i, body, closure};
        is_started[i] = i > 0 && pthread_create(&threads[i], NULL, run_share, &shares[i]) == 0;
    }
    for (size_t i = 0; i < workers; i++) {
        if (!is_started[i]) run_share(&shares[i]);
    }
    for (size_t i = 0; i < workers; i++) {
        if (is_started[i]) pthread_join(threads[i], NULL);
    }
}
#endif

/* With x = 1 and weights = k an output is the number of taps inside the image, times C, times k. */
static float expected(int p, int q, int k) {
    int rows = p == 0 || p == H - 1 ? 2 : 3, columns = q == 0 || q == W - 1 ? 2 : 3;
    return (float)(C * rows * columns * k);
}

int main(void) {
    float x[H * W * C], weights[K * C * TAPS], y[H * W * K];
    _Alignas(threaded_layer_ALIGNMENT) unsigned char packed[threaded_layer_PACKED_BYTES];
    _Alignas(threaded_layer_ALIGNMENT) unsigned char workspace[threaded_layer_WORKSPACE_BYTES + 1];
    if (!threaded_layer_supported()) return EXIT_FAILURE;
    for (int i = 0; i < H * W * C; i++) x[i] = 1;
    for (int k = 0; k < K; k++) {
        for (int i = 0; i < C * TAPS; i++) weights[k * C * TAPS + i] = (float)k;
    }
    int status = threaded_layer_pack(weights, packed);
    if (status == SEPTET_OK) status = threaded_layer(x, packed, y, workspace);
    for (int i = 0; status == SEPTET_OK && i < H * W * K; i++) {
        if (y[i] == expected(i / K / W, i / K % W, i % K)) continue;
        printf("y[%d] is %g\n", i, (double)y[i]);
        return EXIT_FAILURE;
    }
    printf("status %d, %d threads: all outputs are right\n", status, threaded_layer_WORKERS);
    return status;
}
