/* SPDX-License-Identifier: Apache-2.0 */
/* Reads values of the tensor expression:
 *     value   = product {("+" | "-") product}
 *     product = factor {"*" factor}
 *     factor  = ["-"] NUMBER | "(" value ")" | TYPE "(" value ")" | FUNCTION "(" value {"," value} ")"
 *             | TENSOR "[" index {"," index} "]" | "sum" "[" LOOP [extent] {"," LOOP [extent]} "]" product
 * A stage has at most one sum. In the value it becomes EXPR_PARTIAL; what is added to it from the left, without
 * parentheses around the sum, is what the sum starts from:
 *     relu(b[k] + sum[c 64] x[c] * w[k, c])     init b[k], sum x[c] * w[k, c], finish relu(PARTIAL)
 *     relu(b[k] + (sum[c 64] x[c] * w[k, c]))   no init, finish relu(b[k] + PARTIAL) */
#include "base/suggest.h"
#include "ir/pipeline_internal.h"
#include "ir/problem.h"

#include <string.h>

/* A value and whether it is a sum without parentheses. */
typedef struct Operand {
    const Expr *expr;
    bool is_bare_sum;
} Operand;

static Status read_product(PipelineParser *parser, Operand *out);

static const Tensor *find_tensor(const PipelineParser *parser, const char *name) {
    for (size_t i = 0; i < parser->tensors.count; i++) {
        if (strcmp(parser->tensors.items[i]->name, name) == 0) return parser->tensors.items[i];
    }
    return NULL;
}

static Status unknown_tensor(const PipelineParser *parser, const Scanner *at, const char *name) {
    if (strcmp(name, parser->stage.output->name) == 0) return scan_error(at, "stage %s reads itself", name);
    size_t count = parser->tensors.count;
    const char **names = ARENA_ARRAY(parser->context, const char *, count + 1);
    for (size_t i = 0; i < count; i++) names[i] = parser->tensors.items[i]->name;
    const char *near = suggest_word(name, strlen(name), names, count);
    if (near != NULL) return scan_error(at, "unknown tensor '%s'; did you mean '%s'?", name, near);
    return scan_error(at, "unknown tensor '%s'; a stage reads what stands above it", name);
}

static Status unknown_function(const Scanner *at, const char *name) {
    const char *names[FUNCTION_COUNT];
    for (int i = 0; i < FUNCTION_COUNT; i++) names[i] = function_name((FunctionKind)i);
    const char *near = suggest_word(name, strlen(name), names, FUNCTION_COUNT);
    if (near != NULL) return scan_error(at, "unknown function '%s'; did you mean '%s'?", name, near);
    return scan_error(at, "'%s' is neither a function nor a type", name);
}

static Status wrong_index_count(const PipelineParser *parser, const char *comparison, const Tensor *tensor) {
    Text axes = text_new(parser->context);
    tensor_print_axes(tensor, &axes);
    return scan_error(&parser->scanner, "%s indices than %s has axes: %s", comparison, tensor->name,
                      text_string(&axes));
}

static Status read_access(PipelineParser *parser, const Scanner *start, const char *name, const Expr **out) {
    const Tensor *tensor = find_tensor(parser, name);
    if (scan_is(&parser->scanner, "(")) return unknown_function(start, name);
    if (tensor == NULL) return unknown_tensor(parser, start, name);
    const Affine *index[TENSOR_MAX_RANK];
    TRY(parser_expect(parser, "["));
    int count = 0;
    bool has_more = true;
    while (has_more) {
        if (count == tensor->rank) return wrong_index_count(parser, "more", tensor);
        TRY(parser_read_index(parser, &index[count++]));
        TRY(parser_accept(parser, ",", &has_more));
    }
    if (count < tensor->rank) return wrong_index_count(parser, "fewer", tensor);
    *out = expr_access(parser->context, tensor, index);
    parser_note_place(parser, *out, start->token.offset);
    return scan_expect(&parser->scanner, "]");
}

/* "(" value {"," value} ")" with as many values as wanted. */
static Status read_arguments(PipelineParser *parser, int count, const Expr **arguments) {
    TRY(parser_expect(parser, "("));
    TRY(parser_enter(parser));
    for (int i = 0; i < count; i++) {
        if (i > 0) TRY(parser_expect(parser, ","));
        TRY(parser_read_value(parser, &arguments[i]));
    }
    parser_leave(parser);
    return scan_expect(&parser->scanner, ")");
}

