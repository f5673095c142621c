/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that read loop nests share. nest_parse.c reads tensors and puts the nest together, nest_parse_stmt.c
 * reads statements, nest_parse_loop.c loops and what their names mean.
 *
 * The reader refuses what it cannot build; the rules of nests are in nest_verify.c, which is told where the statements
 * came from. */
#ifndef SEPTET_IR_NEST_PARSE_INTERNAL_H
#define SEPTET_IR_NEST_PARSE_INTERNAL_H

#include "ir/nest.h"
#include "ir/reader.h"

/* A loop around the place that is being read. */
typedef struct LoopAround {
    const struct LoopAround *outer;
    const char *stage, *name; /* as they are written; stage NULL: not written */
    const Var *var;
    double
        size; /* the largest distance of its values from 0, at least 1: no coefficient is larger than its expression */
} LoopAround;

/* A buffer around the place. */
typedef struct BufferAround {
    const struct BufferAround *outer;
    const Tensor *tensor;
} BufferAround;

typedef struct NestParser {
    Reader reader;
    VECTOR(const Tensor *) tensors;
    VECTOR(const Stage *) stages; /* one for each tensor that is written: only its output and whether it is ahead */
    VECTOR(Var *) vars;           /* by id; loops of one stage and name are one */
    const LoopAround *loops;
    const BufferAround *buffers;
    const char *last_stored; /* below the outermost loop around, or below the one before it */
    bool is_ahead;
    int depth;      /* statements around */
    int statements; /* so far, and lists of them */
} NestParser;

/* What loops and tensors are called where the parser is. */
extern const ReaderNames nest_names;

/* Counts one more statement, around what follows; nest_leave ends it. */
Status nest_enter(NestParser *parser);
void nest_leave(NestParser *parser);

/* Is the text here `word`, and not the name of a tensor that is stored to? */
Status nest_at_word(NestParser *parser, const char *word, bool *out);

/* Is the text here a word that begins loops? */
bool nest_at_mark(const NestParser *parser, Mark *out);

/* Reads statements up to `end` ("}", or NULL: the end of the text), which stays to be read. */
Status nest_read_list(NestParser *parser, const char *end, const Stmt **out);

/* Reads one statement. */
Status nest_read_statement(NestParser *parser, const Stmt **out);

/* At the word of a mark: reads loops that hold one another, and what stands in them. */
Status nest_read_loops(NestParser *parser, Mark mark, const Stmt **out);

/* Notes which loops of a reduction's update are summed over: those of its outermost loop's stage that index nothing
 * that is added to below them, or that start nothing (copies of sums). */
void nest_mark_reductions(NestParser *parser, const Stmt *init, const Stmt *update);

#endif
