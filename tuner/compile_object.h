/* SPDX-License-Identifier: Apache-2.0 */
/* From plans to objects that can be checked and timed. All functions may be called inside context_run or outside; what
 * they hand out is in the context's arena and refers to the plan. */
#ifndef SEPTET_TUNER_COMPILE_OBJECT_H
#define SEPTET_TUNER_COMPILE_OBJECT_H

#include "compiler/plan.h"
#include "tuner/check.h"
#include "tuner/kernel.h"

/* Bytes that were compiled from a plan, with what the plan knows about them. */
KernelObject object_of_plan(const Plan *plan, const char *bytes, size_t length);

/* Compiles a plan; errors of emit_kernel. */
Status object_compile(Context *context, const Plan *plan, KernelObject *out);

/* The same schedule for check_exact_problem: *out is `given`, the plan's own object, when that is the same problem. */
Status object_compile_exact(Context *context, const Plan *plan, const KernelObject *given, KernelObject *out);

/* check_object_on (tuner/check.h) of bytes that were compiled from a plan, on a machine of the plan's target. */
Status check_kernel_on(Context *context, const Machine *machine, const CheckReference *reference, const Plan *plan,
                       const char *bytes, size_t length, CheckReport *out);

/* The same on a machine made for this once. STATUS_UNSUPPORTED with the reason when there is none for the target. */
Status check_kernel(Context *context, const CheckReference *reference, const Plan *plan, const char *bytes,
                    size_t length, CheckReport *out);

#endif
