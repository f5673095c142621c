/* SPDX-License-Identifier: Apache-2.0 */
/* Do indices and addresses fit in the integers of the target? With 8 bytes they always do (ir/problem.h has the
 * limits). With 4, every tensor must be smaller than 2^31 bytes, padding included: an element that a guard keeps from
 * being read still has an offset that is computed, and must not come out as another one's. */
#include "compiler/llvm/internal.h"

static const double address_limit_bytes = 0x1p31;

/* Positions of one dimension that any index of x may take, inside the image or not. */
static double padded_extent(const Dimension *d) {
    int64_t image = d->input + integer_max(d->pad_begin, 0) + integer_max(d->pad_end, 0);
    int64_t output = d->output + integer_max(d->pad_begin, 0) + integer_max(d->pad_end, 0);
    int64_t reach = d->output * d->stride + d->kernel * d->dilation;
    return (double)integer_max(integer_max(image, output), reach);
}

static double padded_x_bytes(const Problem *problem) {
    double bytes = (double)problem_x_elements(problem) * (double)type_bytes(problem->x_type);
    for (int i = 0; i < problem->spatial; i++) {
        const Dimension *d = &problem->dimension[i];
        bytes *= padded_extent(d) / (double)d->input;
    }
    return bytes;
}

static Status refuse(Context *context, const Target *target, const char *what, double bytes) {
    return diag_error(context, STATUS_UNSUPPORTED,
                      "%s: %.0f bytes are too many for the 32-bit addresses of %s; the limit is below 2^31", what,
                      bytes, target->name);
}

Status check_address_space(Context *context, const Plan *plan) {
    const Target *target = plan->target;
    if (target->address_bytes > 4) return STATUS_OK;
    double padded = padded_x_bytes(&plan->problem);
    if (padded >= address_limit_bytes) return refuse(context, target, "x with its padding", padded);
    const struct {
        const char *what;
        int64_t bytes;
    } sizes[] = {{"the packed weights", packed_bytes(plan->nest)}, {"the workspace", workspace_bytes(plan)}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        double bytes = (double)sizes[i].bytes;
        if (bytes >= address_limit_bytes) return refuse(context, target, sizes[i].what, bytes);
    }
    for (int i = 0; i < plan->nest->tensor_count; i++) {
        const Tensor *tensor = plan->nest->tensors[i];
        double bytes = (double)tensor_bytes(tensor);
        if (bytes >= address_limit_bytes) return refuse(context, target, tensor->name, bytes);
    }
    return STATUS_OK;
}
