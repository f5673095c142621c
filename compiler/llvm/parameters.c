/* SPDX-License-Identifier: Apache-2.0 */
/* What NAME takes. Only facts of the problem come and go; the workspace is always there and last, so that tuning again
 * never changes a caller. */
#include "compiler/llvm/internal.h"

int kernel_parameters(const Plan *plan, Parameter out[KERNEL_MAX_PARAMETERS]) {
    const Problem *problem = &plan->problem;
    bool adds = problem_has(problem, EPILOGUE_ADD);
    int count = 0;
    out[count++] = (Parameter){.name = "x", .tensor = "x", .alignment = sizeof(float)};
    out[count++] = (Parameter){.name = "packed", .alignment = BUFFER_ALIGNMENT};
    if (problem_has(problem, EPILOGUE_BIAS)) {
        out[count++] = (Parameter){.name = "bias", .tensor = "b", .alignment = sizeof(float)};
    }
    if (adds) {
        out[count++] =
            (Parameter){.name = "residual", .tensor = PIPELINE_RESIDUAL, .alignment = sizeof(float), .may_alias = true};
    }
    out[count++] =
        (Parameter){.name = "y", .tensor = "y", .alignment = sizeof(float), .written = true, .may_alias = adds};
    bool works = workspace_bytes(plan) > 0;
    out[count++] = (Parameter){.name = "workspace", .alignment = works ? BUFFER_ALIGNMENT : 1, .written = works};
    return count;
}
