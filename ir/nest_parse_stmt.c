/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the statements of loop nests; line breaks and indentation carry no meaning:
 *     list      = {statement} [buffer list]          a buffer lives to the end of its list
 *     buffer    = NAME TYPE axes "in" SCOPE
 *     statement = loops | "{" list "}" | "if" "(" conds ")" statement | store
 *               | "init" ":" statement statement "finish" ":" statement           a reduction, its update in the middle
 *               | "prefetch" TENSOR "+" index "into" ("l1" | "l2")
 *     store     = TENSOR "[" index {"," index} "]" ("=" | "+=") value
 * A word with "[" behind it is always a tensor, whatever the word. */
#include <string.h>

#include "ir/nest_parse_internal.h"

/* Unrolled kernels have some ten thousand statements. */
enum { MAX_DEPTH = 256, MAX_STATEMENTS = 1 << 16 };

Status nest_enter(NestParser *parser) {
    if (++parser->statements > MAX_STATEMENTS)
        return scan_error(&parser->reader.scanner, "more than %d statements and lists of them", MAX_STATEMENTS);
    if (++parser->depth <= MAX_DEPTH) return STATUS_OK;
    return scan_error(&parser->reader.scanner, "more than %d statements in one another", MAX_DEPTH);
}

void nest_leave(NestParser *parser) {
    parser->depth--;
}

/* The token behind the current one. */
static Status peek(const NestParser *parser, Scanner *out) {
    *out = parser->reader.scanner;
    return scan_next(out);
}

Status nest_at_word(NestParser *parser, const char *word, bool *out) {
    Scanner next;
    *out = scan_is(&parser->reader.scanner, word);
    if (!*out) return STATUS_OK;
    TRY(peek(parser, &next));
    *out = !scan_is(&next, "[");
    return STATUS_OK;
}

static Status at_store(const NestParser *parser, bool *out) {
    Scanner next;
    *out = false;
    if (parser->reader.scanner.token.kind != TOKEN_NAME) return STATUS_OK;
    TRY(peek(parser, &next));
    *out = scan_is(&next, "[");
    return STATUS_OK;
}

/* A name and a type behind it, and no loop. */
static Status at_buffer(const NestParser *parser, bool *out) {
    Mark mark;
    Scanner next;
    ScalarType type;
    *out = false;
    if (parser->reader.scanner.token.kind != TOKEN_NAME || nest_at_mark(parser, &mark)) return STATUS_OK;
    TRY(peek(parser, &next));
    *out = next.token.kind == TOKEN_NAME && type_find(next.source->text + next.token.offset, next.token.length, &type);
    return STATUS_OK;
}

/* A tensor that a stage computes, unless it is a buffer or known already. */
static void note_stage(NestParser *parser, const Tensor *tensor) {
    for (const BufferAround *buffer = parser->buffers; buffer != NULL; buffer = buffer->outer)
        if (buffer->tensor == tensor) return;
    for (size_t i = 0; i < parser->stages.count; i++)
        if (parser->stages.items[i]->output == tensor) return;
    Stage *stage = ARENA_NEW(parser->reader.context, Stage);
    stage->output = tensor;
    stage->ahead = parser->is_ahead;
    VECTOR_PUSH(parser->reader.context, &parser->stages, stage);
}

static Status read_store(NestParser *parser, const Stmt **out) {
    Reader *reader = &parser->reader;
    Scanner start = reader->scanner;
    const char *name = NULL;
    const Tensor *tensor = NULL;
    const Affine *index[TENSOR_MAX_RANK];
    const Expr *value = NULL;
    bool is_add = false;
    reader_start_expression(reader);
    TRY(scan_name(&reader->scanner, "a tensor", &name));
    TRY(reader->names->find_tensor(reader, &start, name, &tensor));
    TRY(reader_read_indices(reader, tensor, index));
    TRY(scan_accept(&reader->scanner, "+", &is_add));
    TRY(scan_expect(&reader->scanner, "="));
    TRY(reader_read_value(reader, &value));
    note_stage(parser, tensor);
    *out = stmt_store(reader->context, tensor, index, is_add, value);
    return STATUS_OK;
}

static Status read_cache(Scanner *scanner, int *out) {
    bool is_second = scan_is(scanner, "l2");
    if (!is_second && !scan_is(scanner, "l1")) return scan_expected(scanner, "l1 or l2");
    *out = is_second ? 2 : 1;
    return scan_next(scanner);
}

static Status read_prefetch(NestParser *parser, const Stmt **out) {
    Reader *reader = &parser->reader;
    const char *name = NULL;
    const Tensor *tensor = NULL;
    const Affine *offset = NULL;
    int level = 0;
    reader_start_expression(reader);
    TRY(scan_next(&reader->scanner));
    Scanner start = reader->scanner;
    TRY(scan_name(&reader->scanner, "a tensor", &name));
    TRY(reader->names->find_tensor(reader, &start, name, &tensor));
    TRY(scan_expect(&reader->scanner, "+"));
    TRY(reader_read_index(reader, &offset));
    TRY(scan_expect(&reader->scanner, "into"));
    TRY(read_cache(&reader->scanner, &level));
    *out = stmt_prefetch(reader->context, tensor, offset, level);
    return STATUS_OK;
}

static Status read_guard(NestParser *parser, const Stmt **out) {
    Reader *reader = &parser->reader;
    const Stmt *body = NULL;
    const Cond *conds = NULL;
    int count = 0;
    reader_start_expression(reader);
    TRY(scan_next(&reader->scanner));
    TRY(scan_expect(&reader->scanner, "("));
    TRY(reader_read_conditions(reader, "&&", &count, &conds));
    TRY(scan_expect(&reader->scanner, ")"));
    TRY(nest_read_statement(parser, &body));
    *out = stmt_guard(reader->context, count, conds, body);
    return STATUS_OK;
}

