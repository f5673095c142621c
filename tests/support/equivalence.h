/* SPDX-License-Identifier: Apache-2.0 */
/* Do two nests of one tensor expression compute the same? */
#ifndef SEPTET_TESTS_SUPPORT_EQUIVALENCE_H
#define SEPTET_TESTS_SUPPORT_EQUIVALENCE_H

#include "ir/nest.h"

/* Interprets both nests on the same small whole numbers (-3..3; f64 sums of their products are exact, in any order, and
 * where constants such as 1/3 make them inexact, 1e-5 apart is the same) and
 * compares all arguments afterwards, results included. STATUS_WRONG names the first element that differs; a nest that
 * reads what was never written or leaves a tensor is STATUS_INVALID. Inside context_run. */
Status equivalence_check(Context *context, const Nest *expected, const Nest *actual);

#endif
