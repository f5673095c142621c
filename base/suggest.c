/* SPDX-License-Identifier: Apache-2.0 */
/* Edit distance with transpositions (the restricted one of Damerau), on words short enough for the stack. */
#include "base/suggest.h"

#include <stdbool.h>
#include <string.h>

enum { SUGGEST_MAX_LENGTH = 31 };

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Both at most SUGGEST_MAX_LENGTH long. Row i holds the distances of a's first i letters to each prefix of b. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length) {
    size_t rows[SUGGEST_MAX_LENGTH + 1][SUGGEST_MAX_LENGTH + 1];
    for (size_t j = 0; j <= b_length; j++) rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        rows[i][0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t best = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            best = smaller(best, smaller(rows[i - 1][j], rows[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = smaller(best, rows[i - 2][j - 2] + 1);
            rows[i][j] = best;
        }
    }
    return rows[a_length][b_length];
}

/* Is the shorter of the two, of three letters or more, the beginning of the other? */
static bool begins(const char *a, size_t a_length, const char *b, size_t b_length) {
    size_t shorter = smaller(a_length, b_length);
    return shorter >= 3 && memcmp(a, b, shorter) == 0;
}

const char *suggest_word(const char *word, size_t length, const char *const *words, size_t count) {
    const char *nearest = NULL;
    size_t nearest_distance = (length + 2) / 3 + 1;
    if (length > SUGGEST_MAX_LENGTH) return NULL;
    for (size_t i = 0; i < count && words[i] != NULL; i++) {
        size_t words_length = strlen(words[i]);
        if (words_length > SUGGEST_MAX_LENGTH) continue;
        size_t slips = distance(word, length, words[i], words_length);
        if (slips < nearest_distance && slips < words_length) {
            nearest = words[i];
            nearest_distance = slips;
        }
    }
    for (size_t i = 0; nearest == NULL && i < count && words[i] != NULL; i++)
        if (begins(word, length, words[i], strlen(words[i]))) nearest = words[i];
    return nearest;
}
