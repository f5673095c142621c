/* SPDX-License-Identifier: Apache-2.0 */
/* Region inference: which part of a tensor do the statements below a place of the nest read? Per axis a first index,
 * which may change with the loops around the place, and a number of elements, which does not: the size of a buffer that
 * holds the part, and where it starts. Nothing is assumed of the indices but that they are quasi-affine. */
#ifndef SEPTET_COMPILER_SCHEDULE_REGION_H
#define SEPTET_COMPILER_SCHEDULE_REGION_H

#include "ir/facts.h"

/* Elements first[i] .. first[i] + extent[i] - 1 on axis i; they may lie outside of the tensor. */
typedef struct Region {
    int rank;
    const Affine *first[TENSOR_MAX_RANK];
    int64_t extent[TENSOR_MAX_RANK];
} Region;

/* The region of `tensor` that `body` reads; `facts` hold where the body stands, and their loops alone occur in `first`.
 * Every read is proved to lie inside; where that fails, an axis is taken whole. *reads: how many reads there are; the
 * region of none is the whole tensor. */
Region region_of_reads(Context *context, const Facts *facts, const Stmt *body, const Tensor *tensor, int *reads);

/* Is axis `axis` of the region all of the tensor's? */
bool region_is_whole(const Region *region, const Tensor *tensor, int axis);

#endif
