/* SPDX-License-Identifier: Apache-2.0 */
/* Parses a command line against the options that a verb takes. */
#include "cli/arguments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "base/vector.h"

static const Option options[] = {
#define OPTION(id, spelling, value, help) {spelling, value, help},
#include "cli/options.def"
#undef OPTION
};

const Option *option_get(OptionKind kind) {
    return &options[kind];
}

typedef struct Parser {
    Context *context;
    OptionSet allowed;
    int count, next; /* words[next] is the next one to read */
    char *const *words;
    Arguments *out;
    VECTOR(SpecArgument) specs;
} Parser;

/* The allowed option whose spelling is the word's first `length` bytes; OPTION_COUNT when there is none. */
static OptionKind find_option(const Parser *parser, const char *word, size_t length) {
    for (OptionSet kind = parser->allowed; *kind != OPTION_COUNT; kind++) {
        const char *spelling = options[*kind].spelling;
        if (strlen(spelling) == length && strncmp(spelling, word, length) == 0) return *kind;
    }
    return OPTION_COUNT;
}

static Status unknown_option(const Parser *parser, const char *word, size_t length) {
    const char *spellings[OPTION_COUNT];
    size_t count = 0;
    for (OptionSet kind = parser->allowed; *kind != OPTION_COUNT; kind++) spellings[count++] = options[*kind].spelling;
    const char *near = suggest_word(word, length, spellings, count);
    if (near == NULL) return diag_error(parser->context, STATUS_INVALID, "unknown option '%s'", word);
    return diag_error(parser->context, STATUS_INVALID, "unknown option '%s'; did you mean '%s'?", word, near);
}

static void add_spec(Parser *parser, bool is_text, const char *word) {
    SpecArgument spec = {.is_text = is_text, .word = word};
    VECTOR_PUSH(parser->context, &parser->specs, spec);
}

/* The value behind '=' or the next word. */
static Status read_value(Parser *parser, OptionKind kind, const char *behind_equals, const char **out) {
    const Option *option = &options[kind];
    *out = behind_equals;
    if (option->value == NULL) {
        *out = "";
        if (behind_equals == NULL) return STATUS_OK;
        return diag_error(parser->context, STATUS_INVALID, "option %s takes no value", option->spelling);
    }
    if (behind_equals != NULL) return STATUS_OK;
    if (parser->next == parser->count) {
        return diag_error(parser->context, STATUS_INVALID, "option %s needs a value: %s %s", option->spelling,
                          option->spelling, option->value);
    }
    *out = parser->words[parser->next++];
    return STATUS_OK;
}

static Status read_option(Parser *parser, const char *word) {
    const char *equals = strchr(word, '=');
    size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
    OptionKind kind = find_option(parser, word, length);
    if (kind == OPTION_COUNT) return unknown_option(parser, word, length);
    const char *value;
    TRY(read_value(parser, kind, equals != NULL ? equals + 1 : NULL, &value));
    if (kind == OPTION_CONV) {
        add_spec(parser, true, value);
        return STATUS_OK;
    }
    if (parser->out->option[kind] != NULL)
        return diag_error(parser->context, STATUS_INVALID, "option %s is given twice", options[kind].spelling);
    parser->out->option[kind] = value;
    return STATUS_OK;
}

Status arguments_parse(Context *context, OptionSet allowed, int count, char *const *words, Arguments *out) {
    *out = (Arguments){0};
    Parser parser = {.context = context, .allowed = allowed, .count = count, .words = words, .out = out};
    bool only_specs = false;
    while (parser.next < count) {
        const char *word = words[parser.next++];
        if (!only_specs && strcmp(word, "--") == 0) {
            only_specs = true;
        } else if (only_specs || word[0] != '-' || word[1] == '\0') {
            add_spec(&parser, false, word);
        } else {
            TRY(read_option(&parser, word));
        }
    }
    out->specs = parser.specs.items;
    out->spec_count = parser.specs.count;
    return STATUS_OK;
}

Status arguments_integer(Context *context, const Arguments *arguments, OptionKind kind, long long lo, long long hi,
                         long long otherwise, long long *out) {
    const char *text = arguments->option[kind];
    *out = otherwise;
    if (text == NULL) return STATUS_OK;
    char *end;
    errno = 0;
    *out = strtoll(text, &end, 10);
    if (end != text && *end == '\0' && errno == 0 && *out >= lo && *out <= hi) return STATUS_OK;
    return diag_error(context, STATUS_INVALID, "%s %s: expected a whole number from %lld to %lld",
                      options[kind].spelling, text, lo, hi);
}
