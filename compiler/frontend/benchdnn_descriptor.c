/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the words of one of oneDNN's convolution descriptors:
 *
 *     descriptor = { "_" | PREFIX INT } [ "n" name ]      mb1_ic64oc64_ih56oh56kh3ph1_n"resnet50:res2a_branch2b*3"
 *     name       = the rest of the word, in quotes or not; "*INT" at its end says how often the layer occurs
 *
 * The prefixes are one table, their order is free. What they mean together is worked out in benchdnn_problem.c. */
#include <string.h>

#include "base/suggest.h"
#include "compiler/frontend/benchdnn.h"

/* Each prefix with the field of a ProblemFault that it gives. Entry i is for DescriptorNumber i. */
static const struct {
    const char *prefix, *field;
} tokens[DESCRIPTOR_NUMBERS] = {
    {"g", "g"},         {"mb", "n"},      {"ic", "c"},      {"oc", "k"},      {"id", "d"},        {"ih", "h"},
    {"iw", "w"},        {"od", "z"},      {"oh", "p"},      {"ow", "q"},      {"kd", "t"},        {"kh", "r"},
    {"kw", "s"},        {"sd", "stride"}, {"sh", "stride"}, {"sw", "stride"}, {"dd", "dilation"}, {"dh", "dilation"},
    {"dw", "dilation"}, {"pd", "pad"},    {"ph", "pad"},    {"pw", "pad"},
};

/* Where reading is; the text ends in a NUL, which is no character of any token. */
typedef struct Cursor {
    Context *context;
    const Source *source;
    const char *at;
    char terminator; /* ends the descriptor, as blanks do; NUL: nothing else does */
} Cursor;

static Status fail_at(const Cursor *cursor, const char *at, const char *message) {
    return diag_error_at(cursor->context, STATUS_INVALID, cursor->source, (size_t)(at - cursor->source->text), "%s",
                         message);
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return c >= 'a' && c <= 'z';
}

static bool ends_word(const Cursor *cursor) {
    char c = *cursor->at;
    return c == '\0' || benchdnn_is_blank(c) || c == cursor->terminator;
}

static void skip_word(Cursor *cursor) {
    while (!ends_word(cursor)) cursor->at++;
}

/* A number as digits, at most PROBLEM_MAX_EXTENT; -1 when it is larger. */
static int64_t read_digits(const char **at) {
    int64_t value = 0;
    for (; is_digit(**at); (*at)++) {
        if (value <= PROBLEM_MAX_EXTENT) value = value * 10 + (**at - '0');
    }
    return value <= PROBLEM_MAX_EXTENT ? value : -1;
}

/* The number of the token that starts here, DESCRIPTOR_NUMBERS when there is none. No prefix begins another. */
static int find_token(const char *at) {
    int i = 0;
    while (i < DESCRIPTOR_NUMBERS && strncmp(at, tokens[i].prefix, strlen(tokens[i].prefix)) != 0) i++;
    return i;
}

static Status unknown_token(const Cursor *cursor) {
    const char *prefixes[DESCRIPTOR_NUMBERS];
    for (int i = 0; i < DESCRIPTOR_NUMBERS; i++) prefixes[i] = tokens[i].prefix;
    size_t length = 0;
    while (is_letter(cursor->at[length])) length++;
    if (length == 0) return fail_at(cursor, cursor->at, "expected a token such as 'ic64'");
    const char *meant = suggest_word(cursor->at, length, prefixes, DESCRIPTOR_NUMBERS);
    const char *hint = meant != NULL ? arena_format(cursor->context, "; did you mean '%s'?", meant) : "";
    return fail_at(
        cursor, cursor->at,
        arena_format(cursor->context, "unknown token '%.*s' in a descriptor%s", (int)length, cursor->at, hint));
}

/* PREFIX INT */
static Status read_token(Cursor *cursor, Descriptor *descriptor) {
    int i = find_token(cursor->at);
    if (i == DESCRIPTOR_NUMBERS) return unknown_token(cursor);
    const char *prefix = tokens[i].prefix;
    const char *digits = cursor->at + strlen(prefix);
    if (descriptor->numbers[i] >= 0)
        return fail_at(cursor, cursor->at,
                       arena_format(cursor->context, "'%s' occurs twice in this descriptor", prefix));
    if (*digits == '-')
        return fail_at(cursor, digits, arena_format(cursor->context, "the value of %s is negative", prefix));
    if (!is_digit(*digits)) {
        if (is_letter(*digits)) return unknown_token(cursor);
        return fail_at(cursor, digits, arena_format(cursor->context, "expected a number behind '%s'", prefix));
    }
    field_places_add(&descriptor->places, tokens[i].field, (size_t)(cursor->at - cursor->source->text));
    cursor->at = digits;
    descriptor->numbers[i] = read_digits(&cursor->at);
    if (descriptor->numbers[i] >= 0) return STATUS_OK;
    return fail_at(
        cursor, digits,
        arena_format(cursor->context, "the value of %s must be in 0..%lld", prefix, (long long)PROBLEM_MAX_EXTENT));
}

/* Takes "*INT" off the end of a name. */
static Status split_count(const Cursor *cursor, const char *start, const char **end, int64_t *count) {
    const char *star = *end;
    while (star > start && is_digit(star[-1])) star--;
    if (star == *end || star == start || star[-1] != '*') return STATUS_OK;
    const char *digits = star;
    *count = read_digits(&digits);
    *end = star - 1;
    if (*count >= 1) return STATUS_OK;
    return fail_at(cursor, star,
                   arena_format(cursor->context, "a layer occurs 1 to %lld times", (long long)PROBLEM_MAX_EXTENT));
}

/* The name behind "n": n"conv1*3", n"conv1"*3 and nconv1*3 say the same. */
static Status read_name(Cursor *cursor, Descriptor *descriptor) {
    const char *start = ++cursor->at;
    const char *end;
    if (*start == '"') {
        start++;
        end = start + strcspn(start, "\"\n");
        if (*end != '"') return fail_at(cursor, start - 1, "the closing quote of this name is missing");
        cursor->at = end + 1;
        const char *behind = cursor->at;
        skip_word(cursor);
        const char *rest = cursor->at;
        TRY(split_count(cursor, behind, &rest, &descriptor->count));
        if (rest != behind) return fail_at(cursor, behind, "expected a blank or a count such as '*3' behind the name");
    } else {
        skip_word(cursor);
        end = cursor->at;
    }
    TRY(split_count(cursor, start, &end, &descriptor->count));
    descriptor->name = arena_substring(cursor->context, start, (size_t)(end - start));
    return STATUS_OK;
}

Status descriptor_read(Context *context, const Source *source, const char **at, char terminator, Descriptor *out) {
    Cursor cursor = {context, source, *at, terminator};
    *out = (Descriptor){.name = "", .count = 1};
    out->places.start = (size_t)(*at - source->text);
    for (int i = 0; i < DESCRIPTOR_NUMBERS; i++) out->numbers[i] = -1;
    while (!ends_word(&cursor)) {
        if (*cursor.at == '_') {
            cursor.at++;
        } else if (*cursor.at == 'n') {
            TRY(read_name(&cursor, out));
            break;
        } else {
            TRY(read_token(&cursor, out));
        }
    }
    *at = cursor.at;
    return STATUS_OK;
}
