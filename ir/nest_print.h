/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of the text of loop nests, for messages about them (ir/nest_verify.c, ir/interpret*.c). */
#ifndef SEPTET_IR_NEST_PRINT_H
#define SEPTET_IR_NEST_PRINT_H

#include "ir/nest.h"

/* The first line of a statement, without newline: all of a store, else what stands in front of its body ("for r 3"). */
void stmt_print_head(const Stmt *stmt, Text *text);

/* A copy of the statement for printing, in which each loop of another stage than the loop around it (an outermost loop:
 * than the tensor that the last store below it writes) is called "stage.name". Shared where nothing changes. */
const Stmt *stmt_name_stages(Context *context, const Stmt *stmt);

#endif
