/* SPDX-License-Identifier: Apache-2.0 */
/* Systems of linear inequalities over whole numbers, and what follows from them. */
#ifndef SEPTET_IR_INEQUALITIES_H
#define SEPTET_IR_INEQUALITIES_H

#include <stdbool.h>
#include <stdint.h>

enum { INEQUALITIES_MAX_VARIABLES = 24, INEQUALITIES_MAX_ROWS = 96 };

/* constant + sum of coefficients[i] * (variable i) >= 0 */
typedef struct Inequality {
    int64_t constant, coefficients[INEQUALITIES_MAX_VARIABLES];
} Inequality;

/* All zero: nothing is known. */
typedef struct Inequalities {
    int count;
    bool is_contradictory; /* no numbers fulfil all rows */
    Inequality rows[INEQUALITIES_MAX_ROWS];
} Inequalities;

/* row += factor * other; false when that leaves int64_t. */
bool inequality_add(Inequality *row, const Inequality *other, int64_t factor);

/* One more row that holds. It is forgotten when the system is full: to know less is never wrong. */
void inequalities_add(Inequalities *system, const Inequality *row);

/* What the rows say about all variables but one, by Fourier and Motzkin's elimination: each variable goes with its
 * rows, and each pair of a lower and an upper bound of it leaves a row without it. Whole numbers make rows sharper: a
 * common factor of the coefficients is divided out and the constant rounded down. What is found holds, but not all that
 * holds is found, as a bound need not be taken by whole numbers; rows that leave int64_t or do not fit are forgotten.
 */
void inequalities_eliminate_all_but(Inequalities *system, int variable);

#endif
