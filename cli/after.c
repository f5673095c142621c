/* SPDX-License-Identifier: Apache-2.0 */
/* Moments in the making of a kernel. */
#include "cli/after.h"

#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "base/text.h"
#include "compiler/passes/passes.h"

enum { MAX_PASSES = 64 };

/* The words of all steps, then the names of all passes. */
typedef struct Words {
    const char *words[STEP_COUNT + MAX_PASSES];
    size_t count;
} Words;

static Words list_words(void) {
    Words words = {.count = 0};
    for (int i = 0; i < STEP_COUNT; i++) words.words[words.count++] = step_name((StepKind)i);
    const char *pass;
    for (size_t i = 0; i < MAX_PASSES && (pass = passes_name(i)) != NULL; i++) words.words[words.count++] = pass;
    return words;
}

static Status unknown_word(Command *command, OptionKind option, const char *word, const Words *words) {
    const char *spelling = option_get(option)->spelling;
    const char *near = suggest_word(word, strlen(word), words->words, words->count);
    if (near != NULL) return command_misused(command, "%s %s: did you mean '%s'?", spelling, word, near);
    Text list = text_new(command->context);
    for (size_t i = 0; i < words->count; i++) text_add(&list, "%s%s", i > 0 ? ", " : "", words->words[i]);
    return command_misused(command, "%s %s: expected the number of a step or one of %s", spelling, word,
                           text_string(&list));
}

Status after_read(Command *command, OptionKind option, After *out) {
    return after_read_word(command, option, command->arguments.option[option], out);
}

Status after_read_word(Command *command, OptionKind option, const char *word, After *out) {
    *out = (After){.word = word, .step = -1};
    if (out->word == NULL) return STATUS_OK;
    char *end;
    long number = strtol(out->word, &end, 10);
    if (end != out->word && *end == '\0' && number >= 0) {
        out->step = number;
        return STATUS_OK;
    }
    Words words = list_words();
    for (size_t i = 0; i < words.count; i++) {
        if (strcmp(words.words[i], out->word) == 0) return STATUS_OK;
    }
    return unknown_word(command, option, out->word, &words);
}

bool after_is_step(const After *after, long number, const Step *step) {
    if (after->word == NULL) return false;
    if (after->step >= 0) return after->step == number;
    return step != NULL && strcmp(step_name(step->kind), after->word) == 0;
}

bool after_is_pass(const After *after, const char *pass) {
    return after->word != NULL && strcmp(after->word, pass) == 0;
}
