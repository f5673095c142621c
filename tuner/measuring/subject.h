/* SPDX-License-Identifier: Apache-2.0 */
/* What is timed: the data of a layer, and our kernel for it, compiled and linked. */
#ifndef SEPTET_TUNER_MEASURING_SUBJECT_H
#define SEPTET_TUNER_MEASURING_SUBJECT_H

#include "tuner/kernel.h"
#include "tuner/measuring/pages.h"

/* Inputs, in the problem's layouts; random numbers, as after a ReLU in x and of either sign in
 * the weights, so that outputs of either sign come about; never pages of zeros. */
typedef struct LayerData {
    const Problem *problem;
    float *x, *weights, *bias, *residual;
    Pages pages[4]; /* of these */
} LayerData;

/* In pages of its own, freed with data_free, also after a failure. STATUS_NO_MEMORY. */
Status data_new(Context *context, const Problem *problem, LayerData *out);
void data_free(LayerData *data);

/* CRS: products summed for one output, those in the padding included. */
int64_t data_taps(const Problem *problem);

typedef struct Subject {
    const LayerData *data;
    Kernel kernel;
    char *packed; /* `copies` times, taken in turn by the runs */
    int64_t packed_bytes, copies, next_copy;
    float *y;
    void *workspace;
    Pages packed_pages, y_pages, workspace_pages;
} Subject;

/* Links the object, packs `copies` times and runs once. Freed with subject_free, also
 * after a failure. STATUS_WRONG when the kernel reports an error. */
Status subject_new(Context *context, const KernelObject *object, const LayerData *data, int64_t copies, Subject *out);
void subject_free(Subject *subject);

/* A TimedFunction. */
void subject_run(void *subject, int64_t count);

#endif
