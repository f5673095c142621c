/* SPDX-License-Identifier: Apache-2.0 */
/* Uses a compiled kernel with nothing but the C library:
 *
 *     septet compile --conv 'c=3 h=4 w=4 k=5 r=3 s=3 pad=1 bias' --name example_layer -o out
 *     cc -std=c11 -Iout link_object.c out/example_layer.o -o link_object && ./link_object */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "example_layer.h"

enum { C = 3, H = 4, W = 4, K = 5, TAPS = 9 };

/* With x = 1, weights = 1 and bias = 100 k an output is the number of taps inside the image, times C, + 100 k. */
static float expected(int p, int q, int k) {
    int rows = p == 0 || p == H - 1 ? 2 : 3, columns = q == 0 || q == W - 1 ? 2 : 3;
    return (float)(C * rows * columns + 100 * k);
}

int main(void) {
    float x[H * W * C], weights[K * C * TAPS], bias[K], y[H * W * K], again[H * W * K];
    _Alignas(example_layer_ALIGNMENT) unsigned char packed[example_layer_PACKED_BYTES];
    _Alignas(example_layer_ALIGNMENT) unsigned char workspace[example_layer_WORKSPACE_BYTES + 1];
    if (!example_layer_supported()) {
        printf("this CPU cannot run %s, which needs %s\n", example_layer_info()->name, example_layer_info()->features);
        return EXIT_FAILURE;
    }
    for (int i = 0; i < H * W * C; i++) x[i] = 1;
    for (int i = 0; i < K * C * TAPS; i++) weights[i] = 1;
    for (int k = 0; k < K; k++) bias[k] = (float)(100 * k);
    int status = example_layer_pack(weights, packed);
    if (status == SEPTET_OK) status = example_layer(x, packed, bias, y, workspace);
    if (status != SEPTET_OK) {
        printf("status %d\n", status);
        return EXIT_FAILURE;
    }
    /* The same through NAME_call, whose prototype all kernels share: for tables of them. */
    const struct septet_args args = {
        .struct_bytes = sizeof args, .x = x, .packed = packed, .bias = bias, .y = again, .workspace = workspace};
    status = example_layer_call(&args);
    if (status != SEPTET_OK || memcmp(y, again, sizeof y) != 0) {
        printf("example_layer_call gives something else, status %d\n", status);
        return EXIT_FAILURE;
    }
    for (int i = 0; i < H * W * K; i++) {
        if (y[i] == expected(i / K / W, i / K % W, i % K)) continue;
        printf("y[%d] is %g\n", i, (double)y[i]);
        return EXIT_FAILURE;
    }
    printf("%s\ncompiled for %s by %s: all outputs are right\n", example_layer_info()->problem,
           example_layer_info()->target, example_layer_info()->versions);
    return EXIT_SUCCESS;
}
