/* SPDX-License-Identifier: Apache-2.0 */
/* A stage's nest taken apart into chains and put together again: what moves loops (reorder, tile) is made of.
 *
 * A chain is one store with the loops and guards on the path to it. Peeled and tail copies make several chains. Putting
 * together merges what chains have in common from the outside, and places init/update/finish just outside the outermost
 * reduction loop, so that after any order of loops the nest is again one tree in which each reduction starts before and
 * ends after all its loops. */
#ifndef SEPTET_COMPILER_SCHEDULE_CHAINS_H
#define SEPTET_COMPILER_SCHEDULE_CHAINS_H

#include "compiler/schedule/internal.h"

typedef enum ChainRole { CHAIN_PLAIN, CHAIN_INIT, CHAIN_UPDATE, CHAIN_FINISH } ChainRole;

typedef struct Chain {
    ChainRole role;
    int count;
    const Stmt **loops; /* STMT_FOR, outermost first; their bodies are not used */
    CondList conds;
    const Stmt *store;
} Chain;

typedef VECTOR(Chain) ChainList;

/* Takes a statement apart. Refused where a buffer lives inside: "reorder before accumulate". */
Status chains_take_apart(const Application *application, const Stmt *stmt, ChainList *out);

/* Puts chains together in their present order of loops; a loop whose bounds use a loop that would be inside it is
 * refused. */
Status chains_put_together(const Application *application, const ChainList *chains, const Stmt **out);

/* The nest of one stage: the statement in body or ahead part that holds all its loops and no other stage's, and the
 * nest with it replaced. */
Status chains_find_stage(const Application *application, const char *stage, const Stmt **out);
const Nest *chains_replace(Context *context, const Nest *nest, const Stmt *old, const Stmt *replacement);

#endif
