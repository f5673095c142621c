/* SPDX-License-Identifier: Apache-2.0 */
/* Texts as large as hostile ones: what a parser answers to them, within a budget of memory. */
#ifndef SEPTET_TESTS_SUPPORT_LARGE_TEXT_H
#define SEPTET_TESTS_SUPPORT_LARGE_TEXT_H

#include "base/context.h"

/* head, then `piece` as often as fits into `bytes` with the rest, then tail. In a piece, a '$' stands for the number of
 * the repetition, so that names can differ. */
typedef struct LargeText {
    const char *head, *piece, *tail;
    size_t bytes;
    const char *message; /* that has to occur in the answer; NULL: the text is read */
} LargeText;

/* Has `parse` read the text, in a context of at most `budget_bytes`, which is many times what is needed for a text of
 * people. Asserts that the answer is as expected, and thereby that neither memory nor stack runs out. */
void large_text_check(const LargeText *text, size_t budget_bytes, Status (*parse)(Context *context, const Source *));

#endif
