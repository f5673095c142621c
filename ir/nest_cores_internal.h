/* SPDX-License-Identifier: Apache-2.0 */
/* What proofs about loops on cores share: within a region (ir/nest_cores.c), and between regions
 * (ir/nest_cores_apart.c).
 */
#ifndef SEPTET_IR_NEST_CORES_INTERNAL_H
#define SEPTET_IR_NEST_CORES_INTERNAL_H

#include "ir/nest.h"

/* Where one index, `rest`, has c*(X mod m) and another one, `whole`, a*(X div m), the first plus *weight = c*m/a times
 * the second has c*X instead; that sum, or NULL when they have no such terms. */
const Affine *cores_join(Context *context, const Affine *whole, const Affine *rest, int64_t *weight);

/* Whose memory it is: a residual may lie in that of the output. */
const Tensor *cores_memory_of(const Nest *nest, const Tensor *tensor);

#endif
