/* SPDX-License-Identifier: Apache-2.0 */
/* Which of several candidates is best, when they were timed beside each other in rounds (MeasureWish.interleaved). */
#ifndef SEPTET_TUNER_SESSION_COMPARE_H
#define SEPTET_TUNER_SESSION_COMPARE_H

#include <stddef.h>

#include "tuner/measurement.h"

/* Is `a` clearly faster: by more than 1 % and in all rounds that count for both but one of five, or by more than 5 %?
 * Both are ok. */
bool compare_is_faster(const Measurement *a, const Measurement *b);

/* Is `a` simpler: fewer steps, then less code, then the schedule whose text comes first? */
bool compare_is_simpler(const Measurement *a, const Measurement *b);

/* The winner: the simplest of those than which the fastest is not clearly faster. NULL entries, and those that are not
 * ok, take no part; returns `count` when nobody is left. */
size_t compare_winner(const Measurement *const *results, size_t count);

#endif
