/* SPDX-License-Identifier: Apache-2.0 */
/* The input of the harnesses that make a plan: a layer in any form on the first line, a schedule behind it. */
#ifndef SEPTET_TESTS_FUZZ_PLAN_INPUT_H
#define SEPTET_TESTS_FUZZ_PLAN_INPUT_H

#include "compiler/plan.h"

/* Reads the layer, and the schedule (NULL without a step: the default is meant). STATUS_REFUSED when the problem is not
 * small: more than some thousand elements or some ten thousand flops, or numbers that f32 does not hold. The target is
 * left to be chosen. */
Status plan_input_read(Context *context, const Source *input, PlanRequest *out);

#endif
