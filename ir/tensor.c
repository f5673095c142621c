/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts: from logical indices to the place of an element in memory.
 *
 * Memory is row-major over the physical axes of the layout; the index along one of them is the logical index taken
 * through its div and mod steps. [k/32 r s c k%32] of w[k,c,r,s] puts element (k,c,r,s) at
 *     (((k div 32 * R + r) * S + s) * C + c) * 32 + k mod 32. */
#include "ir/tensor.h"

#include "base/integer.h"

#include <assert.h>
#include <string.h>

static const char *const scope_names[] = {
#define SCOPE_NAME(id, spelling) [SCOPE_##id] = #spelling,
    SCOPES(SCOPE_NAME)
#undef SCOPE_NAME
};

enum { SCOPE_COUNT = sizeof scope_names / sizeof *scope_names };

const char *scope_name(Scope scope) {
    return scope_names[scope];
}

bool scope_find(const char *name, size_t length, Scope *out) {
    for (int i = 0; i < SCOPE_COUNT; i++) {
        if (strlen(scope_names[i]) == length && memcmp(scope_names[i], name, length) == 0) {
            *out = (Scope)i;
            return true;
        }
    }
    return false;
}

Layout layout_identity(int rank) {
    assert(rank <= TENSOR_MAX_RANK);
    Layout layout = {.rank = rank};
    for (int i = 0; i < rank; i++) layout.axes[i].axis = i;
    return layout;
}

static bool layout_is_identity(const Layout *layout, int rank) {
    if (layout->rank != rank) return false;
    for (int i = 0; i < rank; i++) {
        if (layout->axes[i].axis != i || layout->axes[i].op_count != 0) return false;
    }
    return true;
}

int64_t tensor_layout_extent(const Tensor *tensor, int axis) {
    const LayoutAxis *physical = &tensor->layout.axes[axis];
    int64_t extent = tensor->axes[physical->axis].extent;
    for (int i = 0; i < physical->op_count; i++) {
        int64_t divisor = physical->ops[i].divisor;
        extent = physical->ops[i].modulo ? divisor : integer_ceil_div(extent, divisor);
    }
    return extent;
}

int64_t tensor_reach(const Tensor *tensor, int axis) {
    int64_t reach = 1;
    for (int i = 0; i < tensor->layout.rank; i++)
        if (tensor->layout.axes[i].axis == axis) reach *= tensor_layout_extent(tensor, i);
    return reach;
}

int64_t tensor_elements(const Tensor *tensor) {
    int64_t elements = 1;
    for (int i = 0; i < tensor->layout.rank; i++)
        if (__builtin_mul_overflow(elements, tensor_layout_extent(tensor, i), &elements)) return INT64_MAX;
    return elements;
}

int64_t tensor_bytes(const Tensor *tensor) {
    return tensor_elements(tensor) * (int64_t)type_bytes(tensor->type);
}

/* The index along a physical axis. */
static const Affine *physical_index(Context *context, const LayoutAxis *physical, const Affine *const *index) {
    const Affine *value = index[physical->axis];
    for (int i = 0; i < physical->op_count; i++) {
        int64_t divisor = physical->ops[i].divisor;
        value = physical->ops[i].modulo ? affine_mod(context, value, divisor) : affine_div(context, value, divisor);
    }
    return value;
}

const Affine *tensor_offset(Context *context, const Tensor *tensor, const Affine *const *index) {
    const Affine *offset = affine_constant(context, 0);
    for (int i = 0; i < tensor->layout.rank; i++) {
        offset = affine_scale(context, offset, tensor_layout_extent(tensor, i));
        offset = affine_add(context, offset, physical_index(context, &tensor->layout.axes[i], index));
    }
    return offset;
}

int64_t tensor_offset_at(const Tensor *tensor, const int64_t *index) {
    int64_t offset = 0;
    for (int i = 0; i < tensor->layout.rank; i++) {
        const LayoutAxis *physical = &tensor->layout.axes[i];
        int64_t value = index[physical->axis];
        assert(value >= 0);
        for (int j = 0; j < physical->op_count; j++) {
            int64_t divisor = physical->ops[j].divisor;
            value = physical->ops[j].modulo ? value % divisor : value / divisor;
        }
        offset = offset * tensor_layout_extent(tensor, i) + value;
    }
    return offset;
}

double tensor_constant_at(const Tensor *tensor, const int64_t *index) {
    int64_t position = 0;
    for (int i = 0; i < tensor->rank; i++) position = position * tensor->axes[i].extent + index[i];
    const Rational *value = &tensor->values[position];
    return type_round(tensor->type, (double)value->numerator / (double)value->denominator);
}

int tensor_find_axis(const Tensor *tensor, const char *name) {
    for (int i = 0; i < tensor->rank; i++) {
        if (strcmp(tensor->axes[i].name, name) == 0) return i;
    }
    return -1;
}

/* "[n h w c]", "[k/32 r s c k%32]" */
static void print_layout(const Tensor *tensor, Text *text) {
    text_add_string(text, "[");
    for (int i = 0; i < tensor->layout.rank; i++) {
        const LayoutAxis *physical = &tensor->layout.axes[i];
        text_add(text, "%s%s", i > 0 ? " " : "", tensor->axes[physical->axis].name);
        for (int j = 0; j < physical->op_count; j++)
            text_add(text, "%c%lld", physical->ops[j].modulo ? '%' : '/', (long long)physical->ops[j].divisor);
    }
    text_add_string(text, "]");
}

void tensor_print_axes(const Tensor *tensor, Text *text) {
    text_add_string(text, "[");
    for (int i = 0; i < tensor->rank; i++) {
        const Axis *axis = &tensor->axes[i];
        text_add(text, "%s%s %lld", i > 0 ? ", " : "", axis->name, (long long)axis->extent);
    }
    text_add_string(text, "]");
    if (layout_is_identity(&tensor->layout, tensor->rank)) return;
    text_add_string(text, " as ");
    print_layout(tensor, text);
}

void tensor_print_shape(const Tensor *tensor, Text *text) {
    text_add(text, "%s ", type_name(tensor->type));
    tensor_print_axes(tensor, text);
}
