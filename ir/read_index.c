/* SPDX-License-Identifier: Apache-2.0 */
/* Reads indices and conditions:
 *     index   = ["-"] product {("+" | "-") product}
 *     product = atom {"*" atom | "div" INTEGER | "mod" INTEGER}         one side of * is a constant
 *     atom    = INTEGER | LOOP | "(" index ")"
 *     conds   = index relation index {relation index} {SEPARATOR ...}   relation = "<" | "<=" | ">" | ">=" | "="
 * The separator is "," in tensor expressions and "&&" in loop nests. */
#include "ir/reader.h"

static int64_t magnitude(int64_t value) {
    return value < 0 ? -value : value;
}

static int64_t largest_integer(const Affine *index) {
    int64_t largest = magnitude(index->constant);
    for (int i = 0; i < index->count; i++) {
        int64_t size = magnitude(index->terms[i].coefficient);
        if (size > largest) largest = size;
    }
    return largest;
}

static Status refuse_size(const Reader *reader) {
    return scan_error(&reader->scanner, "a constant of this index is beyond %lld", (long long)reader->limit);
}

/* Integers stay small, so that no arithmetic on them overflows. */
static Status check_size(const Reader *reader, const Affine *index) {
    return largest_integer(index) <= reader->limit ? STATUS_OK : refuse_size(reader);
}

static Status scale(const Reader *reader, const Affine *index, int64_t factor, const Affine **out) {
    int64_t largest = largest_integer(index);
    if (largest > 0 && magnitude(factor) > reader->limit / largest) return refuse_size(reader);
    *out = affine_scale(reader->context, index, factor);
    return STATUS_OK;
}

static Status read_loop(Reader *reader, const Affine **out) {
    const Var *var = NULL;
    TRY(reader->names->read_loop(reader, &var));
    *out = affine_variable(reader->context, var);
    return STATUS_OK;
}

static Status read_atom(Reader *reader, const Affine **out) {
    TRY(reader_count_operand(reader));
    if (reader->scanner.token.kind == TOKEN_INTEGER) {
        int64_t value = 0;
        TRY(scan_integer(&reader->scanner, "a constant", 0, reader->limit, &value));
        *out = affine_constant(reader->context, value);
        return STATUS_OK;
    }
    bool is_open = false;
    TRY(reader_accept(reader, "(", &is_open));
    if (!is_open) return read_loop(reader, out);
    TRY(reader_enter(reader));
    TRY(reader_read_index(reader, out));
    reader_leave(reader);
    return scan_expect(&reader->scanner, ")");
}

static Status multiply(Reader *reader, const Affine *left, const Affine **out) {
    Scanner start = reader->scanner;
    const Affine *right = NULL;
    TRY(read_atom(reader, &right));
    bool is_right_constant = affine_is_constant(right);
    if (!is_right_constant && !affine_is_constant(left))
        return scan_error(&start, "two loops are multiplied; an index is a sum of loops times constants");
    return is_right_constant ? scale(reader, left, right->constant, out) : scale(reader, right, left->constant, out);
}

/* The part of a product behind one of its operators; *found is false when there is none. */
static Status read_operator(Reader *reader, const Affine **product, bool *found) {
    TRY(reader_accept(reader, "*", found));
    if (*found) return multiply(reader, *product, product);
    bool is_modulo = scan_is(&reader->scanner, "mod");
    TRY(reader_accept(reader, is_modulo ? "mod" : "div", found));
    if (!*found) return STATUS_OK;
    int64_t divisor = 0;
    TRY(reader_count_operand(reader));
    TRY(scan_integer(&reader->scanner, "a divisor", 1, reader->limit, &divisor));
    *product =
        is_modulo ? affine_mod(reader->context, *product, divisor) : affine_div(reader->context, *product, divisor);
    return STATUS_OK;
}

static Status read_product(Reader *reader, const Affine **out) {
    TRY(read_atom(reader, out));
    bool found = true;
    while (found) TRY(read_operator(reader, out, &found));
    return STATUS_OK;
}

static Status read_sum(Reader *reader, const Affine **out) {
    Context *context = reader->context;
    bool is_negative = false;
    TRY(reader_accept(reader, "-", &is_negative));
    TRY(read_product(reader, out));
    if (is_negative) *out = affine_scale(context, *out, -1);
    for (;;) {
        bool is_plus = scan_is(&reader->scanner, "+"), found = false;
        TRY(reader_accept(reader, is_plus ? "+" : "-", &found));
        if (!found) return STATUS_OK;
        const Affine *right = NULL;
        TRY(read_product(reader, &right));
        *out = is_plus ? affine_add(context, *out, right) : affine_subtract(context, *out, right);
        TRY(check_size(reader, *out));
    }
}

Status reader_read_index(Reader *reader, const Affine **out) {
    TRY(read_sum(reader, out));
    return reader->names->check_index == NULL ? STATUS_OK : reader->names->check_index(reader, *out);
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
static Status accept_relation(Reader *reader, int *out) {
    bool found = false;
    for (*out = 0; *out < RELATION_COUNT; (*out)++) {
        TRY(reader_accept(reader, relations[*out].sign, &found));
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
static Status read_chain(Reader *reader, CondList *conds) {
    size_t offset = reader->scanner.token.offset;
    const Affine *left = NULL, *right = NULL;
    TRY(reader_read_index(reader, &left));
    for (bool is_first = true;; is_first = false) {
        int relation = 0;
        TRY(accept_relation(reader, &relation));
        if (relation == RELATION_COUNT && is_first)
            return scan_error(&reader->scanner, "expected a comparison: '<', '<=', '>', '>=' or '='");
        if (relation == RELATION_COUNT) return STATUS_OK;
        TRY(reader_read_index(reader, &right));
        Cond cond = make_cond(reader->context, left, relation, right);
        TRY(check_size(reader, cond.expr));
        VECTOR_PUSH(reader->context, conds, cond);
        reader_note_place(reader, cond.expr, offset);
        left = right;
    }
}

Status reader_read_conditions(Reader *reader, const char *separator, int *count, const Cond **out) {
    CondList conds = {0};
    bool has_more = true;
    while (has_more) {
        TRY(read_chain(reader, &conds));
        TRY(reader_accept(reader, separator, &has_more));
    }
    *count = (int)conds.count;
    *out = conds.items;
    return STATUS_OK;
}
