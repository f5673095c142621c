/* SPDX-License-Identifier: Apache-2.0 */
/* Quasi-affine integer expressions over loops: constant + sum of coefficient * (loop | (affine div d) | (affine mod
 * d)), d a positive constant, div rounding down. They are immutable and always in one canonical form (terms merged,
 * sorted, no zero coefficients; a div pulls out what divides it), so that equality is comparison. Values fit int64_t
 * because problem sizes are bounded (ir/problem.h). */
#ifndef SEPTET_IR_AFFINE_H
#define SEPTET_IR_AFFINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/context.h"
#include "base/text.h"

/* A loop variable. Identity is the pointer; `id` is unique within a pipeline and what is made from it. Terms are
 * ordered by name (then stage, then id), so that a nest that is printed and read again prints the same. */
typedef struct Var {
    const char *name;
    const char *stage; /* the stage whose loop it is */
    int id;
    bool reduction; /* iterations are summed, not laid out in the output */
} Var;

typedef enum TermKind { TERM_VAR, TERM_DIV, TERM_MOD } TermKind;

typedef struct Affine Affine;

typedef struct Term {
    int64_t coefficient; /* never 0 */
    TermKind kind;
    const Var *var;      /* TERM_VAR */
    const Affine *inner; /* TERM_DIV, TERM_MOD */
    int64_t divisor;     /* TERM_DIV, TERM_MOD: > 1 */
} Term;

struct Affine {
    int64_t constant;
    int count;
    Term terms[];
};

const Affine *affine_constant(Context *context, int64_t value);
const Affine *affine_variable(Context *context, const Var *var);
const Affine *affine_add(Context *context, const Affine *a, const Affine *b);
const Affine *affine_subtract(Context *context, const Affine *a, const Affine *b);
const Affine *affine_offset(Context *context, const Affine *a, int64_t constant);
const Affine *affine_scale(Context *context, const Affine *a, int64_t factor);

/* a div d rounded down, and a - d * (a div d); d > 0. Parts of `a` that are multiples of d leave the div:
 * (32*ko + ki) div 32 = ko + (ki div 32). ranges are needed for more (facts_simplify in ir/facts.h). */
const Affine *affine_div(Context *context, const Affine *a, int64_t divisor);
const Affine *affine_mod(Context *context, const Affine *a, int64_t divisor);

/* `a` with every occurrence of `var` replaced by `value`, also inside div and mod. */
const Affine *affine_substitute(Context *context, const Affine *a, const Var *var, const Affine *value);

bool affine_equal(const Affine *a, const Affine *b);
bool affine_is_constant(const Affine *a);
bool affine_uses(const Affine *a, const Var *var); /* also inside div and mod */

/* Coefficient of the plain term of `var` (0 when there is none). */
int64_t affine_coefficient(const Affine *a, const Var *var);

/* Does `var` occur inside a div or a mod? */
bool affine_hides(const Affine *a, const Var *var);

/* The value with values[var->id] for each loop. */
int64_t affine_evaluate(const Affine *a, const int64_t *values);

/* "ko*32 + kl", "(f div 58) + r - 1"; "0" for nothing. */
void affine_print(const Affine *a, Text *text);

#endif
