/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the forms of ir/steps.def: what the parser and the printer of schedules share, and nobody else needs. */
#ifndef SEPTET_IR_SCHEDULE_FORM_H
#define SEPTET_IR_SCHEDULE_FORM_H

#include "ir/schedule.h"

typedef enum FormKind {
    FORM_END,
    FORM_WORD,  /* 'word' */
    FORM_OPEN,  /* [ */
    FORM_CLOSE, /* ] */
#define FORM(id, name, description) FORM_##id,
#include "ir/forms.def"
#undef FORM
    FORM_KINDS
} FormKind;

enum { FORM_MAX_WORD = 12 };

typedef struct FormPart {
    FormKind kind;
    char word[FORM_MAX_WORD]; /* FORM_WORD: without its quotes */
} FormPart;

/* The part that *form starts with; moves *form behind it. */
FormPart form_next(const char **form);

/* What a message calls an element: "a loop". */
const char *form_description(FormKind kind);

/* Is it a word that stands between the elements of some form ("at", "in", …)? Such a word names no loop or tensor, so
 * that a list of loops ends where it stands. */
bool form_is_word(const char *text, size_t length);

#endif
