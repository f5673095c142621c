/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of schedules: steps, tails, and the forms that say how a step is written. */
#include "ir/schedule.h"

#include <assert.h>
#include <string.h>

#include "ir/schedule_form.h"

typedef struct StepInfo {
    const char *word, *form;
} StepInfo;

static const StepInfo steps[STEP_COUNT] = {
#define STEP(id, word, form, available) [STEP_##id] = {#word, form},
#include "ir/steps.def"
#undef STEP
};

const char *step_name(StepKind kind) {
    return steps[kind].word;
}

const char *step_form(StepKind kind) {
    return steps[kind].form;
}

const char *tail_name(Tail tail) {
    static const char *const names[] = {
        [TAIL_NONE] = "none", [TAIL_GUARD] = "guard", [TAIL_PEEL] = "peel", [TAIL_SHIFT] = "shift", [TAIL_PAD] = "pad",
    };
    return names[tail];
}

typedef struct FormElement {
    const char *name, *description;
} FormElement;

static const FormElement elements[FORM_KINDS] = {
    [FORM_OPEN] = {"[", ""},
    [FORM_CLOSE] = {"]", ""},
#define FORM(id, name, description) [FORM_##id] = {#name, description},
#include "ir/forms.def"
#undef FORM
};

static FormKind find_element(const char *name, size_t length) {
    for (int kind = FORM_OPEN; kind < FORM_KINDS; kind++) {
        if (strlen(elements[kind].name) == length && memcmp(elements[kind].name, name, length) == 0)
            return (FormKind)kind;
    }
    assert(!"an element of ir/steps.def that ir/forms.def lacks");
    return FORM_END;
}

FormPart form_next(const char **form) {
    FormPart part = {.kind = FORM_END};
    const char *start = *form + strspn(*form, " ");
    size_t length = strcspn(start, " ");
    *form = start + length;
    if (length == 0) return part;
    if (start[0] != '\'') {
        part.kind = find_element(start, length);
        return part;
    }
    assert(length > 2 && length - 2 < FORM_MAX_WORD);
    part.kind = FORM_WORD;
    memcpy(part.word, start + 1, length - 2);
    return part;
}

const char *form_description(FormKind kind) {
    return elements[kind].description;
}

bool form_is_word(const char *text, size_t length) {
    for (int kind = 0; kind < STEP_COUNT; kind++) {
        const char *form = step_form((StepKind)kind);
        for (FormPart part = form_next(&form); part.kind != FORM_END; part = form_next(&form)) {
            if (part.kind == FORM_WORD && strlen(part.word) == length && memcmp(part.word, text, length) == 0)
                return true;
        }
    }
    return false;
}
