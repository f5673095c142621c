/* SPDX-License-Identifier: Apache-2.0 */
/* Is a tensor possible: its extents, and a layout that gives every element a place of its own.
 *
 * Each physical axis shows some digits of a logical index i: its steps amount to (i div D) mod M, or i div D alone (a
 * division behind a modulo must divide it). The digits of one logical axis must fit together as those of a number do:
 * sorted by D they start at 1, each next D is the last D * M, and the last reaches the extent. */
#include <stdlib.h>

#include "ir/problem.h"
#include "ir/tensor.h"

/* (i div divisor) mod modulus; modulus 0: no mod. */
typedef struct Digit {
    int64_t divisor, modulus;
} Digit;

static bool digit_divide(Digit *digit, int64_t by) {
    if (digit->divisor > PROBLEM_MAX_EXTENT / by) return false;
    if (digit->modulus % by != 0) return false;
    digit->divisor *= by;
    digit->modulus /= by;
    return true;
}

static bool digit_reduce(Digit *digit, int64_t modulus) {
    if (digit->modulus % modulus != 0) return false;
    digit->modulus = modulus;
    return true;
}

static bool digit_of(const LayoutAxis *physical, Digit *out) {
    *out = (Digit){.divisor = 1, .modulus = 0};
    for (int i = 0; i < physical->op_count; i++) {
        int64_t operand = physical->ops[i].divisor;
        if (operand < 1 || operand > PROBLEM_MAX_EXTENT) return false;
        if (!(physical->ops[i].modulo ? digit_reduce(out, operand) : digit_divide(out, operand))) return false;
    }
    return true;
}

static int compare_digits(const void *a, const void *b) {
    const Digit *left = a, *right = b;
    return (left->divisor > right->divisor) - (left->divisor < right->divisor);
}

/* Does the layout show all digits of the axis, each once? */
static bool axis_is_placed_once(const Tensor *tensor, int axis) {
    Digit digits[TENSOR_MAX_RANK];
    size_t count = 0;
    for (int i = 0; i < tensor->layout.rank; i++) {
        if (tensor->layout.axes[i].axis != axis) continue;
        if (!digit_of(&tensor->layout.axes[i], &digits[count++])) return false;
    }
    qsort(digits, count, sizeof *digits, compare_digits);
    int64_t shown = 1; /* 0: all */
    for (size_t i = 0; i < count; i++) {
        if (shown == 0 || digits[i].divisor != shown) return false;
        shown = digits[i].modulus > PROBLEM_MAX_EXTENT / shown ? 0 : shown * digits[i].modulus;
    }
    return count > 0 && (shown == 0 || shown >= tensor->axes[axis].extent);
}

static Status verify_axes(Context *context, const Tensor *tensor) {
    for (int i = 0; i < tensor->rank; i++) {
        const Axis *axis = &tensor->axes[i];
        if (axis->extent < 1 || axis->extent > PROBLEM_MAX_EXTENT)
            return diag_error(context, STATUS_INVALID, "tensor %s: the extent of axis %s must be in 1..%lld, not %lld",
                              tensor->name, axis->name, (long long)PROBLEM_MAX_EXTENT, (long long)axis->extent);
        if (tensor_find_axis(tensor, axis->name) != i)
            return diag_error(context, STATUS_INVALID, "tensor %s has two axes %s", tensor->name, axis->name);
    }
    return STATUS_OK;
}

static Status verify_size(Context *context, const Tensor *tensor) {
    int64_t elements = 1;
    for (int i = 0; i < tensor->layout.rank; i++) {
        int64_t extent = tensor_layout_extent(tensor, i);
        if (extent > PROBLEM_MAX_ELEMENTS / elements)
            return diag_error(context, STATUS_INVALID, "tensor %s has more than 2^48 elements", tensor->name);
        elements *= extent;
    }
    return STATUS_OK;
}

Status tensor_verify(Context *context, const Tensor *tensor) {
    if (tensor->rank < 1 || tensor->rank > TENSOR_MAX_RANK || tensor->layout.rank > TENSOR_MAX_RANK)
        return diag_error(context, STATUS_INVALID, "tensor %s must have 1..%d axes", tensor->name, TENSOR_MAX_RANK);
    TRY(verify_axes(context, tensor));
    for (int i = 0; i < tensor->rank; i++) {
        if (!axis_is_placed_once(tensor, i))
            return diag_error(context, STATUS_INVALID,
                              "tensor %s: the layout does not give every element along axis %s one place", tensor->name,
                              tensor->axes[i].name);
    }
    return verify_size(context, tensor);
}
