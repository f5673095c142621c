/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a loop nest, read again. */
#ifndef SEPTET_TESTS_SUPPORT_ROUND_TRIP_H
#define SEPTET_TESTS_SUPPORT_ROUND_TRIP_H

#include "ir/nest.h"

/* Prints the nest and reads the text: the result must print the same and have the same loops, of the same stages,
 * summed over or not. STATUS_WRONG with the text where they differ. Inside context_run; *out is the nest that was read.
 */
Status round_trip_check(Context *context, const Nest *nest, const Nest **out);

#endif
