/* SPDX-License-Identifier: Apache-2.0 */
/* Algorithms: how a problem is decomposed into stages. Each makes a tensor expression. */
#ifndef SEPTET_COMPILER_ALGORITHMS_H
#define SEPTET_COMPILER_ALGORITHMS_H

#include "ir/pipeline.h"
#include "ir/problem.h"

/* The convolution as it is written in books: one stage y. Tensors x, w, b (when the epilogue has bias), residual (add),
 * scales and zero_points (requant), y, with logical axes x [n g c h w], w [g k c r s], b [g k], y [n g k p q] (g left
 * out when it is 1; c, k per group; 1-D: w, s, q alone, 3-D: d, t, z in front) and physical order by the problem's
 * layouts. With blocked channels of several groups x is [n c h w], c over all groups, and so is k of y when the blocks
 * neither lie inside groups nor hold whole ones. The problem is legal (problem_check); call inside context_run. */
const Pipeline *algorithm_direct(Context *context, const Problem *problem);

/* Has y one axis k for the channels of all groups? */
bool algorithm_direct_joins_groups(const Problem *problem);

#endif
