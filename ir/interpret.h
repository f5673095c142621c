/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a loop nest in f64, rounding where a tensor's type says: the meaning of nests, and the judge of every step and
 * pass. For small problems: about 50 ns an access. */
#ifndef SEPTET_IR_INTERPRET_H
#define SEPTET_IR_INTERPRET_H

#include "ir/nest.h"

/* An argument of the pipeline: elements in the physical order of its layout, tensor_elements() of them. */
typedef struct InterpretArgument {
    const char *name;
    double *data;
} InterpretArgument;

/* Runs the ahead part, then the body, once. Every argument tensor must be given, and nothing else; results are written
 * into its data, whose elements count as undefined before. Reading or writing outside a tensor (a plain store may
 * go into the filling of blocks), or reading an element that nothing wrote, is STATUS_INVALID with the statement and
 * the loop values. Iterations of a loop marked lanes or tile run in descending order, those of loops on cores in an
 * order of their own, so that a nest that depends on their order is found out; and an element that one tile of loops on
 * cores writes and another one reads or writes is STATUS_INVALID too, whatever the values. A prefetch does nothing, but
 * its tensor must be there. Values are f64; each store and each cast rounds to its type, so that sums of integers are
 * exact wherever the type holds them. Call it inside context_run. */
Status interpret_nest(Context *context, const Nest *nest, const InterpretArgument *arguments, int count);

#endif
