/* SPDX-License-Identifier: Apache-2.0 */
/* Random problems that are small enough to be interpreted. */
#ifndef SEPTET_TESTS_SUPPORT_RANDOM_PROBLEM_H
#define SEPTET_TESTS_SUPPORT_RANDOM_PROBLEM_H

#include "base/random.h"
#include "ir/problem.h"

/* Draws a problem of any kind: 1-D to 3-D, transposed, dense, grouped, depthwise, with a multiplier, strided, dilated,
 * padded unevenly, in any layout, with any epilogue; of few enough terms. Now and then it is not possible: ask
 * problem_check. */
Problem random_problem(Random *random);

#endif
