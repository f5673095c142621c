/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a tensor expression, line by line:
 *     tensor    = "tensor" NAME TYPE axes [layout] ["padded"]
 *     constant  = "constant" NAME TYPE axes "=" "{" rational {"," rational} "}"
 *     stage     = NAME ["ahead"] [TYPE] axes [layout] ["padded"] "=" value ["where" conds]
 *     axes      = "[" NAME extent {"," NAME extent} "]"
 *     layout    = "as" "[" AXIS {AXIS} "]"          AXIS = NAME {("/" | "%") INTEGER}
 *     rational  = ["-"] INTEGER ["/" INTEGER]
 * Values are in pipeline_parse_value.c, indices and conditions in pipeline_parse_index.c. Behind an operator, a comma
 * or an open bracket the line may go on on the next one. The grammar with its meaning is in ir/README.md. */
#include "ir/pipeline_internal.h"
#include "ir/problem.h"

#include <string.h>

static Status skip_newline(PipelineParser *parser) {
    return parser->scanner.token.kind == TOKEN_NEWLINE ? scan_next(&parser->scanner) : STATUS_OK;
}

Status parser_accept(PipelineParser *parser, const char *text, bool *out) {
    TRY(scan_accept(&parser->scanner, text, out));
    return *out ? skip_newline(parser) : STATUS_OK;
}

Status parser_expect(PipelineParser *parser, const char *text) {
    TRY(scan_expect(&parser->scanner, text));
    return skip_newline(parser);
}

void parser_note_place(PipelineParser *parser, const void *node, size_t offset) {
    PipelinePlace place = {.node = node, .offset = offset};
    VECTOR_PUSH(parser->context, &parser->places.list, place);
}

Status parser_count_operand(PipelineParser *parser) {
    if (++parser->operands <= PARSER_MAX_OPERANDS) return STATUS_OK;
    return scan_error(&parser->scanner, "a stage has at most %d operands", PARSER_MAX_OPERANDS);
}

Status parser_enter(PipelineParser *parser) {
    if (++parser->depth <= PARSER_MAX_DEPTH) return STATUS_OK;
    return scan_error(&parser->scanner, "more than %d brackets in one another", PARSER_MAX_DEPTH);
}

void parser_leave(PipelineParser *parser) {
    parser->depth--;
}

void parser_add_loop(PipelineParser *parser, const char *name, int64_t extent, size_t offset, bool reduction) {
    StageDraft *stage = &parser->stage;
    Var *var = ARENA_NEW(parser->context, Var);
    *var = (Var){.name = name, .stage = stage->output->name, .id = parser->var_count++, .reduction = reduction};
    stage->loops[stage->loop_count++] = (ParserLoop){.var = var, .extent = extent, .offset = offset};
    parser_note_place(parser, var, offset);
}

static Status read_type(PipelineParser *parser, ScalarType *out) {
    Scanner start = parser->scanner;
    const char *name = NULL;
    TRY(scan_name(&parser->scanner, "a type", &name));
    if (type_find(name, strlen(name), out)) return STATUS_OK;
    return scan_error(&start, "unknown type '%s'; types are f64, f32, f16, bf16, s32, s8, u8", name);
}

static Status read_axes(PipelineParser *parser, Tensor *tensor) {
    TRY(parser_expect(parser, "["));
    bool has_more = true;
    while (has_more) {
        if (tensor->rank == TENSOR_MAX_RANK)
            return scan_error(&parser->scanner, "a tensor has at most %d axes", TENSOR_MAX_RANK);
        Axis *axis = &tensor->axes[tensor->rank++];
        parser_note_place(parser, axis, parser->scanner.token.offset);
        TRY(scan_name(&parser->scanner, "an axis", &axis->name));
        TRY(scan_integer(&parser->scanner, "an extent", 1, PROBLEM_MAX_EXTENT, &axis->extent));
        TRY(parser_accept(parser, ",", &has_more));
    }
    tensor->layout = layout_identity(tensor->rank);
    return scan_expect(&parser->scanner, "]");
}

