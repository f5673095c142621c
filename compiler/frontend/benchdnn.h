/* SPDX-License-Identifier: Apache-2.0 */
/* One benchdnn descriptor as it was written: from the tokens (benchdnn_descriptor.c) to the problem
 * (benchdnn_problem.c). */
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
    bool transposed;                     /* of a deconvolution */
    FieldPlaces places;
} Descriptor;

/* Reads one that starts at *at and ends before a blank or `terminator` (NUL: only blanks end it); moves *at there.
 * Errors are shown at the token. */
Status descriptor_read(Context *context, const Source *source, const char **at, char terminator, Descriptor *out);

/* Makes the problem and checks it. Errors are shown at the token that they are about. */
Status descriptor_problem(Context *context, const Source *source, Descriptor *descriptor, Problem *out);

/* What stands between words. */
static inline bool benchdnn_is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

#endif
