/* SPDX-License-Identifier: Apache-2.0 */
/* Reads indices and conditions of the tensor expression:
 *     index   = ["-"] product {("+" | "-") product}
 *     product = atom {"*" atom | "div" INTEGER | "mod" INTEGER}         one side of * is a constant
 *     atom    = INTEGER | LOOP | "(" index ")"
 *     conds   = index relation index {relation index} {"," ...}         relation = "<" | "<=" | ">" | ">=" | "=" */
#include "base/suggest.h"
#include "ir/pipeline_internal.h"
#include "ir/problem.h"

#include <string.h>

/* Coefficients stay small, so that no arithmetic on them overflows. */
static Status check_size(const PipelineParser *parser, const Affine *index) {
    bool is_small = index->constant >= -PROBLEM_MAX_EXTENT && index->constant <= PROBLEM_MAX_EXTENT;
    for (int i = 0; i < index->count; i++) {
        int64_t coefficient = index->terms[i].coefficient;
        is_small = is_small && coefficient >= -PROBLEM_MAX_EXTENT && coefficient <= PROBLEM_MAX_EXTENT;
    }
    if (is_small) return STATUS_OK;
    return scan_error(&parser->scanner, "a constant of this index is beyond %lld", (long long)PROBLEM_MAX_EXTENT);
}

static Status unknown_loop(const Scanner *at, const StageDraft *stage, const char *name) {
    const char *names[2 * TENSOR_MAX_RANK];
    for (int i = 0; i < stage->visible_count; i++) names[i] = stage->loops[i].var->name;
    const char *near = suggest_word(name, strlen(name), names, (size_t)stage->visible_count);
    if (near != NULL) return scan_error(at, "unknown loop '%s'; did you mean '%s'?", name, near);
    for (int i = stage->visible_count; i < stage->loop_count; i++) {
        if (strcmp(stage->loops[i].var->name, name) == 0)
            return scan_error(at, "loop '%s' belongs to the sum and has no value outside of it", name);
    }
    return scan_error(at, "unknown loop '%s' in stage %s", name, stage->output->name);
}

static Status read_loop(PipelineParser *parser, const Affine **out) {
    Scanner start = parser->scanner;
    const char *name = NULL;
    TRY(scan_name(&parser->scanner, "an index (a loop, an integer or '(')", &name));
    const StageDraft *stage = &parser->stage;
    for (int i = 0; i < stage->visible_count; i++) {
        if (strcmp(stage->loops[i].var->name, name) != 0) continue;
        *out = affine_variable(parser->context, stage->loops[i].var);
        return STATUS_OK;
    }
    return unknown_loop(&start, stage, name);
}

static Status read_atom(PipelineParser *parser, const Affine **out) {
    TRY(parser_count_operand(parser));
    if (parser->scanner.token.kind == TOKEN_INTEGER) {
        int64_t value = 0;
        TRY(scan_integer(&parser->scanner, "a constant", 0, PROBLEM_MAX_EXTENT, &value));
        *out = affine_constant(parser->context, value);
        return STATUS_OK;
    }
    bool is_open = false;
    TRY(parser_accept(parser, "(", &is_open));
    if (!is_open) return read_loop(parser, out);
    TRY(parser_enter(parser));
    TRY(parser_read_index(parser, out));
    parser_leave(parser);
    return scan_expect(&parser->scanner, ")");
}

static Status multiply(PipelineParser *parser, const Affine *left, const Affine **out) {
    Scanner start = parser->scanner;
    const Affine *right = NULL;
    TRY(read_atom(parser, &right));
    bool is_right_constant = affine_is_constant(right);
    if (!is_right_constant && !affine_is_constant(left))
        return scan_error(&start, "two loops are multiplied; an index is a sum of loops times constants");
    *out = is_right_constant ? affine_scale(parser->context, left, right->constant)
                             : affine_scale(parser->context, right, left->constant);
    return check_size(parser, *out);
}

