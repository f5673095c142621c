/* SPDX-License-Identifier: Apache-2.0 */
/* What the names in a stage mean: its loops, the tensors above it, and its sum:
 *     sum = "sum" "[" LOOP [extent] {"," LOOP [extent]} "]" product
 * A stage has at most one sum. In the value it becomes EXPR_PARTIAL; what is added to it from the left, without
 * parentheses around the sum, is what the sum starts from:
 *     relu(b[k] + sum[c 64] x[c] * w[k, c])     init b[k], sum x[c] * w[k, c], finish relu(PARTIAL)
 *     relu(b[k] + (sum[c 64] x[c] * w[k, c]))   no init, finish relu(b[k] + PARTIAL) */
#include <string.h>

#include "base/suggest.h"
#include "ir/pipeline_internal.h"
#include "ir/problem.h"

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

static Status read_loop(Reader *reader, const Var **out) {
    const PipelineParser *parser = reader->owner;
    const StageDraft *stage = &parser->stage;
    Scanner start = reader->scanner;
    const char *name = NULL;
    TRY(scan_name(&reader->scanner, "an index (a loop, an integer or '(')", &name));
    for (int i = 0; i < stage->visible_count; i++) {
        if (strcmp(stage->loops[i].var->name, name) != 0) continue;
        *out = stage->loops[i].var;
        return STATUS_OK;
    }
    return unknown_loop(&start, stage, name);
}

static Status unknown_tensor(const PipelineParser *parser, const Scanner *at, const char *name) {
    if (strcmp(name, parser->stage.output->name) == 0) return scan_error(at, "stage %s reads itself", name);
    size_t count = parser->tensors.count;
    const char **names = ARENA_ARRAY(parser->reader.context, const char *, count + 1);
    for (size_t i = 0; i < count; i++) names[i] = parser->tensors.items[i]->name;
    const char *near = suggest_word(name, strlen(name), names, count);
    if (near != NULL) return scan_error(at, "unknown tensor '%s'; did you mean '%s'?", name, near);
    return scan_error(at, "unknown tensor '%s'; a stage reads what stands above it", name);
}

static Status find_tensor(Reader *reader, const Scanner *at, const char *name, const Tensor **out) {
    const PipelineParser *parser = reader->owner;
    for (size_t i = 0; i < parser->tensors.count; i++) {
        if (strcmp(parser->tensors.items[i]->name, name) != 0) continue;
        *out = parser->tensors.items[i];
        return STATUS_OK;
    }
    return unknown_tensor(parser, at, name);
}

/* LOOP [extent] */
static Status read_sum_loop(PipelineParser *parser) {
    StageDraft *stage = &parser->stage;
    size_t offset = parser->reader.scanner.token.offset;
    if (stage->loop_count == stage->output->rank + TENSOR_MAX_RANK)
        return scan_error(&parser->reader.scanner, "a sum has at most %d loops", TENSOR_MAX_RANK);
    const char *name = NULL;
    int64_t extent = 0;
    TRY(scan_name(&parser->reader.scanner, "a loop of the sum", &name));
    if (parser->reader.scanner.token.kind == TOKEN_INTEGER)
        TRY(scan_integer(&parser->reader.scanner, "the extent of a loop", 1, PROBLEM_MAX_EXTENT, &extent));
    parser_add_loop(parser, name, extent, offset, true);
    return STATUS_OK;
}

static Status read_sum_loops(PipelineParser *parser) {
    TRY(reader_expect(&parser->reader, "["));
    bool has_more = true;
    while (has_more) {
        TRY(read_sum_loop(parser));
        TRY(reader_accept(&parser->reader, ",", &has_more));
    }
    return scan_expect(&parser->reader.scanner, "]");
}

static Status read_sum(Reader *reader, const Expr **out) {
    PipelineParser *parser = reader->owner;
    StageDraft *stage = &parser->stage;
    if (stage->has_sum) return scan_error(&reader->scanner, "stage %s has a second sum", stage->output->name);
    stage->has_sum = true;
    TRY(scan_next(&reader->scanner));
    TRY(read_sum_loops(parser));
    stage->visible_count = stage->loop_count;
    TRY(reader_read_product(reader, &stage->sum));
    stage->visible_count = stage->output->rank;
    *out = expr_partial(reader->context);
    return STATUS_OK;
}

static void start_sum(Reader *reader, const Expr *start) {
    PipelineParser *parser = reader->owner;
    parser->stage.init = start;
}

const ReaderNames pipeline_names = {
    .read_loop = read_loop, .find_tensor = find_tensor, .read_sum = read_sum, .start_sum = start_sum};
