/* SPDX-License-Identifier: Apache-2.0 */
/* Reads oneDNN's convolution descriptors, as in its batch files and verbose output:
 *
 *     file       = words between blanks; '#' starts a comment; a word "--…" is an option of benchdnn: a note
 *     descriptor = { "_" | PREFIX INT } [ "n" name ]        mb1_ic64oc64_ih56oh56kh3ph1_n"resnet50:res2a_branch2b*3"
 *     name       = the rest of the word, in quotes or not; "*INT" at its end says how often the layer occurs
 *
 * The prefixes are one table, their order is free. What they mean together is worked out in benchdnn_problem.c. */
#include "compiler/frontend/benchdnn.h"

#include <string.h>

#include "base/suggest.h"
#include "compiler/frontend/internal.h"

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
} Cursor;

static Status fail_at(const Cursor *cursor, const char *at, const char *message) {
    return diag_error_at(cursor->context, STATUS_INVALID, cursor->source, (size_t)(at - cursor->source->text), "%s",
                         message);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return c >= 'a' && c <= 'z';
}

static bool ends_word(char c) {
    return c == '\0' || is_blank(c);
}

static void skip_blanks(Cursor *cursor) {
    for (;;) {
        while (is_blank(*cursor->at)) cursor->at++;
        if (*cursor->at != '#') return;
        while (*cursor->at != '\0' && *cursor->at != '\n') cursor->at++;
    }
}

static void skip_word(Cursor *cursor) {
    while (!ends_word(*cursor->at)) cursor->at++;
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

static Status read_descriptor(Cursor *cursor, Descriptor *descriptor) {
    *descriptor = (Descriptor){.name = "", .count = 1};
    descriptor->places.start = (size_t)(cursor->at - cursor->source->text);
    for (int i = 0; i < DESCRIPTOR_NUMBERS; i++) descriptor->numbers[i] = -1;
    while (!ends_word(*cursor->at)) {
        if (*cursor->at == '_') {
            cursor->at++;
        } else if (*cursor->at == 'n') {
            return read_name(cursor, descriptor);
        } else {
            TRY(read_token(cursor, descriptor));
        }
    }
    return STATUS_OK;
}

static Status read_layer(Cursor *cursor, LayerVector *layers, size_t *without_batch) {
    Descriptor descriptor;
    Problem problem;
    TRY(read_descriptor(cursor, &descriptor));
    TRY(descriptor_problem(cursor->context, cursor->source, &descriptor, &problem));
    if (descriptor.numbers[DESCRIPTOR_MB] < 0) ++*without_batch;
    Layer layer = {descriptor.name, descriptor.count, problem, cursor->source, descriptor.places.start};
    VECTOR_PUSH(cursor->context, layers, layer);
    return STATUS_OK;
}

static void skip_option(Cursor *cursor) {
    const char *start = cursor->at;
    skip_word(cursor);
    diag_note(cursor->context, "%s: skipped '%.*s', an option of benchdnn", cursor->source->name,
              (int)(cursor->at - start), start);
}

Status benchdnn_read(Context *context, const Source *source, LayerVector *layers) {
    Cursor cursor = {context, source, source->text};
    size_t without_batch = 0;
    for (skip_blanks(&cursor); *cursor.at != '\0'; skip_blanks(&cursor)) {
        if (strncmp(cursor.at, "--", 2) == 0) {
            skip_option(&cursor);
        } else {
            TRY(read_layer(&cursor, layers, &without_batch));
        }
    }
    if (without_batch > 0)
        diag_note(context, "%s: %zu of %zu descriptors have no mb: batch 2, as in benchdnn", source->name,
                  without_batch, layers->count);
    return STATUS_OK;
}
