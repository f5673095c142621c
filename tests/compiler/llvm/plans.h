/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for the tests of emission, from text. */
#ifndef SEPTET_TESTS_COMPILER_LLVM_PLANS_H
#define SEPTET_TESTS_COMPILER_LLVM_PLANS_H

#include "compiler/plan.h"

/* The 3x3 layer of ResNet-50 and its complete schedule, 14 pixels x 32 channels in registers; a small layer with
 * padding, tails and a clamp; the same without its epilogue. */
extern const char *const resnet_problem, *const resnet_schedule, *const small_problem, *const plain_problem;

/* The plan of a kernel named "kernel". schedule NULL: the default; "": the seven loops. */
Status plan_of(Context *context, const char *target, const char *problem, const char *schedule, const Plan **out);

/* The plan of a kernel named "kernel" that computes a tensor expression, the text tests/ir/pipelines/FILE: its comment
 * names the problem. */
Status plan_of_expression(Context *context, const char *target, const char *file, const char *schedule,
                          const Plan **out);

/* The same, with the expression and the schedule of the golden file tests/compiler/schedule/FILE, whose comment names
 * the problem. */
Status plan_of_golden(Context *context, const char *target, const char *file, const Plan **out);

#endif
