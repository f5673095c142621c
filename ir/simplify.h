/* SPDX-License-Identifier: Apache-2.0 */
/* Simplification of a nest with what is known at each place: div and mod resolved, conditions that always hold dropped.
 */
#ifndef SEPTET_IR_SIMPLIFY_H
#define SEPTET_IR_SIMPLIFY_H

#include "ir/facts.h"

/* Bottom-up rewriting like stmt_rewrite, but each node comes with the facts that hold around it. */
typedef const Stmt *StmtFactsRewrite(void *data, Context *context, const Facts *facts, const Stmt *stmt);
const Stmt *stmt_rewrite_with_facts(Context *context, const Facts *facts, const Stmt *stmt, StmtFactsRewrite *rewrite,
                                    void *data);

/* All indices, bounds and conditions simplified; proved conditions dropped; what a refuted guard or an empty range
 * holds vanishes. */
const Stmt *stmt_simplify(Context *context, const Facts *facts, const Stmt *stmt);

/* Ahead part and body of a nest simplified. */
const Nest *nest_simplify(Context *context, const Nest *nest);

#endif
