/* SPDX-License-Identifier: Apache-2.0 */
/* One layer of a layer spec as it was written: from the keys (layer_spec.c) to the problem (layer_spec_problem.c). */
#ifndef SEPTET_COMPILER_FRONTEND_LAYER_SPEC_H
#define SEPTET_COMPILER_FRONTEND_LAYER_SPEC_H

#include "ir/problem_scan.h"

/* Keys with one number. The three of a group stand for depth, height, width. */
typedef enum SpecNumber {
    SPEC_N,
    SPEC_G,
    SPEC_C,
    SPEC_K,
    SPEC_COUNT,
    SPEC_INPUT,
    SPEC_OUTPUT = SPEC_INPUT + PROBLEM_MAX_SPATIAL,
    SPEC_KERNEL = SPEC_OUTPUT + PROBLEM_MAX_SPATIAL,
    SPEC_NUMBERS = SPEC_KERNEL + PROBLEM_MAX_SPATIAL
} SpecNumber;

/* Keys with a list of numbers. */
typedef enum SpecList { SPEC_STRIDE, SPEC_PAD, SPEC_DILATION, SPEC_LISTS } SpecList;

typedef struct SpecValues {
    int count; /* 0: not written */
    int64_t values[2 * PROBLEM_MAX_SPATIAL];
} SpecValues;

typedef struct SpecLayout {
    ActivationLayout layout;
    int spatial; /* that the spelling is for; 0: not written */
} SpecLayout;

typedef struct LayerSpec {
    const char *name;
    int64_t numbers[SPEC_NUMBERS]; /* 0: not written */
    SpecValues lists[SPEC_LISTS];
    SpecLayout x_layout, y_layout;
    Problem problem; /* types, epilogue and transposed; the rest is filled in by layer_spec_problem */
    FieldPlaces places;
} LayerSpec;

/* Fills in spec->problem and checks it. Errors are shown at the key that they are about. */
Status layer_spec_problem(Context *context, const Source *source, LayerSpec *spec);

#endif
