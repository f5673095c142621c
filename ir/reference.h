/* SPDX-License-Identifier: Apache-2.0 */
/* The naive convolution in f64: what "correct" means for numbers. Shares nothing with the compiler but the problem. */
#ifndef SEPTET_IR_REFERENCE_H
#define SEPTET_IR_REFERENCE_H

#include "ir/problem.h"

/* x, residual: in the problem's layouts (problem_x_offset, problem_y_offset); weights KCRS with groups outermost
 * (transposed: CKRS); bias [k]; NULL for what the problem lacks.
 * For each of `count` outputs (logical index ((n*K + k)*P + p)*Q + q …; indices == NULL means all, then count is
 * problem_output_count) writes the value and the magnitude that error bounds are stated in: a kernel that sums C R S
 * taps in f32, in any order, errs by at most (CRS + 3) 2^-24 magnitude. It is sum |x w| + |b| + |residual|; an inexact
 * activation multiplies what came before it by its steepness, and adds what its own roundings need, which are at most
 * four units of 2^-24 of its value. With `identity` inexact activations are left out. 'requant' is not applied: its
 * scales are not among the arguments. For problems that pass problem_check. Thread-safe. */
void reference_convolve(const Problem *problem, const float *x, const float *weights, const float *bias,
                        const float *residual, bool identity, const int64_t *indices, int64_t count, double *values,
                        double *magnitudes);

/* The position of a logical output index: image, channel, position[spatial]. */
void reference_unpack_index(const Problem *problem, int64_t index, int64_t *n, int64_t *k, int64_t *position);

#endif
