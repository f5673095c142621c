/* SPDX-License-Identifier: Apache-2.0 */
/* "did you mean …?": the known word that a mistyped one is closest to. */
#ifndef SEPTET_BASE_SUGGEST_H
#define SEPTET_BASE_SUGGEST_H

#include <stddef.h>

/* The word of `words` (up to `count`, or up to a NULL) that `word`, of `length` bytes, most likely was meant to be: at
 * most one slip for each three letters, a slip being a letter that is missing, surplus or wrong, or two that changed
 * places; the first of equals. Else a word that begins with it or that it begins with, in three letters or more: "pad"
 * for "padding". NULL when none is near. */
const char *suggest_word(const char *word, size_t length, const char *const *words, size_t count);

#endif
