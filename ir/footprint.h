/* SPDX-License-Identifier: Apache-2.0 */
/* Which bytes the loops of a nest touch, how often, and how many of them come from beyond a cache. */
#ifndef SEPTET_IR_FOOTPRINT_H
#define SEPTET_IR_FOOTPRINT_H

#include "base/vector.h"
#include "ir/nest.h"

/* One tensor in a part of a nest. */
typedef struct Touched {
    const Tensor *tensor;
    bool is_written;
    double elements; /* different ones */
    double accesses; /* reads and stores of one element each, those under guards too */
} Touched;

typedef VECTOR(Touched) Footprint; /* in the order of first use; buffers in registers are left out */

/* A loop that is neither unrolled nor on lanes. */
typedef struct FootprintLevel {
    const Stmt *loop;
    int depth;           /* such loops around it */
    double runs;         /* how often the loop is entered */
    double iterations;   /* of one run */
    Footprint footprint; /* of one run */
} FootprintLevel;

typedef VECTOR(FootprintLevel) FootprintLevels;

/* All of the body's loops, each before those inside. Inside context_run. */
FootprintLevels nest_footprints(Context *context, const Nest *nest);

/* What all of the body touches. Inside context_run. */
Footprint nest_footprint(Context *context, const Nest *nest);

/* Bytes of a footprint; what is written counts twice, since a cache reads a line before part of it is written. */
double footprint_bytes(const Footprint *footprint);

typedef struct TensorTraffic {
    const Tensor *tensor;
    double bytes; /* what is written counts twice */
} TensorTraffic;

typedef VECTOR(TensorTraffic) NestTraffic; /* in the order of nest_footprint */

/* Bytes of each tensor that one call moves from beyond a cache of that size; all 0 when everything fits, as it is there
 * from the last call. A loop one iteration of which fits fetches what it touches once a run; any other fetches in each
 * iteration what its body does. Inside context_run. */
NestTraffic nest_traffic(Context *context, const Nest *nest, int64_t cache_bytes);

#endif
