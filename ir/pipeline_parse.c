/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a tensor expression, line by line:
 *     tensor    = "tensor" NAME TYPE axes [layout] ["padded"]
 *     constant  = "constant" NAME TYPE axes [layout] ["padded"] values
 *     stage     = NAME ["ahead"] [TYPE] axes [layout] ["padded"] "=" value ["where" conds]
 * Axes, layouts and values of constants are in read_tensor.c, values in read_value.c, indices and conditions in
 * read_index.c. Behind an operator, a comma or an open bracket the line may go on on the next one. The grammar with its
 * meaning is in ir/README.md. */
#include "ir/pipeline_internal.h"
#include "ir/problem.h"

enum { MAX_TENSORS = 256 };

void parser_add_loop(PipelineParser *parser, const char *name, int64_t extent, size_t offset, bool reduction) {
    StageDraft *stage = &parser->stage;
    Var *var = ARENA_NEW(parser->reader.context, Var);
    *var = (Var){.name = name, .stage = stage->output->name, .id = parser->var_count++, .reduction = reduction};
    stage->loops[stage->loop_count++] = (ParserLoop){.var = var, .extent = extent, .offset = offset};
    reader_note_place(&parser->reader, var, offset);
}

static Status read_padded(PipelineParser *parser, Tensor *tensor) {
    return scan_accept(&parser->reader.scanner, "padded", &tensor->padded);
}

static Status read_tensor(PipelineParser *parser, Scope scope, Tensor **out) {
    Reader *reader = &parser->reader;
    Tensor *tensor = ARENA_NEW(reader->context, Tensor);
    tensor->scope = scope;
    TRY(scan_next(&reader->scanner));
    TRY(reader_read_tensor_name(reader, tensor));
    TRY(reader_read_type(reader, &tensor->type));
    TRY(reader_read_axes(reader, tensor));
    TRY(reader_read_layout(reader, tensor));
    TRY(read_padded(parser, tensor));
    VECTOR_PUSH(reader->context, &parser->tensors, tensor);
    *out = tensor;
    return STATUS_OK;
}

static Status read_constant(PipelineParser *parser) {
    Tensor *tensor = NULL;
    TRY(read_tensor(parser, SCOPE_CONSTANT, &tensor));
    return reader_read_values(&parser->reader, tensor);
}

/* NAME ["ahead"] [TYPE] axes [layout] ["padded"] */
static Status read_stage_output(PipelineParser *parser, Tensor *tensor, bool *ahead) {
    Reader *reader = &parser->reader;
    tensor->type = TYPE_F32;
    TRY(reader_read_tensor_name(reader, tensor));
    TRY(scan_accept(&reader->scanner, "ahead", ahead));
    if (reader->scanner.token.kind == TOKEN_NAME) TRY(reader_read_type(reader, &tensor->type));
    TRY(reader_read_axes(reader, tensor));
    TRY(reader_read_layout(reader, tensor));
    TRY(read_padded(parser, tensor));
    tensor->scope = *ahead ? SCOPE_PACKED : SCOPE_WORKSPACE;
    return STATUS_OK;
}

static void start_stage(PipelineParser *parser, const Tensor *output) {
    parser->stage = (StageDraft){.output = output};
    reader_start_expression(&parser->reader);
    for (int i = 0; i < output->rank; i++) {
        const Axis *axis = &output->axes[i];
        parser_add_loop(parser, axis->name, axis->extent, parser->reader.scanner.token.offset, false);
    }
    parser->stage.visible_count = output->rank;
}

/* Looks for the loop alone as an index. */
static void infer_extent(void *data, const Expr *access) {
    ParserLoop *loop = data;
    for (int i = 0; i < access->access.tensor->rank && loop->extent == 0; i++) {
        const Affine *index = access->access.index[i];
        bool is_bare = index->count == 1 && index->constant == 0 && affine_coefficient(index, loop->var) == 1;
        if (is_bare) loop->extent = access->access.tensor->axes[i].extent;
    }
}

static Status infer_extents(PipelineParser *parser) {
    StageDraft *draft = &parser->stage;
    for (int i = draft->output->rank; i < draft->loop_count; i++) {
        ParserLoop *loop = &draft->loops[i];
        if (loop->extent == 0) expr_visit(draft->sum, infer_extent, loop);
        if (loop->extent == 0)
            return diag_error_at(parser->reader.context, STATUS_INVALID, parser->reader.places.source, loop->offset,
                                 "no index is '%s' alone, which would give its extent; write '%s EXTENT'",
                                 loop->var->name, loop->var->name);
    }
    return STATUS_OK;
}

