/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a network that was compiled with its weights, with nothing but the C library. All of this one's nodes are in its
 * kernels, so that its table of convolutions is all that there is to do:
 *
 *     septet compile small_network.onnx --pack-weights -o out
 *     cd out && cc -std=c11 -I. ../run_network.c *.o -o run_network && ./run_network
 *
 * A network with other operators between its convolutions needs code for them; small_network.json says which nodes the
 * kernels stand for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "small_network.h"

/* Values of the model that are in memory. */
enum { MAX_VALUES = 3 * small_network_CONVOLUTIONS };

struct value {
    const char *name;
    float *data;
};

struct values {
    struct value list[MAX_VALUES];
    int count;
};

/* The value of that name, which is new when it is not there; NULL when there is no memory. */
static float *find_value(struct values *values, const char *name, uint64_t floats) {
    for (int i = 0; i < values->count; i++) {
        if (strcmp(values->list[i].name, name) == 0) return values->list[i].data;
    }
    struct value *value = &values->list[values->count++];
    value->name = name;
    value->data = malloc((size_t)floats * sizeof(float));
    return value->data;
}

/* What there is before anything has run is an input of the network: 1/8, 2/8 … 7/8, 1/8 … */
static float *find_operand(struct values *values, const char *name, uint64_t floats) {
    int known = values->count;
    float *data = find_value(values, name, floats);
    for (uint64_t i = 0; data != NULL && values->count > known && i < floats; i++) data[i] = (float)(i % 7 + 1) / 8;
    return data;
}

static int run_convolution(const struct septet_convolution *convolution, struct values *values) {
    const struct septet_kernel_info *info = convolution->kernel->info();
    size_t workspace_bytes = (size_t)info->workspace_bytes + 64; /* not none, and a multiple of 64 */
    void *workspace = aligned_alloc(64, workspace_bytes / 64 * 64);
    const float *residual = convolution->residual_data;
    if (convolution->residual != NULL && residual == NULL)
        residual = find_operand(values, convolution->residual, convolution->y_floats);
    const struct septet_args args = {
        .struct_bytes = sizeof args,
        .x = find_operand(values, convolution->x, convolution->x_floats),
        .packed = convolution->packed,
        .bias = convolution->bias,
        .residual = residual,
        .y = find_value(values, convolution->y, convolution->y_floats),
        .workspace = workspace,
    };
    int status = workspace != NULL && args.x != NULL && args.y != NULL ? convolution->kernel->call(&args) : -1;
    free(workspace);
    return status;
}

int main(void) {
    struct values values = {.count = 0};
    for (int i = 0; i < small_network_CONVOLUTIONS; i++) {
        const struct septet_convolution *convolution = &small_network_convolutions[i];
        if (!convolution->kernel->supported()) {
            printf("this CPU cannot run %s\n", convolution->kernel->name);
            return EXIT_FAILURE;
        }
        int status = run_convolution(convolution, &values);
        if (status != SEPTET_OK) {
            printf("%s: status %d\n", convolution->name, status);
            return EXIT_FAILURE;
        }
    }
    const struct septet_convolution *last = &small_network_convolutions[small_network_CONVOLUTIONS - 1];
    const float *y = find_value(&values, last->y, last->y_floats);
    for (uint64_t i = 0; i < last->y_floats; i++) printf("%.9g\n", (double)y[i]);
    for (int i = 0; i < values.count; i++) free(values.list[i].data);
    return EXIT_SUCCESS;
}