/* "finish" with something else than ":" behind it is a tensor. */
static Status at_finish(const NestParser *parser, bool *out) {
    Scanner next = parser->reader.scanner;
    *out = scan_is(&next, "finish");
    if (!*out) return STATUS_OK;
    TRY(scan_next(&next));
    *out = scan_is(&next, ":");
    return STATUS_OK;
}

static Status read_finish(NestParser *parser, const Stmt **out) {
    TRY(scan_next(&parser->reader.scanner));
    TRY(scan_expect(&parser->reader.scanner, ":"));
    return nest_read_statement(parser, out);
}

static Status read_reduce(NestParser *parser, const Stmt **out) {
    Scanner *scanner = &parser->reader.scanner;
    const Stmt *init = NULL, *update = NULL, *finish = stmt_block(parser->reader.context, 0, NULL);
    bool has_finish = false;
    TRY(scan_next(scanner));
    TRY(scan_expect(scanner, ":"));
    TRY(nest_read_statement(parser, &init));
    TRY(nest_read_statement(parser, &update));
    TRY(at_finish(parser, &has_finish));
    if (has_finish) TRY(read_finish(parser, &finish));
    *out = stmt_reduce(parser->reader.context, init, update, finish);
    nest_mark_reductions(parser, init, update);
    return STATUS_OK;
}

static Status read_braces(NestParser *parser, const Stmt **out) {
    TRY(scan_next(&parser->reader.scanner));
    TRY(nest_read_list(parser, "}", out));
    return scan_expect(&parser->reader.scanner, "}");
}

/* axes, or "[]": a buffer of one element. */
static Status read_buffer_axes(Reader *reader, Tensor *tensor) {
    Scanner next = reader->scanner;
    TRY(scan_expect(&next, "["));
    if (!scan_is(&next, "]")) return reader_read_axes(reader, tensor);
    reader->scanner = next;
    return scan_next(&reader->scanner);
}

static Status read_buffer(Reader *reader, const Tensor **out) {
    Tensor *tensor = ARENA_NEW(reader->context, Tensor);
    TRY(reader_read_tensor_name(reader, tensor));
    TRY(reader_read_type(reader, &tensor->type));
    TRY(read_buffer_axes(reader, tensor));
    TRY(reader_read_layout(reader, tensor));
    TRY(scan_expect(&reader->scanner, "in"));
    Scanner start = reader->scanner;
    const char *scope = NULL;
    TRY(scan_name(&reader->scanner, "where the buffer lives", &scope));
    if (!scope_find(scope, strlen(scope), &tensor->scope))
        return scan_error(&start, "a buffer is in registers, tile, stack or workspace, not in '%s'", scope);
    *out = tensor;
    return STATUS_OK;
}

/* A buffer, and the rest of the list as what it is there for. */
static Status read_alloc(NestParser *parser, const char *end, const Stmt **out) {
    BufferAround buffer = {.outer = parser->buffers};
    const Stmt *body = NULL;
    TRY(read_buffer(&parser->reader, &buffer.tensor));
    parser->buffers = &buffer;
    TRY(nest_read_list(parser, end, &body));
    parser->buffers = buffer.outer;
    *out = stmt_alloc(parser->reader.context, buffer.tensor, body);
    return STATUS_OK;
}

static bool at_end(const NestParser *parser, const char *end) {
    return parser->reader.scanner.token.kind == TOKEN_END || (end != NULL && scan_is(&parser->reader.scanner, end));
}

Status nest_read_list(NestParser *parser, const char *end, const Stmt **out) {
    Context *context = parser->reader.context;
    VECTOR(const Stmt *) items = {0};
    TRY(nest_enter(parser));
    while (!at_end(parser, end)) {
        const Stmt *item = NULL;
        size_t offset = parser->reader.scanner.token.offset;
        bool is_buffer = false;
        TRY(at_buffer(parser, &is_buffer));
        TRY(is_buffer ? read_alloc(parser, end, &item) : nest_read_statement(parser, &item));
        if (is_buffer) reader_note_place(&parser->reader, item, offset);
        VECTOR_PUSH(context, &items, item);
    }
    nest_leave(parser);
    *out = stmt_block(context, (int)items.count, items.items);
    return STATUS_OK;
}

static Status read_any(NestParser *parser, const Stmt **out) {
    bool is_store = false;
    Mark mark;
    TRY(at_store(parser, &is_store));
    if (is_store) return read_store(parser, out);
    if (nest_at_mark(parser, &mark)) return nest_read_loops(parser, mark, out);
    if (scan_is(&parser->reader.scanner, "{")) return read_braces(parser, out);
    if (scan_is(&parser->reader.scanner, "if")) return read_guard(parser, out);
    if (scan_is(&parser->reader.scanner, "init")) return read_reduce(parser, out);
    if (scan_is(&parser->reader.scanner, "prefetch")) return read_prefetch(parser, out);
    return scan_expected(
        &parser->reader.scanner,
        "a statement (for, unroll, lanes, tile, cores, if, init:, prefetch, '{', or a tensor that is stored to)");
}

Status nest_read_statement(NestParser *parser, const Stmt **out) {
    size_t offset = parser->reader.scanner.token.offset;
    TRY(nest_enter(parser));
    TRY(read_any(parser, out));
    nest_leave(parser);
    reader_note_place(&parser->reader, *out, offset);
    return STATUS_OK;
}
