/* SPDX-License-Identifier: Apache-2.0 */
/* Reads values:
 *     value   = product {("+" | "-") product}
 *     product = factor {"*" factor}
 *     factor  = ["-"] NUMBER | "(" value ")" | TYPE "(" value ")" | FUNCTION "(" value {"," value} ")"
 *             | TENSOR "[" index {"," index} "]" | SUM
 * Only tensor expressions have sums (pipeline_parse_sum.c). */
#include <string.h>

#include "base/suggest.h"
#include "ir/reader.h"

static Status unknown_function(const Scanner *at, const char *name) {
    const char *names[FUNCTION_COUNT];
    for (int i = 0; i < FUNCTION_COUNT; i++) names[i] = function_name((FunctionKind)i);
    const char *near = suggest_word(name, strlen(name), names, FUNCTION_COUNT);
    if (near != NULL) return scan_error(at, "unknown function '%s'; did you mean '%s'?", name, near);
    return scan_error(at, "'%s' is neither a function nor a type", name);
}

static Status wrong_index_count(const Reader *reader, const char *comparison, const Tensor *tensor) {
    Text axes = text_new(reader->context);
    tensor_print_axes(tensor, &axes);
    return scan_error(&reader->scanner, "%s indices than %s has axes: %s", comparison, tensor->name,
                      text_string(&axes));
}

Status reader_read_indices(Reader *reader, const Tensor *tensor, const Affine **index) {
    TRY(reader_expect(reader, "["));
    int count = 0;
    bool has_more = tensor->rank > 0;
    while (has_more) {
        if (count == tensor->rank) return wrong_index_count(reader, "more", tensor);
        TRY(reader_read_index(reader, &index[count++]));
        TRY(reader_accept(reader, ",", &has_more));
    }
    if (count < tensor->rank) return wrong_index_count(reader, "fewer", tensor);
    return scan_expect(&reader->scanner, "]");
}

static Status read_access(Reader *reader, const Scanner *start, const char *name, const Expr **out) {
    const Tensor *tensor = NULL;
    const Affine *index[TENSOR_MAX_RANK];
    if (scan_is(&reader->scanner, "(")) return unknown_function(start, name);
    TRY(reader->names->find_tensor(reader, start, name, &tensor));
    TRY(reader_read_indices(reader, tensor, index));
    *out = expr_access(reader->context, tensor, index);
    reader_note_place(reader, *out, start->token.offset);
    return STATUS_OK;
}

/* "(" value {"," value} ")" with as many values as wanted. */
static Status read_arguments(Reader *reader, int count, const Expr **arguments) {
    TRY(reader_expect(reader, "("));
    TRY(reader_enter(reader));
    for (int i = 0; i < count; i++) {
        if (i > 0) TRY(reader_expect(reader, ","));
        TRY(reader_read_value(reader, &arguments[i]));
    }
    reader_leave(reader);
    return scan_expect(&reader->scanner, ")");
}

static Status read_named(Reader *reader, const Expr **out) {
    Scanner start = reader->scanner;
    const char *name = NULL;
    const Expr *arguments[EXPR_MAX_ARGUMENTS];
    TRY(scan_name(&reader->scanner, "a value", &name));
    if (scan_is(&reader->scanner, "[")) return read_access(reader, &start, name, out);
    ScalarType type;
    if (type_find(name, strlen(name), &type)) {
        TRY(read_arguments(reader, 1, arguments));
        *out = expr_cast(reader->context, type, arguments[0]);
        return STATUS_OK;
    }
    FunctionKind function;
    if (!function_find(name, strlen(name), &function)) return read_access(reader, &start, name, out);
    TRY(read_arguments(reader, function_arguments(function), arguments));
    *out = expr_call(reader->context, function, arguments);
    return STATUS_OK;
}

static bool at_sum(const Reader *reader) {
    return reader->names->read_sum != NULL && scan_is(&reader->scanner, "sum");
}

static Status read_factor(Reader *reader, const Expr **out) {
    Scanner *scanner = &reader->scanner;
    TRY(reader_count_operand(reader));
    if (at_sum(reader)) return reader->names->read_sum(reader, out);
    if (scan_is(scanner, "(")) return read_arguments(reader, 1, out);
    if (scanner->token.kind == TOKEN_NAME) return read_named(reader, out);
    double value = 0;
    TRY(scan_number(scanner, "a value", &value));
    *out = expr_number(reader->context, value);
    return STATUS_OK;
}

Status reader_read_product(Reader *reader, const Expr **out) {
    TRY(read_factor(reader, out));
    for (;;) {
        bool found = false;
        const Expr *right = NULL;
        TRY(reader_accept(reader, "*", &found));
        if (!found) return STATUS_OK;
        TRY(read_factor(reader, &right));
        *out = expr_binary(reader->context, EXPR_MULTIPLY, *out, right);
    }
}

/* The right side of "+" or "-"; a sum takes what is on its left as its start. */
static Status read_addend(Reader *reader, bool is_plus, const Expr **value) {
    const Expr *left = *value, *right = NULL;
    bool is_start = is_plus && at_sum(reader);
    TRY(reader_read_product(reader, &right));
    if (is_start) reader->names->start_sum(reader, left);
    *value = is_start ? right : expr_binary(reader->context, is_plus ? EXPR_ADD : EXPR_SUBTRACT, left, right);
    return STATUS_OK;
}

Status reader_read_value(Reader *reader, const Expr **out) {
    TRY(reader_read_product(reader, out));
    for (;;) {
        bool is_plus = scan_is(&reader->scanner, "+"), found = false;
        TRY(reader_accept(reader, is_plus ? "+" : "-", &found));
        if (!found) return STATUS_OK;
        TRY(read_addend(reader, is_plus, out));
    }
}
