/* SPDX-License-Identifier: Apache-2.0 */
/* Does a nest compute the convolution that it is for? */
#ifndef SEPTET_TESTS_SUPPORT_REFERENCE_CHECK_H
#define SEPTET_TESTS_SUPPORT_REFERENCE_CHECK_H

#include "base/random.h"
#include "ir/nest.h"
#include "ir/problem.h"

/* Interprets the nest, whose arguments are called as in compiler/plan.h, on small whole numbers and compares every
 * output with reference_convolve. STATUS_WRONG names the first that is farther off than tolerance * (1 + magnitude).
 * Inside context_run. */
Status reference_check(Context *context, Random *random, const Problem *problem, const Nest *nest, double tolerance);

#endif
