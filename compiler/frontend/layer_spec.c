/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the words of a layer spec:
 *
 *     file  = { "layer" NAME { word } }  |  { word }
 *     word  = KEY "=" value  |  epilogue word  |  "transposed"
 *
 * Line breaks are blanks, '#' starts a comment. The keys are one table; a value is a number, a list of numbers, types
 * or a layout. What the keys mean together is worked out in layer_spec_problem.c. */
#include "compiler/frontend/layer_spec.h"

#include <string.h>

#include "base/suggest.h"
#include "compiler/frontend/internal.h"

typedef enum KeyKind { KEY_NUMBER, KEY_LIST, KEY_TYPE, KEY_X_LAYOUT, KEY_Y_LAYOUT } KeyKind;

typedef struct Key {
    const char *word;
    const char *field; /* what a ProblemFault calls it */
    KeyKind kind;
    int slot;       /* KEY_NUMBER: SpecNumber, KEY_LIST: SpecList */
    int64_t lowest; /* of the numbers */
} Key;

static const Key keys[] = {
    {"n", "n", KEY_NUMBER, SPEC_N, 1},
    {"c", "c", KEY_NUMBER, SPEC_C, 1},
    {"d", "d", KEY_NUMBER, SPEC_INPUT, 1},
    {"h", "h", KEY_NUMBER, SPEC_INPUT + 1, 1},
    {"w", "w", KEY_NUMBER, SPEC_INPUT + 2, 1},
    {"k", "k", KEY_NUMBER, SPEC_K, 1},
    {"t", "t", KEY_NUMBER, SPEC_KERNEL, 1},
    {"r", "r", KEY_NUMBER, SPEC_KERNEL + 1, 1},
    {"s", "s", KEY_NUMBER, SPEC_KERNEL + 2, 1},
    {"z", "z", KEY_NUMBER, SPEC_OUTPUT, 1},
    {"p", "p", KEY_NUMBER, SPEC_OUTPUT + 1, 1},
    {"q", "q", KEY_NUMBER, SPEC_OUTPUT + 2, 1},
    {"groups", "g", KEY_NUMBER, SPEC_G, 1},
    {"g", "g", KEY_NUMBER, SPEC_G, 1},
    {"count", "count", KEY_NUMBER, SPEC_COUNT, 1},
    {"stride", "stride", KEY_LIST, SPEC_STRIDE, 1},
    {"pad", "pad", KEY_LIST, SPEC_PAD, -PROBLEM_MAX_EXTENT},
    {"dilation", "dilation", KEY_LIST, SPEC_DILATION, 1},
    {"type", "type", KEY_TYPE, 0, 0},
    {"x", "x", KEY_X_LAYOUT, 0, 0},
    {"y", "y", KEY_Y_LAYOUT, 0, 0},
};

enum { KEY_COUNT = sizeof keys / sizeof *keys };

static const char transposed_word[] = "transposed";
static const char layer_word[] = "layer";

typedef struct Reader {
    Scanner scanner;
    LayerSpec spec; /* of the current layer */
} Reader;

static const char *token_text(const Scanner *scanner) {
    return scanner->source->text + scanner->token.offset;
}

/* The key that the current token is, or NULL. */
static const Key *current_key(const Scanner *scanner) {
    for (int i = 0; i < KEY_COUNT; i++) {
        if (scan_is(scanner, keys[i].word)) return &keys[i];
    }
    return NULL;
}

bool layer_spec_is_word(const char *word, size_t length) {
    EpilogueKind kind;
    bool transposed = length == strlen(transposed_word) && memcmp(word, transposed_word, length) == 0;
    return transposed || epilogue_find(word, length, &kind);
}

/* The error for a word that may not stand here. */
static Status unknown_word(const Scanner *scanner) {
    enum { WORD_COUNT = KEY_COUNT + EPILOGUE_COUNT + 2 };
    const char *words[WORD_COUNT] = {transposed_word, layer_word};
    for (int i = 0; i < KEY_COUNT; i++) words[2 + i] = keys[i].word;
    for (int i = 0; i < EPILOGUE_COUNT; i++) words[2 + KEY_COUNT + i] = epilogue_name((EpilogueKind)i);
    const char *word = token_text(scanner);
    int length = (int)scanner->token.length;
    const char *what = word[length] == '=' ? "key" : "word";
    const char *meant = suggest_word(word, (size_t)length, words, WORD_COUNT);
    if (meant != NULL) return scan_error(scanner, "unknown %s '%.*s'; did you mean '%s'?", what, length, word, meant);
    Text known = text_new(scanner->context);
    for (int i = 0; i < WORD_COUNT; i++) text_add(&known, "%s%s", i > 0 ? " " : "", words[i]);
    return scan_error(scanner, "unknown %s '%.*s'; there are: %s", what, length, word, text_string(&known));
}

/* INT{,INT} */
static Status read_list(Reader *reader, const Key *key) {
    SpecValues *list = &reader->spec.lists[key->slot];
    bool more;
    do {
        if (list->count == 2 * PROBLEM_MAX_SPATIAL)
            return scan_error(&reader->scanner, "%s has at most %d values", key->word, 2 * PROBLEM_MAX_SPATIAL);
        TRY(problem_scan_value(&reader->scanner, key->word, key->lowest, &list->values[list->count++]));
        TRY(scan_accept(&reader->scanner, ",", &more));
    } while (more);
    return STATUS_OK;
}

