/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations of tensors, as tensor expressions and loop nests begin with them. */
#include "ir/tensor.h"

static void print_rational(Rational value, Text *text) {
    text_add(text, "%lld", (long long)value.numerator);
    if (value.denominator != 1) text_add(text, "/%lld", (long long)value.denominator);
}

/* A matrix stands one row a line. */
static void print_values(const Tensor *tensor, Text *text) {
    int64_t row = tensor->axes[tensor->rank - 1].extent;
    int64_t count = 1;
    for (int i = 0; i < tensor->rank; i++) count *= tensor->axes[i].extent;
    text_add_string(text, " = {");
    for (int64_t i = 0; i < count; i++) {
        bool starts_row = count > row && i % row == 0;
        text_add_string(text, starts_row ? "\n    " : " ");
        print_rational(tensor->values[i], text);
        text_add_string(text, i + 1 < count ? "," : " }");
    }
}

void tensor_print_declaration(const Tensor *tensor, Text *text) {
    bool is_constant = tensor->scope == SCOPE_CONSTANT;
    text_add(text, "%s %s ", is_constant ? "constant" : "tensor", tensor->name);
    tensor_print_shape(tensor, text);
    if (tensor->scope != SCOPE_ARGUMENT && !is_constant) text_add(text, " in %s", scope_name(tensor->scope));
    if (tensor->padded) text_add_string(text, " padded");
    if (is_constant) print_values(tensor, text);
    text_add_string(text, "\n");
}
