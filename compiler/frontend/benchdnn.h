/* SPDX-License-Identifier: Apache-2.0 */
/* One benchdnn descriptor as it was written: from the tokens (benchdnn.c) to the problem (benchdnn_problem.c). */
#ifndef SEPTET_COMPILER_FRONTEND_BENCHDNN_H
#define SEPTET_COMPILER_FRONTEND_BENCHDNN_H

#include "ir/problem_scan.h"

/* The numbers of a descriptor. The three of a group stand for depth, height, width. */
typedef enum DescriptorNumber {
    DESCRIPTOR_G,
    DESCRIPTOR_MB,
    DESCRIPTOR_IC,
    DESCRIPTOR_OC,
    DESCRIPTOR_INPUT,
    DESCRIPTOR_OUTPUT = DESCRIPTOR_INPUT + PROBLEM_MAX_SPATIAL,
    DESCRIPTOR_KERNEL = DESCRIPTOR_OUTPUT + PROBLEM_MAX_SPATIAL,
    DESCRIPTOR_STRIDE = DESCRIPTOR_KERNEL + PROBLEM_MAX_SPATIAL,
    DESCRIPTOR_DILATION = DESCRIPTOR_STRIDE + PROBLEM_MAX_SPATIAL,
    DESCRIPTOR_PADDING = DESCRIPTOR_DILATION + PROBLEM_MAX_SPATIAL,
    DESCRIPTOR_NUMBERS = DESCRIPTOR_PADDING + PROBLEM_MAX_SPATIAL
} DescriptorNumber;

typedef struct Descriptor {
    const char *name; /* without quotes and "*count" */
    int64_t count;
    int64_t numbers[DESCRIPTOR_NUMBERS]; /* -1: not written */
    FieldPlaces places;
} Descriptor;

/* Makes the problem and checks it. Errors are shown at the token that they are about. */
Status descriptor_problem(Context *context, const Source *source, Descriptor *descriptor, Problem *out);

#endif