/* One type for all tensors, or three: of x, the weights and y. */
static Status read_types(Reader *reader) {
    Problem *problem = &reader->spec.problem;
    bool more;
    TRY(problem_scan_type(&reader->scanner, &problem->x_type));
    problem->w_type = problem->y_type = problem->x_type;
    TRY(scan_accept(&reader->scanner, ",", &more));
    if (!more) return STATUS_OK;
    TRY(problem_scan_type(&reader->scanner, &problem->w_type));
    TRY(scan_expect(&reader->scanner, ","));
    return problem_scan_type(&reader->scanner, &problem->y_type);
}

static Status read_layout(Reader *reader, SpecLayout *layout) {
    return problem_scan_layout(&reader->scanner, &layout->layout, &layout->spatial);
}

/* Notes that `field` is said by the current token, which is `word`: once a layer. */
static Status note_place(Reader *reader, const char *field, const char *word) {
    FieldPlaces *places = &reader->spec.places;
    if (field_places_have(places, field)) return scan_error(&reader->scanner, "'%s' occurs twice in this layer", word);
    field_places_add(places, field, reader->scanner.token.offset);
    return STATUS_OK;
}

static Status read_key(Reader *reader, const Key *key) {
    LayerSpec *spec = &reader->spec;
    TRY(note_place(reader, key->field, key->word));
    TRY(scan_next(&reader->scanner));
    TRY(scan_expect(&reader->scanner, "="));
    switch (key->kind) {
    case KEY_NUMBER: return problem_scan_value(&reader->scanner, key->word, key->lowest, &spec->numbers[key->slot]);
    case KEY_LIST: return read_list(reader, key);
    case KEY_TYPE: return read_types(reader);
    case KEY_X_LAYOUT: return read_layout(reader, &spec->x_layout);
    case KEY_Y_LAYOUT: return read_layout(reader, &spec->y_layout);
    }
    return STATUS_OK;
}

static Status read_word(Reader *reader) {
    Scanner *scanner = &reader->scanner;
    const Key *key = current_key(scanner);
    if (key != NULL) return read_key(reader, key);
    if (scanner->token.kind != TOKEN_NAME)
        return scan_error(scanner, "expected KEY=VALUE, an epilogue word or 'layer', found '%.*s'",
                          (int)scanner->token.length, token_text(scanner));
    if (!layer_spec_is_word(token_text(scanner), scanner->token.length)) return unknown_word(scanner);
    if (scan_is(scanner, transposed_word)) {
        TRY(note_place(reader, transposed_word, transposed_word));
        reader->spec.problem.transposed = true;
        return scan_next(scanner);
    }
    field_places_add(&reader->spec.places, "epilogue", scanner->token.offset);
    return problem_scan_epilogue(scanner, &reader->spec.problem);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

/* Reads the name behind "layer", the current token. It is not a token: anything up to the next blank, or in quotes. */
static Status read_name(Reader *reader) {
    Scanner *scanner = &reader->scanner;
    const char *text = scanner->source->text;
    const char *start = token_text(scanner) + scanner->token.length;
    while (is_blank(*start)) start++;
    const char *end = start;
    bool quoted = *start == '"';
    if (quoted) {
        end = start + 1 + strcspn(start + 1, "\"\n");
        if (*end != '"')
            return diag_error_at(scanner->context, STATUS_INVALID, scanner->source, (size_t)(start - text),
                                 "the closing quote of this name is missing");
        reader->spec.name = arena_substring(scanner->context, start + 1, (size_t)(end - start - 1));
        end++;
    } else {
        while (*end != '\0' && !is_blank(*end)) end++;
        reader->spec.name = arena_substring(scanner->context, start, (size_t)(end - start));
    }
    if (end == start || (!quoted && strchr(reader->spec.name, '=') != NULL))
        return diag_error_at(scanner->context, STATUS_INVALID, scanner->source, (size_t)(start - text),
                             "expected the layer's name behind 'layer'");
    scanner->token.offset = (size_t)(start - text);
    scanner->token.length = (size_t)(end - start);
    return scan_next(scanner);
}

static Status read_layer(Context *context, Reader *reader, LayerVector *layers) {
    LayerSpec *spec = &reader->spec;
    *spec = (LayerSpec){.name = "", .problem = problem_default(2), .places = {.start = reader->scanner.token.offset}};
    spec->numbers[SPEC_COUNT] = 1;
    if (scan_is(&reader->scanner, layer_word)) TRY(read_name(reader));
    while (reader->scanner.token.kind != TOKEN_END && !scan_is(&reader->scanner, layer_word)) TRY(read_word(reader));
    const Source *source = reader->scanner.source;
    TRY(layer_spec_problem(context, source, spec));
    Layer layer = {spec->name, spec->numbers[SPEC_COUNT], spec->problem, source, spec->places.start};
    return layers_add(context, layers, &layer);
}

Status layer_spec_read(Context *context, const Source *source, LayerVector *layers) {
    Reader reader;
    TRY(scan_start(context, source, false, &reader.scanner));
    while (reader.scanner.token.kind != TOKEN_END) TRY(read_layer(context, &reader, layers));
    return STATUS_OK;
}
