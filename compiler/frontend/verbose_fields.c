/* SPDX-License-Identifier: Apache-2.0 */
/* The tensors and attributes of one line of ONEDNN_VERBOSE.
 *
 *     tensors    = { NAME ("_"|":") TYPE ":" … ":blocked:" TAG ":" … " " }        oneDNN 3 has more parts between them
 *     attributes = { "attr-" KIND ":" … " " }
 *     post-ops   = OP { ("+"|";") OP }, perhaps in quotes        OP = WORD { ":" NUMBER }
 *
 * The words of post-ops are one table. An OP of it whose numbers mean nothing that we have is skipped as unknown ones
 * are. */
#include "compiler/frontend/verbose.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool span_take(Span *rest, char separator, Span *out) {
    if (rest->length == 0) return false;
    const char *end = memchr(rest->start, separator, rest->length);
    size_t length = end != NULL ? (size_t)(end - rest->start) : rest->length;
    *out = (Span){rest->start, length};
    size_t taken = length < rest->length ? length + 1 : length;
    *rest = (Span){rest->start + taken, rest->length - taken};
    return true;
}

bool span_is(Span span, const char *word) {
    return span.length == strlen(word) && memcmp(span.start, word, span.length) == 0;
}

bool span_begins(Span span, const char *word) {
    return span.length >= strlen(word) && memcmp(span.start, word, strlen(word)) == 0;
}

static const char *span_string(Context *context, Span span) {
    return arena_substring(context, span.start, span.length);
}

static void skip(Context *context, Tally *tally, Span span) {
    const char *word = span_string(context, span);
    tally_add(context, tally, word, word);
}

/* The part behind "blocked:"; empty when there is none. */
static Span find_tag(Span description) {
    Span part, tag = {description.start, 0};
    while (span_take(&description, ':', &part)) {
        if (!span_is(part, "blocked")) continue;
        if (!span_take(&description, ':', &tag)) tag.length = 0;
        return tag;
    }
    return tag;
}

static void read_layout(Context *context, Span description, int spatial, ActivationLayout *out,
                        VerboseSkipped *skipped) {
    Span tag = find_tag(description);
    ActivationLayout layout;
    bool known = layout_parse(tag.start, tag.length, spatial, &layout);
    if (known) *out = layout;
    if (!known) skip(context, &skipped->layouts, tag.length > 0 ? tag : description);
}

/* One tensor: its name has three letters. */
static bool read_tensor(Context *context, Span tensor, Problem *problem, VerboseSkipped *skipped) {
    ScalarType type;
    if (tensor.length < 4 || (tensor.start[3] != '_' && tensor.start[3] != ':')) return true;
    Span description = {tensor.start + 4, tensor.length - 4}, word;
    if (!span_take(&description, ':', &word) || span_is(word, "undef")) return true;
    bool known = type_find(word.start, word.length, &type);
    if (!known) skip(context, &skipped->types, word);
    if (!known) return false;
    if (span_begins(tensor, "src")) {
        problem->x_type = type;
        read_layout(context, description, problem->spatial, &problem->x_layout, skipped);
    } else if (span_begins(tensor, "dst")) {
        problem->y_type = type;
        read_layout(context, description, problem->spatial, &problem->y_layout, skipped);
    } else if (span_begins(tensor, "wei")) {
        problem->w_type = type;
    } else if (span_begins(tensor, "bia")) {
        problem->epilogue[problem->epilogue_count++] = (EpilogueOp){.kind = EPILOGUE_BIAS};
    }
    return true;
}

bool verbose_read_tensors(Context *context, Span field, Problem *problem, VerboseSkipped *skipped) {
    Span tensor;
    bool has_bias = false;
    while (span_take(&field, ' ', &tensor)) {
        bool bias = span_begins(tensor, "bia");
        if (bias && has_bias) continue;
        has_bias |= bias;
        if (!read_tensor(context, tensor, problem, skipped)) return false;
    }
    return true;
}

enum { MAX_NUMBERS = 3 };

/* A post-op as it is written. An element-wise one has alpha, beta and a scale, 0, 0 and 1 unless they are written. */
typedef struct PostOp {
    Span word;
    int count;
    double numbers[MAX_NUMBERS];
} PostOp;

/* Each gives the operation of our own that it is; false when there is none. */
typedef bool Translate(const PostOp *op, const Problem *problem, EpilogueOp *out);

static bool is_plain(const PostOp *op, EpilogueKind kind, EpilogueOp *out) {
    *out = (EpilogueOp){.kind = kind};
    return op->numbers[0] == 0 && op->numbers[1] == 0;
}

static bool relu(const PostOp *op, const Problem *problem, EpilogueOp *out) {
    (void)problem;
    if (op->numbers[0] == 0) return is_plain(op, EPILOGUE_RELU, out);
    *out = (EpilogueOp){.kind = EPILOGUE_LEAKY_RELU, .parameters = {op->numbers[0]}};
    return op->numbers[1] == 0;
}

static bool clip(const PostOp *op, const Problem *problem, EpilogueOp *out) {
    (void)problem;
    *out = (EpilogueOp){.kind = EPILOGUE_CLAMP, .parameters = {op->numbers[0], op->numbers[1]}};
    return op->numbers[0] <= op->numbers[1];
}

static bool bounded_relu(const PostOp *op, const Problem *problem, EpilogueOp *out) {
    (void)problem;
    *out = (EpilogueOp){.kind = EPILOGUE_CLAMP, .parameters = {0, op->numbers[0]}};
    return op->numbers[0] >= 0;
}

