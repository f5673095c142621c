/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that read, print and verify pipelines share.
 *
 * The reader (pipeline_parse*.c) only refuses what it cannot build. All rules about pipelines are in pipeline_verify.c;
 * the reader notes where every node came from, so that a broken rule is shown at its place in the text. */
#ifndef SEPTET_IR_PIPELINE_INTERNAL_H
#define SEPTET_IR_PIPELINE_INTERNAL_H

#include "base/scan.h"
#include "base/vector.h"
#include "ir/pipeline.h"

/* Where a node (tensor, axis, loop, access, condition, stage) stands in the text. */
typedef struct PipelinePlace {
    const void *node;
    size_t offset;
} PipelinePlace;

typedef struct PipelinePlaces {
    const Source *source;
    VECTOR(PipelinePlace) list;
} PipelinePlaces;

/* pipeline_verify with messages at the nodes' places; places NULL: without. */
Status pipeline_verify_at(Context *context, const Pipeline *pipeline, const PipelinePlaces *places);

/* Words that name no tensor, axis or loop: keywords, types, functions. */
bool pipeline_is_reserved(const char *name);

/* Limits that keep recursion shallow, whatever the text. */
enum { PARSER_MAX_DEPTH = 64, PARSER_MAX_OPERANDS = 4096 };

/* A loop of the stage that is being read. */
typedef struct ParserLoop {
    const Var *var;
    int64_t extent; /* 0: not written */
    size_t offset;
} ParserLoop;

/* The stage that is being read. */
typedef struct StageDraft {
    const Tensor *output;
    int loop_count; /* of `loops`: spatial ones first, then those of the sum */
    ParserLoop loops[2 * TENSOR_MAX_RANK];
    int visible_count; /* loops in scope: those of the sum only inside it and in `where` */
    bool has_sum;
    const Expr *init, *sum;
} StageDraft;

typedef struct PipelineParser {
    Scanner scanner;
    Context *context;
    PipelinePlaces places;
    VECTOR(const Tensor *) tensors;
    VECTOR(const Stage *) stages;
    Tensor *result; /* output of the last stage so far */
    int var_count;
    StageDraft stage;
    int depth, operands; /* of the expression that is being read */
} PipelineParser;

/* scan_accept and scan_expect for an operator, a comma or an open bracket: the line may go on behind it. */
Status parser_accept(PipelineParser *parser, const char *text, bool *out);
Status parser_expect(PipelineParser *parser, const char *text);

void parser_note_place(PipelineParser *parser, const void *node, size_t offset);

/* Counts one more operand, or one more bracket around what follows (parser_leave closes it). */
Status parser_count_operand(PipelineParser *parser);
Status parser_enter(PipelineParser *parser);
void parser_leave(PipelineParser *parser);

/* Adds a loop to the stage; the caller makes it visible. */
void parser_add_loop(PipelineParser *parser, const char *name, int64_t extent, size_t offset, bool reduction);

/* A quasi-affine expression of visible loops. */
Status parser_read_index(PipelineParser *parser, const Affine **out);

/* cond {"," cond}, each with two or more sides: "0 <= p + r - 1 < 56". */
Status parser_read_conditions(PipelineParser *parser, int *count, const Cond **out);

/* A value; a sum in it becomes EXPR_PARTIAL, and its parts go to parser->stage. */
Status parser_read_value(PipelineParser *parser, const Expr **out);

#endif
