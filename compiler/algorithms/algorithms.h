/* SPDX-License-Identifier: Apache-2.0 */
/* Algorithms: how a problem is decomposed into stages. Each makes a tensor expression. */
#ifndef SEPTET_COMPILER_ALGORITHMS_H
#define SEPTET_COMPILER_ALGORITHMS_H

#include "ir/pipeline.h"
#include "ir/problem.h"

/* The convolution as it is written in books: one stage y. Tensors x, w, b (when the epilogue has bias), residual (add),
 * y, with logical axes x [n g c h w], w [g k c r s], b [g k], y [n g k p q] (g left out when it is 1; c, k per group)
 * and physical order by the problem's layouts. */
const Pipeline *algorithm_direct(Context *context, const Problem *problem);

#endif