/* NAME {("/" | "%") INTEGER} */
static Status read_layout_axis(PipelineParser *parser, const Tensor *tensor, LayoutAxis *out) {
    Scanner start = parser->scanner;
    const char *name = NULL;
    *out = (LayoutAxis){.axis = 0};
    TRY(scan_name(&parser->scanner, "an axis", &name));
    out->axis = tensor_find_axis(tensor, name);
    if (out->axis < 0) return scan_error(&start, "%s has no axis '%s'", tensor->name, name);
    for (;;) {
        bool is_modulo = scan_is(&parser->scanner, "%"), found = false;
        TRY(parser_accept(parser, is_modulo ? "%" : "/", &found));
        if (!found) return STATUS_OK;
        if (out->op_count == LAYOUT_MAX_OPS)
            return scan_error(&parser->scanner, "more than %d of '/' and '%%' on one axis", LAYOUT_MAX_OPS);
        out->ops[out->op_count].modulo = is_modulo;
        TRY(scan_integer(&parser->scanner, "a block size", 1, PROBLEM_MAX_EXTENT, &out->ops[out->op_count++].divisor));
    }
}

/* ["as" "[" AXIS {AXIS} "]"] ["padded"] */
static Status read_storage(PipelineParser *parser, Tensor *tensor) {
    bool has_layout = false;
    TRY(parser_accept(parser, "as", &has_layout));
    if (has_layout) {
        TRY(parser_expect(parser, "["));
        tensor->layout.rank = 0;
        while (!scan_is(&parser->scanner, "]")) {
            if (tensor->layout.rank == TENSOR_MAX_RANK)
                return scan_error(&parser->scanner, "a layout has at most %d axes", TENSOR_MAX_RANK);
            TRY(read_layout_axis(parser, tensor, &tensor->layout.axes[tensor->layout.rank++]));
        }
        TRY(scan_next(&parser->scanner));
    }
    return scan_accept(&parser->scanner, "padded", &tensor->padded);
}

static Status read_declared_name(PipelineParser *parser, Tensor *tensor) {
    parser_note_place(parser, tensor, parser->scanner.token.offset);
    return scan_name(&parser->scanner, "the name of a tensor", &tensor->name);
}

