/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that read, print and verify pipelines share.
 *
 * The reader (pipeline_parse*.c) only refuses what it cannot build. All rules about pipelines are in pipeline_verify.c;
 * the reader notes where every node came from, so that a broken rule is shown at its place in the text. */
#ifndef SEPTET_IR_PIPELINE_INTERNAL_H
#define SEPTET_IR_PIPELINE_INTERNAL_H

#include "ir/pipeline.h"
#include "ir/reader.h"

/* pipeline_verify with messages at the nodes' places; places NULL: without. */
Status pipeline_verify_at(Context *context, const Pipeline *pipeline, const SourcePlaces *places);

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
    Reader reader;
    VECTOR(const Tensor *) tensors;
    VECTOR(const Stage *) stages;
    Tensor *result; /* output of the last stage so far */
    int var_count;
    StageDraft stage;
} PipelineParser;

/* The loops, tensors and sums of a PipelineParser, which owns the reader. */
extern const ReaderNames pipeline_names;

/* Adds a loop to the stage; the caller makes it visible. */
void parser_add_loop(PipelineParser *parser, const char *name, int64_t extent, size_t offset, bool reduction);

#endif
