/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of tensor expressions (pipeline_parse*.c) and loop nests (nest_parse*.c) share: shapes of tensors,
 * indices, conditions, values. What the names in them mean is the business of their owner (ReaderNames). */
#ifndef SEPTET_IR_READER_H
#define SEPTET_IR_READER_H

#include "base/scan.h"
#include "ir/cond.h"
#include "ir/expr.h"
#include "ir/source_places.h"

/* Limits that keep recursion shallow, whatever the text. */
enum { READER_MAX_DEPTH = 64, READER_MAX_OPERANDS = 4096 };

typedef struct Reader Reader;

/* What names mean. Each function records an error at its place when there is no such thing. */
typedef struct ReaderNames {
    /* Reads the name of a loop that is in scope. */
    Status (*read_loop)(Reader *reader, const Var **out);

    /* Finds the tensor `name`, which was read at `at`. */
    Status (*find_tensor)(Reader *reader, const Scanner *at, const char *name, const Tensor **out);

    /* Refuses an index that was read, brackets around it or not; NULL: all are taken. */
    Status (*check_index)(Reader *reader, const Affine *index);

    /* Reads a sum from its keyword on, and what stands for it in the value around it; NULL: values contain no sums. */
    Status (*read_sum)(Reader *reader, const Expr **out);

    /* Told what is added to a sum from the left, without parentheses around the sum: what the sum starts from. */
    void (*start_sum)(Reader *reader, const Expr *start);
} ReaderNames;

struct Reader {
    Scanner scanner;
    Context *context;
    const ReaderNames *names;
    void *owner;         /* of the names */
    SourcePlaces places; /* of tensors, axes, accesses, conditions, and what the owner adds */
    int64_t limit; /* of the integers of an index, at most 2^48: nothing computed from them while reading overflows */
    int depth, operands; /* of the expression that is being read */
};

/* scan_accept and scan_expect for an operator, a comma or an open bracket: the line may go on behind it. */
Status reader_accept(Reader *reader, const char *text, bool *out);
Status reader_expect(Reader *reader, const char *text);

void reader_note_place(Reader *reader, const void *node, size_t offset);

/* Starts to count operands and brackets anew; counts one more operand, or one more bracket around what follows
 * (reader_leave closes it). */
void reader_start_expression(Reader *reader);
Status reader_count_operand(Reader *reader);
Status reader_enter(Reader *reader);
void reader_leave(Reader *reader);

/* The name of a new tensor. */
Status reader_read_tensor_name(Reader *reader, Tensor *tensor);

/* "f32" */
Status reader_read_type(Reader *reader, ScalarType *out);

/* "[n 1, k/32 2]", and the layout that lets the axes lie in this order. */
Status reader_read_axes(Reader *reader, Tensor *tensor);

/* ["as" "[" AXIS {AXIS} "]"] */
Status reader_read_layout(Reader *reader, Tensor *tensor);

/* "= {1, -1/2}", as many as the tensor has elements. */
Status reader_read_values(Reader *reader, Tensor *tensor);

/* A quasi-affine expression of loops. */
Status reader_read_index(Reader *reader, const Affine **out);

/* "[n, p + r - 1]" behind the name of a tensor: one index an axis. */
Status reader_read_indices(Reader *reader, const Tensor *tensor, const Affine **index);

/* cond {separator cond}, each with two or more sides: "0 <= p + r - 1 < 56". */
Status reader_read_conditions(Reader *reader, const char *separator, int *count, const Cond **out);

/* A value; one without '+' and '-' outside of brackets. */
Status reader_read_value(Reader *reader, const Expr **out);
Status reader_read_product(Reader *reader, const Expr **out);

#endif
