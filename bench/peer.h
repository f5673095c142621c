/* SPDX-License-Identifier: Apache-2.0 */
/* A library that computes convolutions too. */
#ifndef SEPTET_BENCH_PEER_H
#define SEPTET_BENCH_PEER_H

#include "tuner/measuring/subject.h"
#include "tuner/measuring/timing.h"

/* A layer made ready in the library: weights in the order that it prefers, everything allocated. */
typedef struct PeerSession {
    void *state;                /* the library's own */
    const char *implementation; /* what the library calls the code that it chose */
    const float *y;             /* in the problem's layout; after open, the result of one run */
} PeerSession;

typedef struct PeerLibrary {
    const char *name, *version;
    /* Uses a thread on each of the cores, and weights from `cold_bytes` (0: warm) of copies in turn. `data` outlives
     * the session. STATUS_UNSUPPORTED when the library cannot compute the problem; nothing is to be closed after an
     * error. */
    Status (*open)(Context *context, const LayerData *data, const TimingCores *cores, int64_t cold_bytes,
                   PeerSession *out);
    TimedFunction *run; /* of a PeerSession; brings x and y from and into the problem's layouts every time */
    void (*close)(PeerSession *session);
} PeerLibrary;

/* How far the results of two computations of the problem are apart: |y - theirs|_2 / |theirs|_2 over all outputs. */
double peer_difference(const Problem *problem, const float *y, const float *theirs);

/* How far apart they may be: roundings of sums of CRS terms of either sign grow like a random walk, so 4 (sqrt(CRS) +
 * 3) units of 2^-24 are far from what happens by rounding and far from what a wrong tap does; inexact activations may
 * add 1e-5. */
double peer_difference_bound(const Problem *problem);

#endif
