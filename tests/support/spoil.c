/* SPDX-License-Identifier: Apache-2.0 */
/* Random slips. */
#include "tests/support/spoil.h"

#include <string.h>

/* Replaces, doubles or removes a slice of the text, or puts in a letter. */
static const char *make_slip(Context *context, Random *random, const char *text) {
    static const char alphabet[] = "abcgknpqrswxyABU0123456789 \n\t[](){},.:;=+-*/%<>&#_\x01\x80";
    int64_t length = (int64_t)strlen(text);
    int64_t from = random_integer(random, 0, length), to = from + random_integer(random, 0, 8);
    if (to > length) to = length;
    const char *slice = arena_substring(context, text + from, (size_t)(to - from));
    const char *head = arena_substring(context, text, (size_t)from);
    char letter[2] = {alphabet[random_integer(random, 0, sizeof alphabet - 2)], '\0'};
    switch (random_integer(random, 0, 3)) {
    case 0: return arena_format(context, "%s%s", head, text + to);
    case 1: return arena_format(context, "%s%s%s", head, slice, text + from);
    case 2: return arena_format(context, "%s%s%s", head, letter, text + from);
    default: return arena_format(context, "%s%s%s", head, letter, from < length ? text + from + 1 : "");
    }
}

const char *spoil_text(Context *context, Random *random, const char *text, int slips) {
    for (int64_t left = random_integer(random, 1, slips); left > 0; left--) text = make_slip(context, random, text);
    return text;
}