/* The part of a product behind one of its operators; *found is false when there is none. */
static Status read_operator(PipelineParser *parser, const Affine **product, bool *found) {
    TRY(parser_accept(parser, "*", found));
    if (*found) return multiply(parser, *product, product);
    bool is_modulo = scan_is(&parser->scanner, "mod");
    TRY(parser_accept(parser, is_modulo ? "mod" : "div", found));
    if (!*found) return STATUS_OK;
    int64_t divisor = 0;
    TRY(parser_count_operand(parser));
    TRY(scan_integer(&parser->scanner, "a divisor", 1, PROBLEM_MAX_EXTENT, &divisor));
    *product =
        is_modulo ? affine_mod(parser->context, *product, divisor) : affine_div(parser->context, *product, divisor);
    return STATUS_OK;
}

static Status read_product(PipelineParser *parser, const Affine **out) {
    TRY(read_atom(parser, out));
    bool found = true;
    while (found) TRY(read_operator(parser, out, &found));
    return STATUS_OK;
}

Status parser_read_index(PipelineParser *parser, const Affine **out) {
    Context *context = parser->context;
    bool is_negative = false;
    TRY(parser_accept(parser, "-", &is_negative));
    TRY(read_product(parser, out));
    if (is_negative) *out = affine_scale(context, *out, -1);
    for (;;) {
        bool is_plus = scan_is(&parser->scanner, "+"), found = false;
        TRY(parser_accept(parser, is_plus ? "+" : "-", &found));
        if (!found) return STATUS_OK;
        const Affine *right = NULL;
        TRY(read_product(parser, &right));
        *out = is_plus ? affine_add(context, *out, right) : affine_subtract(context, *out, right);
        TRY(check_size(parser, *out));
    }
}

static const struct {
    const char *sign;
    bool is_swapped;  /* right - left instead of left - right */
    int offset;       /* is added: a < b means b - a - 1 >= 0 */
    bool is_equality; /* = 0 instead of >= 0 */
} relations[] = {
    {"<", true, -1, false},  {"<=", true, 0, false}, {">", false, -1, false},
    {">=", false, 0, false}, {"=", false, 0, true},
};

enum { RELATION_COUNT = sizeof relations / sizeof *relations };

/* Index of the relation that was read, RELATION_COUNT when there is none. */
static Status accept_relation(PipelineParser *parser, int *out) {
    bool found = false;
    for (*out = 0; *out < RELATION_COUNT; (*out)++) {
        TRY(parser_accept(parser, relations[*out].sign, &found));
        if (found) break;
    }
    return STATUS_OK;
}

static Cond make_cond(Context *context, const Affine *left, int relation, const Affine *right) {
    const Affine *difference =
        relations[relation].is_swapped ? affine_subtract(context, right, left) : affine_subtract(context, left, right);
    difference = affine_offset(context, difference, relations[relation].offset);
    return (Cond){.expr = difference, .equality = relations[relation].is_equality};
}

typedef VECTOR(Cond) CondList;

/* index relation index {relation index}: one condition for each relation. */
static Status read_chain(PipelineParser *parser, CondList *conds) {
    size_t offset = parser->scanner.token.offset;
    const Affine *left = NULL, *right = NULL;
    TRY(parser_read_index(parser, &left));
    for (bool is_first = true;; is_first = false) {
        int relation = 0;
        TRY(accept_relation(parser, &relation));
        if (relation == RELATION_COUNT && is_first)
            return scan_error(&parser->scanner, "expected a comparison: '<', '<=', '>', '>=' or '='");
        if (relation == RELATION_COUNT) return STATUS_OK;
        TRY(parser_read_index(parser, &right));
        Cond cond = make_cond(parser->context, left, relation, right);
        TRY(check_size(parser, cond.expr));
        VECTOR_PUSH(parser->context, conds, cond);
        parser_note_place(parser, cond.expr, offset);
        left = right;
    }
}

Status parser_read_conditions(PipelineParser *parser, int *count, const Cond **out) {
    CondList conds = {0};
    bool has_more = true;
    while (has_more) {
        TRY(read_chain(parser, &conds));
        TRY(parser_accept(parser, ",", &has_more));
    }
    *count = (int)conds.count;
    *out = conds.items;
    return STATUS_OK;
}
