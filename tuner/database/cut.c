/* SPDX-License-Identifier: Apache-2.0 */
/* Takes one array out of a line of JSON as text, in one pass over its brackets and strings. */
#include <string.h>

#include "tuner/database/internal.h"

/* Behind the string whose opening quote is at `at`; the end of the text when nothing closes it. */
static char *skip_string(char *at) {
    for (at++; *at != '"'; at++) {
        if (*at == '\\' && at[1] != '\0') at++;
        if (*at == '\0') return at;
    }
    return at + 1;
}

/* One step over a string or any other byte; the depth of brackets behind it. */
static char *skip_token(char *at, int *depth) {
    if (*at == '"') return skip_string(at);
    *depth += (*at == '[' || *at == '{') - (*at == ']' || *at == '}');
    return at + 1;
}

/* Behind the bracket that closes the one at `at`; NULL when none does. */
static char *skip_brackets(char *at) {
    int depth = 0;
    while (*at != '\0') {
        at = skip_token(at, &depth);
        if (depth == 0) return at;
    }
    return NULL;
}

size_t database_cut_array(char *line, const char *key, char *out) {
    static const char instead[] = "null";
    size_t key_bytes = strlen(key);
    int depth = 0;
    for (char *at = line; *at != '\0'; at = skip_token(at, &depth)) {
        if (depth != 1 || *at != '"' || strncmp(at, key, key_bytes) != 0) continue;
        char *begin = at + key_bytes - 1, *end = skip_brackets(begin);
        size_t bytes = end != NULL ? (size_t)(end - begin) : 0;
        if (bytes < sizeof instead) return 0;
        memcpy(out, begin, bytes);
        memset(begin, ' ', bytes);
        memcpy(begin, instead, sizeof instead - 1);
        return bytes;
    }
    return 0;
}
