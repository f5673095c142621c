/* SPDX-License-Identifier: Apache-2.0 */
/* The longest common subsequence of lines, by the textbook table. */
#include "tests/support/diff.h"

#include <stdbool.h>
#include <string.h>

#include "base/vector.h"

typedef struct Line {
    const char *text;
    size_t length;
} Line;

typedef VECTOR(Line) LineList;

static LineList split_lines(Context *context, const char *text) {
    LineList lines = {0};
    while (*text != '\0') {
        Line line = {text, strcspn(text, "\n")};
        VECTOR_PUSH(context, &lines, line);
        text += line.length + (text[line.length] == '\n');
    }
    return lines;
}

static bool same_line(const Line *a, const Line *b) {
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

static void print_line(Text *out, char sign, const Line *line) {
    text_add(out, "%c %.*s\n", sign, (int)line->length, line->text);
}

/* common[i][j]: how many lines a from i and b from j have in common; rows of b.count + 1. */
static size_t *count_common(Context *context, const LineList *a, const LineList *b) {
    size_t row = b->count + 1;
    size_t *common = ARENA_ARRAY(context, size_t, (a->count + 1) * row);
    for (size_t i = a->count; i-- > 0;) {
        for (size_t j = b->count; j-- > 0;) {
            size_t down = common[(i + 1) * row + j], right = common[i * row + j + 1];
            size_t best = down > right ? down : right;
            common[i * row + j] = same_line(&a->items[i], &b->items[j]) ? common[(i + 1) * row + j + 1] + 1 : best;
        }
    }
    return common;
}

void diff_print(const char *expected, const char *actual, Text *out) {
    LineList a = split_lines(out->context, expected), b = split_lines(out->context, actual);
    size_t row = b.count + 1, i = 0, j = 0;
    const size_t *common = count_common(out->context, &a, &b);
    while (i < a.count || j < b.count) {
        if (i < a.count && j < b.count && same_line(&a.items[i], &b.items[j])) {
            print_line(out, ' ', &a.items[i++]);
            j++;
        } else if (j == b.count || (i < a.count && common[(i + 1) * row + j] >= common[i * row + j + 1])) {
            print_line(out, '-', &a.items[i++]);
        } else {
            print_line(out, '+', &b.items[j++]);
        }
    }
}