/* Moves the loops of the draft to the stage. */
static void set_loops(PipelineParser *parser, Stage *stage) {
    const StageDraft *draft = &parser->stage;
    int rank = draft->output->rank;
    stage->reduction_count = draft->loop_count - rank;
    const Var **vars = ARENA_ARRAY(parser->reader.context, const Var *, (size_t)draft->loop_count);
    int64_t *extents = ARENA_ARRAY(parser->reader.context, int64_t, (size_t)draft->loop_count);
    for (int i = 0; i < draft->loop_count; i++) {
        vars[i] = draft->loops[i].var;
        extents[i] = draft->loops[i].extent;
    }
    stage->loops = vars;
    stage->reductions = vars + rank;
    stage->reduction_extents = extents + rank;
}

static Status read_stage(PipelineParser *parser) {
    Stage *stage = ARENA_NEW(parser->reader.context, Stage);
    Tensor *output = ARENA_NEW(parser->reader.context, Tensor);
    reader_note_place(&parser->reader, stage, parser->reader.scanner.token.offset);
    TRY(read_stage_output(parser, output, &stage->ahead));
    start_stage(parser, output);
    TRY(reader_expect(&parser->reader, "="));
    TRY(reader_read_value(&parser->reader, &stage->finish));
    TRY(infer_extents(parser));
    bool has_conditions = false;
    TRY(reader_accept(&parser->reader, "where", &has_conditions));
    parser->stage.visible_count = parser->stage.loop_count;
    if (has_conditions) TRY(reader_read_conditions(&parser->reader, ",", &stage->where_count, &stage->where));
    set_loops(parser, stage);
    stage->output = parser->result = output;
    stage->init = parser->stage.init;
    stage->sum = parser->stage.sum;
    VECTOR_PUSH(parser->reader.context, &parser->tensors, output);
    VECTOR_PUSH(parser->reader.context, &parser->stages, stage);
    return STATUS_OK;
}

static Status read_line(PipelineParser *parser) {
    Tensor *tensor = NULL;
    if (parser->tensors.count == MAX_TENSORS)
        return scan_error(&parser->reader.scanner, "a tensor expression has at most %d tensors", MAX_TENSORS);
    if (scan_is(&parser->reader.scanner, "tensor")) {
        TRY(read_tensor(parser, SCOPE_ARGUMENT, &tensor));
    } else if (scan_is(&parser->reader.scanner, "constant")) {
        TRY(read_constant(parser));
    } else {
        TRY(read_stage(parser));
    }
    TokenKind kind = parser->reader.scanner.token.kind;
    if (kind == TOKEN_END) return STATUS_OK;
    if (kind != TOKEN_NEWLINE)
        return scan_error(&parser->reader.scanner, "expected an operator or the end of the line");
    return scan_next(&parser->reader.scanner);
}

/* The last stage's output is the result, which the caller passes. */
static Status finish_pipeline(PipelineParser *parser, const Pipeline **out) {
    if (parser->stages.count == 0) return scan_error(&parser->reader.scanner, "a tensor expression needs a stage");
    parser->result->scope = SCOPE_ARGUMENT;
    Pipeline *pipeline = ARENA_NEW(parser->reader.context, Pipeline);
    pipeline->tensor_count = (int)parser->tensors.count;
    pipeline->tensors = parser->tensors.items;
    pipeline->stage_count = (int)parser->stages.count;
    pipeline->stages = parser->stages.items;
    pipeline->var_count = parser->var_count;
    *out = pipeline;
    return pipeline_verify_at(parser->reader.context, pipeline, &parser->reader.places);
}

typedef struct Request {
    Context *context;
    const Source *source;
    const Pipeline *pipeline;
} Request;

static Status read_pipeline(void *data) {
    Request *request = data;
    PipelineParser parser = {.reader = {.context = request->context,
                                        .names = &pipeline_names,
                                        .places = {.source = request->source},
                                        .limit = PROBLEM_MAX_EXTENT}};
    Reader *reader = &parser.reader;
    reader->owner = &parser;
    TRY(scan_start(request->context, request->source, true, &reader->scanner));
    while (reader->scanner.token.kind != TOKEN_END) TRY(read_line(&parser));
    return finish_pipeline(&parser, &request->pipeline);
}

Status pipeline_parse(Context *context, const Source *source, const Pipeline **out) {
    Request request = {.context = context, .source = source};
    TRY(context_run(context, read_pipeline, &request));
    *out = request.pipeline;
    return STATUS_OK;
}
