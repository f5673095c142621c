/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions on loops: an affine expression that is >= 0 or == 0. "0 <= p + r - 1 < 56" is two of them. */
#ifndef SEPTET_IR_COND_H
#define SEPTET_IR_COND_H

#include "ir/affine.h"

typedef struct Cond {
    const Affine *expr;
    bool equality; /* expr == 0, else expr >= 0 */
} Cond;

bool cond_holds(const Cond *cond, const int64_t *values);
Cond cond_substitute(Context *context, Cond cond, const Var *var, const Affine *value);

/* The same condition with a common factor of its coefficients divided out, which loops being whole numbers makes
 * sharper for proofs: 3 - 4*a >= 0 is -a >= 0. An equality stays as it is. */
Cond cond_tighten(Context *context, Cond cond);

/* The same condition without its first div whose factor is 1 or -1, for steps that look for linear bounds: a div d + b
 * >= 0 is a + d*b >= 0, and b - a div d >= 0 is d*b + d - 1 - a >= 0. As it was where there is none. */
Cond cond_multiply_out(Context *context, Cond cond);

/* Prints the conjunction; two bounds of one expression are joined: "0 <= p + r - 1 < 56", one bound reads "q - 1 >= 0"
 * or "q < 56", an equality "(p mod 2) = 0". cond_print_all puts " && " between them, as loop nests do; cond_print_list
 * what it is told. */
void cond_print_all(const Cond *conds, int count, Text *text);
void cond_print_list(const Cond *conds, int count, const char *separator, Text *text);

#endif
