/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what is said of a tensor:
 *     axes     = "[" AXIS extent {"," AXIS extent} "]"
 *     layout   = "as" "[" AXIS {AXIS} "]"              AXIS = NAME {("/" | "%") INTEGER}
 *     values   = "=" "{" rational {"," rational} "}"   rational = ["-"] INTEGER ["/" INTEGER]
 * Whether the tensor is possible is for tensor_verify to say. */
#include <string.h>

#include "ir/problem.h"
#include "ir/reader.h"

Status reader_read_tensor_name(Reader *reader, Tensor *tensor) {
    reader_note_place(reader, tensor, reader->scanner.token.offset);
    return scan_name(&reader->scanner, "the name of a tensor", &tensor->name);
}

Status reader_read_type(Reader *reader, ScalarType *out) {
    Scanner start = reader->scanner;
    const char *name = NULL;
    TRY(scan_name(&reader->scanner, "a type", &name));
    if (type_find(name, strlen(name), out)) return STATUS_OK;
    return scan_error(&start, "unknown type '%s'; types are f64, f32, f16, bf16, s32, s8, u8", name);
}

/* NAME {("/" | "%") INTEGER}: packed tensors have axes that are pieces of others. */
static Status read_axis_name(Reader *reader, const char **out) {
    TRY(scan_name(&reader->scanner, "an axis", out));
    for (;;) {
        bool is_modulo = scan_is(&reader->scanner, "%"), found = false;
        int64_t divisor = 0;
        TRY(reader_accept(reader, is_modulo ? "%" : "/", &found));
        if (!found) return STATUS_OK;
        TRY(scan_integer(&reader->scanner, "a block size", 1, PROBLEM_MAX_EXTENT, &divisor));
        *out = arena_format(reader->context, "%s%c%lld", *out, is_modulo ? '%' : '/', (long long)divisor);
    }
}

Status reader_read_axes(Reader *reader, Tensor *tensor) {
    TRY(reader_expect(reader, "["));
    bool has_more = true;
    while (has_more) {
        if (tensor->rank == TENSOR_MAX_RANK)
            return scan_error(&reader->scanner, "a tensor has at most %d axes", TENSOR_MAX_RANK);
        Axis *axis = &tensor->axes[tensor->rank++];
        reader_note_place(reader, axis, reader->scanner.token.offset);
        TRY(read_axis_name(reader, &axis->name));
        TRY(scan_integer(&reader->scanner, "an extent", 1, PROBLEM_MAX_EXTENT, &axis->extent));
        TRY(reader_accept(reader, ",", &has_more));
    }
    tensor->layout = layout_identity(tensor->rank);
    return scan_expect(&reader->scanner, "]");
}

/* NAME {("/" | "%") INTEGER} */
static Status read_layout_axis(Reader *reader, const Tensor *tensor, LayoutAxis *out) {
    Scanner start = reader->scanner;
    const char *name = NULL;
    *out = (LayoutAxis){.axis = 0};
    TRY(scan_name(&reader->scanner, "an axis", &name));
    out->axis = tensor_find_axis(tensor, name);
    if (out->axis < 0) return scan_error(&start, "%s has no axis '%s'", tensor->name, name);
    for (;;) {
        bool is_modulo = scan_is(&reader->scanner, "%"), found = false;
        TRY(reader_accept(reader, is_modulo ? "%" : "/", &found));
        if (!found) return STATUS_OK;
        if (out->op_count == LAYOUT_MAX_OPS)
            return scan_error(&reader->scanner, "more than %d of '/' and '%%' on one axis", LAYOUT_MAX_OPS);
        out->ops[out->op_count].modulo = is_modulo;
        TRY(scan_integer(&reader->scanner, "a block size", 1, PROBLEM_MAX_EXTENT, &out->ops[out->op_count++].divisor));
    }
}

Status reader_read_layout(Reader *reader, Tensor *tensor) {
    bool has_layout = false;
    TRY(reader_accept(reader, "as", &has_layout));
    if (!has_layout) return STATUS_OK;
    TRY(reader_expect(reader, "["));
    tensor->layout.rank = 0;
    while (!scan_is(&reader->scanner, "]")) {
        if (tensor->layout.rank == TENSOR_MAX_RANK)
            return scan_error(&reader->scanner, "a layout has at most %d axes", TENSOR_MAX_RANK);
        TRY(read_layout_axis(reader, tensor, &tensor->layout.axes[tensor->layout.rank++]));
    }
    return scan_next(&reader->scanner);
}

static Rational lowest_terms(int64_t numerator, int64_t denominator) {
    int64_t a = numerator < 0 ? -numerator : numerator, b = denominator;
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return (Rational){.numerator = numerator / a, .denominator = denominator / a};
}

static Status read_rational(Reader *reader, Rational *out) {
    int64_t numerator = 0, denominator = 1;
    bool has_denominator = false;
    TRY(scan_integer(&reader->scanner, "a number", -PROBLEM_MAX_EXTENT, PROBLEM_MAX_EXTENT, &numerator));
    TRY(scan_accept(&reader->scanner, "/", &has_denominator));
    if (has_denominator) TRY(scan_integer(&reader->scanner, "a denominator", 1, PROBLEM_MAX_EXTENT, &denominator));
    *out = lowest_terms(numerator, denominator);
    return STATUS_OK;
}

/* Has the tensor so many elements? Extents are below 2^31, so that the product is known before it overflows. */
static bool has_elements(const Tensor *tensor, size_t count) {
    size_t elements = 1;
    for (int i = 0; i < tensor->rank; i++) {
        if (elements > count) return false;
        elements *= (size_t)tensor->axes[i].extent;
    }
    return elements == count;
}

Status reader_read_values(Reader *reader, Tensor *tensor) {
    VECTOR(Rational) values = {0};
    TRY(reader_expect(reader, "="));
    TRY(reader_expect(reader, "{"));
    bool has_more = true;
    while (has_more) {
        Rational value;
        TRY(read_rational(reader, &value));
        VECTOR_PUSH(reader->context, &values, value);
        TRY(reader_accept(reader, ",", &has_more));
    }
    if (!has_elements(tensor, values.count)) {
        Text axes = text_new(reader->context);
        tensor_print_axes(tensor, &axes);
        return scan_error(&reader->scanner, "constant %s %s is given %zu values", tensor->name, text_string(&axes),
                          values.count);
    }
    tensor->values = values.items;
    return scan_expect(&reader->scanner, "}");
}
