/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the convolutions of an ONNX model one after the other: with compiled kernels and packed weights, or with the
 * reference convolution. It stands for what a user of the model does with kernels: values have the names and layouts
 * that the model says. */
#ifndef SEPTET_TESTS_COMPILER_FRONTEND_ONNX_RUN_H
#define SEPTET_TESTS_COMPILER_FRONTEND_ONNX_RUN_H

#include "compiler/frontend/onnx.h"
#include "targets/target.h"

/* Values by name. */
typedef struct OnnxRunValue {
    const char *name;
    const float *values;
    int64_t elements;
    const double *magnitudes; /* of the sums that gave it; NULL for an input */
} OnnxRunValue;

enum { ONNX_RUN_VALUES = 64 };

typedef struct OnnxRun {
    Context *context;
    const Target *target; /* whose kernels compute, on this machine; NULL: the reference does */
    OnnxRunValue values[ONNX_RUN_VALUES];
    size_t count;
} OnnxRun;

void onnx_run_set(OnnxRun *run, const char *name, const float *values, int64_t elements);

/* NULL when there is none of this name. */
const OnnxRunValue *onnx_run_find(const OnnxRun *run, const char *name);

/* Runs all convolutions; fails the test when one reads what is not there. The model was read with its weights. Fails
 * with what cannot be compiled. */
Status onnx_run(OnnxRun *run, const OnnxModel *model);

#endif
