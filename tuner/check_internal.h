/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the check share: a reference's data sets, one run in a child, one comparison. */
#ifndef SEPTET_TUNER_CHECK_INTERNAL_H
#define SEPTET_TUNER_CHECK_INTERNAL_H

#include "tuner/check.h"
#include "tuner/guarded.h"
#include "tuner/machine.h"

typedef enum DataKind { DATA_INTEGER, DATA_NORMAL, DATA_UNIFORM, DATA_COUNT } DataKind;

/* Inputs of one kind, and what comes of them in f64. */
typedef struct DataSet {
    const char *name;
    bool exact; /* results must be equal, not only near */
    float *x, *weights, *bias, *residual;
    int64_t count;          /* compared outputs */
    const int64_t *indices; /* their logical indices; NULL: all, in order */
    double *values, *magnitudes;
} DataSet;

struct CheckReference {
    Problem problem;
    int64_t taps; /* CRS: products summed for one output, those in the padding included */
    double bound;
    DataSet sets[DATA_COUNT];
};

/* The arguments of a kernel. */
typedef struct CheckBuffers {
    Guarded x, weights, bias, residual, packed, y, workspace;
} CheckBuffers;

/* An object, and what runs it. */
typedef struct CheckSubject {
    const KernelObject *object;
    const Machine *machine;
    int library; /* descriptor of the linked object when the machine is emulated, else -1 */
} CheckSubject;

/* Packs and runs the kernel once in a child process; x, weights, bias and residual hold the inputs, y receives the
 * result. In place: y holds the residual. The verdict is CHECK_OK when it ran to its end and kept to its buffers; else
 * `detail` says what happened. */
Status check_run(Context *context, const CheckSubject *subject, const CheckBuffers *buffers, bool in_place,
                 CheckReport *out);

/* The value that y is filled with beforehand: a NaN that arithmetic does not produce. */
float check_poison(void);

/* Compares y, in the problem's layout, with a data set's reference; sets verdict and detail when it is wrong, and
 * raises the error figures when the set is not exact. */
void check_compare(Context *context, const CheckReference *reference, const DataSet *set, const float *y,
                   CheckReport *out);

#endif