static Status read_tensor(PipelineParser *parser, Scope scope, Tensor **out) {
    Tensor *tensor = ARENA_NEW(parser->context, Tensor);
    tensor->scope = scope;
    TRY(scan_next(&parser->scanner));
    TRY(read_declared_name(parser, tensor));
    TRY(read_type(parser, &tensor->type));
    TRY(read_axes(parser, tensor));
    TRY(read_storage(parser, tensor));
    VECTOR_PUSH(parser->context, &parser->tensors, tensor);
    *out = tensor;
    return STATUS_OK;
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

static Status read_rational(PipelineParser *parser, Rational *out) {
    int64_t numerator = 0, denominator = 1;
    bool has_denominator = false;
    TRY(scan_integer(&parser->scanner, "a number", -PROBLEM_MAX_EXTENT, PROBLEM_MAX_EXTENT, &numerator));
    TRY(scan_accept(&parser->scanner, "/", &has_denominator));
    if (has_denominator) TRY(scan_integer(&parser->scanner, "a denominator", 1, PROBLEM_MAX_EXTENT, &denominator));
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

static Status read_constant(PipelineParser *parser) {
    VECTOR(Rational) values = {0};
    Tensor *tensor = NULL;
    TRY(read_tensor(parser, SCOPE_CONSTANT, &tensor));
    TRY(parser_expect(parser, "="));
    TRY(parser_expect(parser, "{"));
    bool has_more = true;
    while (has_more) {
        Rational value;
        TRY(read_rational(parser, &value));
        VECTOR_PUSH(parser->context, &values, value);
        TRY(parser_accept(parser, ",", &has_more));
    }
    if (!has_elements(tensor, values.count)) {
        Text axes = text_new(parser->context);
        tensor_print_axes(tensor, &axes);
        return scan_error(&parser->scanner, "constant %s %s is given %zu values", tensor->name, text_string(&axes),
                          values.count);
    }
    tensor->values = values.items;
    return scan_expect(&parser->scanner, "}");
}

/* NAME ["ahead"] [TYPE] axes [layout] ["padded"] */
static Status read_stage_output(PipelineParser *parser, Tensor *tensor, bool *ahead) {
    tensor->type = TYPE_F32;
    TRY(read_declared_name(parser, tensor));
    TRY(scan_accept(&parser->scanner, "ahead", ahead));
    if (parser->scanner.token.kind == TOKEN_NAME) TRY(read_type(parser, &tensor->type));
    TRY(read_axes(parser, tensor));
    TRY(read_storage(parser, tensor));
    tensor->scope = *ahead ? SCOPE_PACKED : SCOPE_WORKSPACE;
    return STATUS_OK;
}

static void start_stage(PipelineParser *parser, const Tensor *output) {
    parser->stage = (StageDraft){.output = output};
    parser->operands = parser->depth = 0;
    for (int i = 0; i < output->rank; i++) {
        const Axis *axis = &output->axes[i];
        parser_add_loop(parser, axis->name, axis->extent, parser->scanner.token.offset, false);
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
            return diag_error_at(parser->context, STATUS_INVALID, parser->places.source, loop->offset,
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
    const Var **vars = ARENA_ARRAY(parser->context, const Var *, (size_t)draft->loop_count);
    int64_t *extents = ARENA_ARRAY(parser->context, int64_t, (size_t)draft->loop_count);
    for (int i = 0; i < draft->loop_count; i++) {
        vars[i] = draft->loops[i].var;
        extents[i] = draft->loops[i].extent;
    }
    stage->loops = vars;
    stage->reductions = vars + rank;
    stage->reduction_extents = extents + rank;
}

static Status read_stage(PipelineParser *parser) {
    Stage *stage = ARENA_NEW(parser->context, Stage);
    Tensor *output = ARENA_NEW(parser->context, Tensor);
    parser_note_place(parser, stage, parser->scanner.token.offset);
    TRY(read_stage_output(parser, output, &stage->ahead));
    start_stage(parser, output);
    TRY(parser_expect(parser, "="));
    TRY(parser_read_value(parser, &stage->finish));
    TRY(infer_extents(parser));
    bool has_conditions = false;
    TRY(parser_accept(parser, "where", &has_conditions));
    parser->stage.visible_count = parser->stage.loop_count;
    if (has_conditions) TRY(parser_read_conditions(parser, &stage->where_count, &stage->where));
    set_loops(parser, stage);
    stage->output = parser->result = output;
    stage->init = parser->stage.init;
    stage->sum = parser->stage.sum;
    VECTOR_PUSH(parser->context, &parser->tensors, output);
    VECTOR_PUSH(parser->context, &parser->stages, stage);
    return STATUS_OK;
}

static Status read_line(PipelineParser *parser) {
    Tensor *tensor = NULL;
    if (scan_is(&parser->scanner, "tensor")) {
        TRY(read_tensor(parser, SCOPE_ARGUMENT, &tensor));
    } else if (scan_is(&parser->scanner, "constant")) {
        TRY(read_constant(parser));
    } else {
        TRY(read_stage(parser));
    }
    TokenKind kind = parser->scanner.token.kind;
    if (kind == TOKEN_END) return STATUS_OK;
    if (kind != TOKEN_NEWLINE) return scan_error(&parser->scanner, "expected an operator or the end of the line");
    return scan_next(&parser->scanner);
}

/* The last stage's output is the result, which the caller passes. */
static Status finish_pipeline(PipelineParser *parser, const Pipeline **out) {
    if (parser->stages.count == 0) return scan_error(&parser->scanner, "a tensor expression needs a stage");
    parser->result->scope = SCOPE_ARGUMENT;
    Pipeline *pipeline = ARENA_NEW(parser->context, Pipeline);
    pipeline->tensor_count = (int)parser->tensors.count;
    pipeline->tensors = parser->tensors.items;
    pipeline->stage_count = (int)parser->stages.count;
    pipeline->stages = parser->stages.items;
    pipeline->var_count = parser->var_count;
    *out = pipeline;
    return pipeline_verify_at(parser->context, pipeline, &parser->places);
}

typedef struct Request {
    Context *context;
    const Source *source;
    const Pipeline *pipeline;
} Request;

static Status read_pipeline(void *data) {
    Request *request = data;
    PipelineParser parser = {.context = request->context, .places = {.source = request->source}};
    TRY(scan_start(request->context, request->source, true, &parser.scanner));
    while (parser.scanner.token.kind != TOKEN_END) TRY(read_line(&parser));
    return finish_pipeline(&parser, &request->pipeline);
}

Status pipeline_parse(Context *context, const Source *source, const Pipeline **out) {
    Request request = {.context = context, .source = source};
    TRY(context_run(context, read_pipeline, &request));
    *out = request.pipeline;
    return STATUS_OK;
}
