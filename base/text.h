/* SPDX-License-Identifier: Apache-2.0 */
/* A string builder in an arena. Text t = text_new(context); text_add(&t, "for %s", name); text_string(&t). */
#ifndef SEPTET_BASE_TEXT_H
#define SEPTET_BASE_TEXT_H

#include <stddef.h>

#include "base/context.h"

typedef struct Text {
    Context *context;
    char *bytes; /* NUL-terminated once anything was added */
    size_t length, capacity;
} Text;

Text text_new(Context *context);

/* Appends a formatted string, a string as it is, or `count` copies of one character. */
void text_add(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_string(Text *text, const char *string);
void text_add_repeat(Text *text, char character, size_t count);

/* Appends the shortest decimal that reads back as exactly `value` (0.1, 6, 1e-30), independent of the locale. */
void text_add_number(Text *text, double value);

/* What was built; owned by the arena, "" when nothing was added. Valid until the next addition. */
const char *text_string(const Text *text);

#endif
