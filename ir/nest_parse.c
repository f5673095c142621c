/* SPDX-License-Identifier: Apache-2.0 */
/* Reads loop nests, as nest_print prints them. The grammar is in ir/README.md ("The loop nest"):
 *     nest     = {tensor} ["ahead" "{" list "}"] list
 *     tensor   = "tensor" NAME TYPE axes [layout] ["in" SCOPE] ["padded"]
 *              | "constant" NAME TYPE axes [layout] ["padded"] values */
#include <string.h>

#include "ir/nest_parse_internal.h"
#include "ir/nest_verify.h"
#include "ir/problem.h"

static Status read_scope(Reader *reader, Scope *out) {
    Scanner start = reader->scanner;
    const char *name = NULL;
    bool has_scope = false;
    TRY(scan_accept(&reader->scanner, "in", &has_scope));
    if (!has_scope) return STATUS_OK;
    TRY(scan_name(&reader->scanner, "where the tensor lives", &name));
    if (scope_find(name, strlen(name), out)) return STATUS_OK;
    TRY(scan_next(&start));
    return scan_error(&start, "a tensor is in argument, packed or workspace, not in '%s'", name);
}

static Status read_tensor(NestParser *parser, bool is_constant) {
    Reader *reader = &parser->reader;
    Tensor *tensor = ARENA_NEW(reader->context, Tensor);
    tensor->scope = is_constant ? SCOPE_CONSTANT : SCOPE_ARGUMENT;
    TRY(scan_next(&reader->scanner));
    TRY(reader_read_tensor_name(reader, tensor));
    TRY(reader_read_type(reader, &tensor->type));
    TRY(reader_read_axes(reader, tensor));
    TRY(reader_read_layout(reader, tensor));
    if (!is_constant) TRY(read_scope(reader, &tensor->scope));
    TRY(scan_accept(&reader->scanner, "padded", &tensor->padded));
    if (is_constant) TRY(reader_read_values(reader, tensor));
    VECTOR_PUSH(reader->context, &parser->tensors, tensor);
    return STATUS_OK;
}

static Status read_tensors(NestParser *parser) {
    for (;;) {
        bool is_tensor = false, is_constant = false;
        TRY(nest_at_word(parser, "tensor", &is_tensor));
        TRY(nest_at_word(parser, "constant", &is_constant));
        if (!is_tensor && !is_constant) return STATUS_OK;
        TRY(read_tensor(parser, is_constant));
    }
}

static Status read_ahead(NestParser *parser, const Stmt **out) {
    bool is_ahead = false;
    TRY(nest_at_word(parser, "ahead", &is_ahead));
    if (!is_ahead) return STATUS_OK;
    TRY(scan_next(&parser->reader.scanner));
    TRY(scan_expect(&parser->reader.scanner, "{"));
    parser->is_ahead = true;
    TRY(nest_read_list(parser, "}", out));
    parser->is_ahead = false;
    parser->last_stored = NULL;
    return scan_expect(&parser->reader.scanner, "}");
}

/* What is known of the tensor expression: the tensors, and which of them are computed. */
static const Pipeline *make_pipeline(const NestParser *parser) {
    Pipeline *pipeline = ARENA_NEW(parser->reader.context, Pipeline);
    pipeline->tensor_count = (int)parser->tensors.count;
    pipeline->tensors = parser->tensors.items;
    pipeline->stage_count = (int)parser->stages.count;
    pipeline->stages = parser->stages.items;
    pipeline->var_count = (int)parser->vars.count;
    return pipeline;
}

static Status read_nest(NestParser *parser, const Nest **out) {
    Nest *nest = ARENA_NEW(parser->reader.context, Nest);
    TRY(read_tensors(parser));
    TRY(read_ahead(parser, &nest->ahead));
    TRY(nest_read_list(parser, NULL, &nest->body));
    nest->pipeline = make_pipeline(parser);
    nest->tensor_count = (int)parser->tensors.count;
    nest->tensors = parser->tensors.items;
    nest->var_count = (int)parser->vars.count;
    *out = nest;
    return nest_verify_at(parser->reader.context, nest, &parser->reader.places);
}

typedef struct Request {
    Context *context;
    const Source *source;
    const Nest *nest;
} Request;

static Status run_request(void *data) {
    Request *request = data;
    NestParser parser = {.reader = {.context = request->context,
                                    .names = &nest_names,
                                    .places = {.source = request->source},
                                    .limit = PROBLEM_MAX_ELEMENTS}};
    parser.reader.owner = &parser;
    TRY(scan_start(request->context, request->source, false, &parser.reader.scanner));
    return read_nest(&parser, &request->nest);
}

Status nest_parse(Context *context, const Source *source, const Nest **out) {
    Request request = {.context = context, .source = source};
    TRY(context_run(context, run_request, &request));
    *out = request.nest;
    return STATUS_OK;
}