static bool logistic(const PostOp *op, const Problem *problem, EpilogueOp *out) {
    (void)problem;
    return is_plain(op, EPILOGUE_SIGMOID, out);
}

static bool swish(const PostOp *op, const Problem *problem, EpilogueOp *out) {
    (void)problem;
    *out = (EpilogueOp){.kind = EPILOGUE_SILU};
    return op->numbers[0] == 1 && op->numbers[1] == 0;
}

/* x * min(max(alpha x + beta, 0), 1), ours with 1/6 and 1/2, printed with six digits; oneDNN 2 has no other. */
static bool hardswish(const PostOp *op, const Problem *problem, EpilogueOp *out) {
    (void)problem;
    if (op->count == 0) return is_plain(op, EPILOGUE_HARDSWISH, out);
    *out = (EpilogueOp){.kind = EPILOGUE_HARDSWISH};
    return fabs(op->numbers[0] - 1.0 / 6) < 1e-6 && op->numbers[1] == 0.5;
}

/* y += scale * (what was in y - zero point) */
static bool sum(const PostOp *op, const Problem *problem, EpilogueOp *out) {
    *out = (EpilogueOp){.kind = EPILOGUE_ADD};
    bool plain = op->count == 0 || (op->numbers[0] == 1 && op->numbers[1] == 0);
    return plain && !problem_has(problem, EPILOGUE_ADD);
}

/* "binary_add:f32:15": bit i of the mask says that the operand has dimension i of y. A residual has all of them. Its
 * type is no number, and counts as 0. */
static bool binary_add(const PostOp *op, const Problem *problem, EpilogueOp *out) {
    int64_t extents[2 + PROBLEM_MAX_SPATIAL] = {problem->n, problem->k};
    int mask = 0;
    for (int i = 0; i < problem->spatial; i++) extents[2 + i] = problem->dimension[i].output;
    for (int i = 0; i < 2 + problem->spatial; i++) mask |= extents[i] != 1 ? 1 << i : 0;
    *out = (EpilogueOp){.kind = EPILOGUE_ADD};
    double all = (1 << (2 + problem->spatial)) - 1;
    bool residual = op->count >= 2 && (op->numbers[1] == mask || op->numbers[1] == all);
    return residual && !problem_has(problem, EPILOGUE_ADD);
}

static const struct {
    const char *word;
    Translate *translate;
} post_ops[] = {
    {"eltwise_relu", relu},
    {"eltwise_clip", clip},
    {"eltwise_clip_v2", clip},
    {"eltwise_logistic", logistic},
    {"eltwise_bounded_relu", bounded_relu},
    {"eltwise_swish", swish},
    {"eltwise_hardswish", hardswish},
    {"sum", sum},
    {"binary_add", binary_add},
};

static PostOp parse_post_op(Context *context, Span text) {
    PostOp op = {.numbers = {0, 0, 1}};
    Span part;
    span_take(&text, ':', &op.word);
    while (op.count < MAX_NUMBERS && span_take(&text, ':', &part))
        op.numbers[op.count++] = strtod(span_string(context, part), NULL);
    return op;
}

static bool translate(const PostOp *op, const Problem *problem, EpilogueOp *out) {
    if (problem->epilogue_count == PROBLEM_MAX_EPILOGUE) return false;
    for (size_t i = 0; i < sizeof post_ops / sizeof *post_ops; i++) {
        if (!span_is(op->word, post_ops[i].word)) continue;
        bool scaled = op->numbers[2] != 1 && span_begins(op->word, "eltwise_");
        bool finite = isfinite(op->numbers[0]) && isfinite(op->numbers[1]);
        return !scaled && finite && post_ops[i].translate(op, problem, out);
    }
    return false;
}

static void read_post_op(Context *context, Span text, Problem *problem, VerboseSkipped *skipped) {
    EpilogueOp added;
    PostOp op = parse_post_op(context, text);
    if (translate(&op, problem, &added)) {
        problem->epilogue[problem->epilogue_count++] = added;
    } else {
        skip(context, &skipped->attributes, text);
    }
}

/* The next of several post-ops: they are parted by "+", unless it is that of "1e+06", or ";". */
static Span take_post_op(Span *rest) {
    size_t length = 0;
    while (length < rest->length && rest->start[length] != ';') {
        bool letter = length + 1 < rest->length && isalpha((unsigned char)rest->start[length + 1]);
        if (rest->start[length] == '+' && letter) break;
        length++;
    }
    Span op = {rest->start, length};
    size_t taken = length < rest->length ? length + 1 : length;
    *rest = (Span){rest->start + taken, rest->length - taken};
    return op;
}

static void read_post_ops(Context *context, Span text, Problem *problem, VerboseSkipped *skipped) {
    if (text.length > 0 && text.start[0] == '\'') text = (Span){text.start + 1, text.length - 1};
    if (text.length > 0 && text.start[text.length - 1] == '\'') text.length--;
    while (text.length > 0) {
        Span op = take_post_op(&text);
        if (op.length > 0) read_post_op(context, op, problem, skipped);
    }
}

void verbose_read_attributes(Context *context, Span field, Problem *problem, VerboseSkipped *skipped) {
    Span attribute;
    while (span_take(&field, ' ', &attribute)) {
        Span rest = attribute, kind;
        if (!span_take(&rest, ':', &kind) || kind.length == 0 || span_is(kind, "attr-scratchpad")) continue;
        if (span_is(kind, "attr-post-ops") || span_is(kind, "post_ops")) {
            read_post_ops(context, rest, problem, skipped);
        } else {
            skip(context, &skipped->attributes, attribute);
        }
    }
}
