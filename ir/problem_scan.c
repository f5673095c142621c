/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a problem's fields: numbers, types, layouts, epilogue words. */
#include "ir/problem_scan.h"

#include <assert.h>
#include <string.h>

#include "base/suggest.h"

/* The index of a field, `count` when it has no place. */
static int find_place(const FieldPlaces *places, const char *field) {
    int i = 0;
    while (i < places->count && strcmp(places->places[i].field, field) != 0) i++;
    return i;
}

void field_places_add(FieldPlaces *places, const char *field, size_t offset) {
    int i = find_place(places, field);
    assert(i < FIELD_PLACES_MAX);
    places->places[i].field = field;
    places->places[i].offset = offset;
    if (i == places->count) places->count++;
}

bool field_places_have(const FieldPlaces *places, const char *field) {
    return find_place(places, field) < places->count;
}

size_t field_places_find(const FieldPlaces *places, const char *field) {
    if (field == NULL || !field_places_have(places, field)) return places->start;
    return places->places[find_place(places, field)].offset;
}

Status problem_check_at(Context *context, const Source *source, const FieldPlaces *places, const Problem *problem) {
    ProblemFault fault;
    if (!problem_find_fault(context, problem, &fault)) return STATUS_OK;
    size_t offset = field_places_find(places, fault.field);
    return diag_error_at(context, STATUS_INVALID, source, offset, "%s", fault.message);
}

Status problem_scan_value(Scanner *scanner, const char *field, int64_t lo, int64_t *out) {
    const char *what = arena_format(scanner->context, "the value of %s", field);
    return scan_integer(scanner, what, lo, PROBLEM_MAX_EXTENT, out);
}

/* The error for a word that is none of `words` (ended by NULL): "unknown type 'f23'; did you mean 'f32'?" */
static Status unknown_word(const Scanner *scanner, const char *what, const char *const *words) {
    const char *word = scanner->source->text + scanner->token.offset;
    const char *meant = suggest_word(word, scanner->token.length, words, SIZE_MAX);
    if (meant != NULL)
        return scan_error(scanner, "unknown %s '%.*s'; did you mean '%s'?", what, (int)scanner->token.length, word,
                          meant);
    Text all = text_new(scanner->context);
    for (int i = 0; words[i] != NULL; i++) text_add(&all, "%s%s", i > 0 ? ", " : "", words[i]);
    return scan_error(scanner, "unknown %s '%.*s'; there are %s", what, (int)scanner->token.length, word,
                      text_string(&all));
}

static Status scan_parameters(Scanner *scanner, EpilogueOp *op) {
    int count = epilogue_parameters(op->kind);
    if (count == 0) return STATUS_OK;
    TRY(scan_expect(scanner, "="));
    for (int i = 0; i < count; i++) {
        if (i > 0) TRY(scan_expect(scanner, ","));
        TRY(scan_number(scanner, "a number", &op->parameters[i]));
        op->parameters[i] += 0.0; /* -0 becomes 0, so that equal problems have equal texts */
    }
    return STATUS_OK;
}

Status problem_scan_epilogue(Scanner *scanner, Problem *problem) {
    static const char *const words[EPILOGUE_COUNT + 1] = {
#define EPILOGUE(id, word, parameters, exact, supported) [EPILOGUE_##id] = #word,
#include "ir/epilogues.def"
#undef EPILOGUE
    };
    const Token *token = &scanner->token;
    EpilogueOp op = {0};
    if (token->kind != TOKEN_NAME) return scan_error(scanner, "expected an epilogue word such as 'relu'");
    if (!epilogue_find(scanner->source->text + token->offset, token->length, &op.kind))
        return unknown_word(scanner, "epilogue word", words);
    if (problem->epilogue_count == PROBLEM_MAX_EPILOGUE)
        return scan_error(scanner, "an epilogue has at most %d words", PROBLEM_MAX_EPILOGUE);
    TRY(scan_next(scanner));
    TRY(scan_parameters(scanner, &op));
    problem->epilogue[problem->epilogue_count++] = op;
    return STATUS_OK;
}

Status problem_scan_type(Scanner *scanner, ScalarType *out) {
    static const char *const words[TYPE_COUNT + 1] = {
#define TYPE(id, spelling, bytes) [TYPE_##id] = #spelling,
#include "ir/types.def"
#undef TYPE
    };
    const Token *token = &scanner->token;
    if (token->kind != TOKEN_NAME) return scan_error(scanner, "expected a type such as 'f32'");
    if (!type_find(scanner->source->text + token->offset, token->length, out))
        return unknown_word(scanner, "type", words);
    return scan_next(scanner);
}

Status problem_scan_layout(Scanner *scanner, ActivationLayout *out, int *spatial) {
    static const char *const words[] = {"nhwc", "nchw", "nChw8c", "nChw16c", "nwc", "ncw", "ndhwc", "ncdhw", NULL};
    const Token *token = &scanner->token;
    if (token->kind != TOKEN_NAME) return scan_error(scanner, "expected a layout such as 'nhwc'");
    for (int i = 1; i <= PROBLEM_MAX_SPATIAL; i++) {
        if (!layout_parse(scanner->source->text + token->offset, token->length, i, out)) continue;
        *spatial = i;
        return scan_next(scanner);
    }
    return unknown_word(scanner, "layout", words);
}
