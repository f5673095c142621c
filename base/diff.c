/* SPDX-License-Identifier: Apache-2.0 */
/* The longest common subsequence of lines, by the textbook table, between what both texts begin and end with. */
#include "base/diff.h"

#include <stdbool.h>
#include <string.h>

#include "base/vector.h"

enum { MAX_TABLE = 1 << 22 }; /* above, lines in the middle count as all different */

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

/* The lines from `first` on, `count` of them. */
static LineList part_of(const LineList *lines, size_t first, size_t count) {
    return (LineList){.items = lines->items + first, .count = count};
}

static void print_middle(Text *out, const LineList *a, const LineList *b) {
    bool is_large = a->count + 1 > MAX_TABLE / (b->count + 1);
    size_t row = b->count + 1, i = 0, j = 0;
    const size_t *common = is_large ? NULL : count_common(out->context, a, b);
    while (i < a->count || j < b->count) {
        if (!is_large && i < a->count && j < b->count && same_line(&a->items[i], &b->items[j])) {
            print_line(out, ' ', &a->items[i++]);
            j++;
        } else if (j == b->count ||
                   (i < a->count && (is_large || common[(i + 1) * row + j] >= common[i * row + j + 1]))) {
            print_line(out, '-', &a->items[i++]);
        } else {
            print_line(out, '+', &b->items[j++]);
        }
    }
}

void diff_print(const char *expected, const char *actual, Text *out) {
    LineList a = split_lines(out->context, expected), b = split_lines(out->context, actual);
    size_t least = a.count < b.count ? a.count : b.count, start = 0, end = 0;
    while (start < least && same_line(&a.items[start], &b.items[start])) start++;
    while (end < least - start && same_line(&a.items[a.count - 1 - end], &b.items[b.count - 1 - end])) end++;
    LineList a_middle = part_of(&a, start, a.count - start - end), b_middle = part_of(&b, start, b.count - start - end);
    for (size_t i = 0; i < start; i++) print_line(out, ' ', &a.items[i]);
    print_middle(out, &a_middle, &b_middle);
    for (size_t i = a.count - end; i < a.count; i++) print_line(out, ' ', &a.items[i]);
}
