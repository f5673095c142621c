/* SPDX-License-Identifier: Apache-2.0 */
/* Interval arithmetic: between which numbers a quasi-affine expression stays while its loops run over a box. Exact when
 * every loop occurs once and outside of mod; otherwise an interval around the exact one. Facts about loop nests, with
 * guards and dynamic bounds, are in ir/facts.h. */
#ifndef SEPTET_IR_RANGE_H
#define SEPTET_IR_RANGE_H

#include "ir/affine.h"

/* first..last, both included. */
typedef struct Range {
    int64_t first, last;
} Range;

/* No value on the way, inside div and mod included, may be larger: evaluation cannot overflow. */
#define RANGE_LIMIT ((int64_t)1 << 48)

/* Between which numbers a loop lies; false when that is not known. */
typedef bool RangeOfLoop(const void *data, const Var *var, Range *out);

/* The range of `a` with every loop where `loop` says. False when a loop's is not known, and when a value leaves
 * -RANGE_LIMIT..RANGE_LIMIT. */
bool range_of_expression(const Affine *a, RangeOfLoop *loop, const void *data, Range *out);

/* The same with every loop in 0..extents[var->id]-1. A loop whose extent is 0 is not in scope: false. */
bool range_of(const Affine *a, const int64_t *extents, Range *out);

#endif