static Status read_named(PipelineParser *parser, const Expr **out) {
    Scanner start = parser->scanner;
    const char *name = NULL;
    const Expr *arguments[EXPR_MAX_ARGUMENTS];
    TRY(scan_name(&parser->scanner, "a value", &name));
    ScalarType type;
    if (type_find(name, strlen(name), &type)) {
        TRY(read_arguments(parser, 1, arguments));
        *out = expr_cast(parser->context, type, arguments[0]);
        return STATUS_OK;
    }
    FunctionKind function;
    if (!function_find(name, strlen(name), &function)) return read_access(parser, &start, name, out);
    TRY(read_arguments(parser, function_arguments(function), arguments));
    *out = expr_call(parser->context, function, arguments);
    return STATUS_OK;
}

/* LOOP [extent] */
static Status read_sum_loop(PipelineParser *parser) {
    StageDraft *stage = &parser->stage;
    size_t offset = parser->scanner.token.offset;
    if (stage->loop_count == stage->output->rank + TENSOR_MAX_RANK)
        return scan_error(&parser->scanner, "a sum has at most %d loops", TENSOR_MAX_RANK);
    const char *name = NULL;
    int64_t extent = 0;
    TRY(scan_name(&parser->scanner, "a loop of the sum", &name));
    if (parser->scanner.token.kind == TOKEN_INTEGER)
        TRY(scan_integer(&parser->scanner, "the extent of a loop", 1, PROBLEM_MAX_EXTENT, &extent));
    parser_add_loop(parser, name, extent, offset, true);
    return STATUS_OK;
}

static Status read_sum_loops(PipelineParser *parser) {
    TRY(parser_expect(parser, "["));
    bool has_more = true;
    while (has_more) {
        TRY(read_sum_loop(parser));
        TRY(parser_accept(parser, ",", &has_more));
    }
    return scan_expect(&parser->scanner, "]");
}

static Status read_sum(PipelineParser *parser, const Expr **out) {
    StageDraft *stage = &parser->stage;
    if (stage->has_sum) return scan_error(&parser->scanner, "stage %s has a second sum", stage->output->name);
    stage->has_sum = true;
    TRY(scan_next(&parser->scanner));
    TRY(read_sum_loops(parser));
    Operand body;
    stage->visible_count = stage->loop_count;
    TRY(read_product(parser, &body));
    stage->visible_count = stage->output->rank;
    stage->sum = body.expr;
    *out = expr_partial(parser->context);
    return STATUS_OK;
}

static Status read_factor(PipelineParser *parser, Operand *out) {
    Scanner *scanner = &parser->scanner;
    TRY(parser_count_operand(parser));
    out->is_bare_sum = scan_is(scanner, "sum");
    if (out->is_bare_sum) return read_sum(parser, &out->expr);
    if (scan_is(scanner, "(")) return read_arguments(parser, 1, &out->expr);
    if (scanner->token.kind == TOKEN_NAME) return read_named(parser, &out->expr);
    double value = 0;
    TRY(scan_number(scanner, "a value", &value));
    out->expr = expr_number(parser->context, value);
    return STATUS_OK;
}

static Status read_product(PipelineParser *parser, Operand *out) {
    TRY(read_factor(parser, out));
    for (;;) {
        bool found = false;
        Operand right;
        TRY(parser_accept(parser, "*", &found));
        if (!found) return STATUS_OK;
        TRY(read_factor(parser, &right));
        *out = (Operand){.expr = expr_binary(parser->context, EXPR_MULTIPLY, out->expr, right.expr)};
    }
}

/* left + right, where a bare sum takes what is on its left as its start. */
static const Expr *join(PipelineParser *parser, bool is_plus, const Expr *left, const Operand *right) {
    if (is_plus && right->is_bare_sum) {
        parser->stage.init = left;
        return right->expr;
    }
    return expr_binary(parser->context, is_plus ? EXPR_ADD : EXPR_SUBTRACT, left, right->expr);
}

Status parser_read_value(PipelineParser *parser, const Expr **out) {
    Operand first;
    TRY(read_product(parser, &first));
    *out = first.expr;
    for (;;) {
        bool is_plus = scan_is(&parser->scanner, "+"), found = false;
        Operand right;
        TRY(parser_accept(parser, is_plus ? "+" : "-", &found));
        if (!found) return STATUS_OK;
        TRY(read_product(parser, &right));
        *out = join(parser, is_plus, *out, &right);
    }
}
