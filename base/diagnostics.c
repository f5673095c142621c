/* SPDX-License-Identifier: Apache-2.0 */
/* Errors and notes of a Context, and the display of the place in a text that an error is about.
 *
 * Below the message come the line and a caret. The line may come from anywhere, so it is made safe for a terminal:
 * control characters and bytes that are not UTF-8 show as '?'. Columns count characters (code points), a tab as one;
 * the line of the caret repeats the tabs of the line above, so that the two stay aligned whatever the width of a tab. A
 * line longer than WINDOW_CHARACTERS is cut to a window around the caret, with "..." at each cut. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/internal.h"

enum { WINDOW_CHARACTERS = 100, CUT_CHARACTERS = 3, SOURCE_NAME_BYTES = 160 };

static const char indentation[] = "    ";
static const char cut_mark[] = "...";

/* A string being written into a fixed buffer; what does not fit is dropped at the end of a character. */
typedef struct Buffer {
    char *bytes;
    size_t length, capacity;
} Buffer;

static void buffer_add(Buffer *buffer, const char *bytes, size_t length) {
    if (length >= buffer->capacity - buffer->length) return;
    memcpy(buffer->bytes + buffer->length, bytes, length);
    buffer->length += length;
    buffer->bytes[buffer->length] = '\0';
}

/* Bytes of the UTF-8 sequence that `lead` announces, 0 if it cannot start one. */
static size_t utf8_announced_bytes(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead < 0xC2) return 0;
    if (lead < 0xE0) return 2;
    if (lead < 0xF0) return 3;
    return lead < 0xF5 ? 4 : 0;
}

/* Bytes of the character at `text`; a byte that is not part of a whole UTF-8 sequence counts as a character. */
static size_t character_bytes(const char *text, size_t left) {
    size_t bytes = utf8_announced_bytes((unsigned char)text[0]);
    if (bytes == 0 || bytes > left) return 1;
    for (size_t i = 1; i < bytes; i++) {
        if (((unsigned char)text[i] & 0xC0) != 0x80) return 1;
    }
    return bytes;
}

static void buffer_add_character(Buffer *buffer, const char *text, size_t bytes) {
    unsigned char first = (unsigned char)text[0];
    bool shown = first == '\t' || (first >= 0x20 && first < 0x7F);
    if (bytes > 1) shown = first != 0xC2 || (unsigned char)text[1] >= 0xA0; /* U+0080..U+009F are control characters */
    buffer_add(buffer, shown ? text : "?", shown ? bytes : 1);
}

static size_t count_characters(const char *text, size_t length) {
    size_t count = 0;
    for (size_t i = 0; i < length; i += character_bytes(text + i, length - i)) count++;
    return count;
}

/* Where in a text an offset is. */
typedef struct Place {
    const char *line; /* its first byte */
    size_t length;    /* of the line, without its end */
    size_t number;    /* of the line, from 1 */
    size_t column;    /* characters before the offset in its line */
} Place;

static Place find_place(const Source *source, size_t offset) {
    Place place = {.line = source->text, .number = 1};
    const char *at = source->text + offset;
    const char *end = source->text + source->length;
    for (const char *c = source->text; c < at; c++) {
        if (*c != '\n') continue;
        place.line = c + 1;
        place.number++;
    }
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    if (newline != NULL) end = newline;
    place.length = (size_t)(end - place.line);
    if (place.length > 0 && end[-1] == '\r') place.length--;
    size_t before = (size_t)(at - place.line);
    place.column = count_characters(place.line, before < place.length ? before : place.length);
    return place;
}

/* Adds characters first .. first + count - 1 of the line, in the display's line (blank = false) or as the blanks that
 * bring the caret below them. */
static void add_characters(Buffer *buffer, const Place *place, size_t first, size_t count, bool blank) {
    size_t index = 0;
    for (size_t i = 0; i < place->length && index < first + count; index++) {
        size_t bytes = character_bytes(place->line + i, place->length - i);
        const char *character = place->line + i;
        i += bytes;
        if (index < first) continue;
        if (!blank) {
            buffer_add_character(buffer, character, bytes);
        } else {
            buffer_add(buffer, *character == '\t' ? "\t" : " ", 1);
        }
    }
}

static void add_caret_display(Buffer *buffer, const Place *place) {
    size_t total = count_characters(place->line, place->length);
    if (total == 0) return;
    size_t first = 0;
    size_t shown = total;
    if (total > WINDOW_CHARACTERS) {
        shown = WINDOW_CHARACTERS;
        first = place->column > WINDOW_CHARACTERS / 2 ? place->column - WINDOW_CHARACTERS / 2 : 0;
        if (first > total - shown) first = total - shown;
    }
    buffer_add(buffer, "\n", 1);
    buffer_add(buffer, indentation, strlen(indentation));
    if (first > 0) buffer_add(buffer, cut_mark, CUT_CHARACTERS);
    add_characters(buffer, place, first, shown, false);
    if (first + shown < total) buffer_add(buffer, cut_mark, CUT_CHARACTERS);
    buffer_add(buffer, "\n", 1);
    buffer_add(buffer, indentation, strlen(indentation));
    if (first > 0) buffer_add(buffer, "   ", CUT_CHARACTERS);
    add_characters(buffer, place, first, place->column - first, true);
    buffer_add(buffer, "^", 1);
}

/* Adds the words of a message, ended by "..." if they are longer than MESSAGE_WORDS_BYTES. */
__attribute__((format(printf, 2, 0))) static void add_words(Buffer *buffer, const char *format, va_list arguments) {
    char words[MESSAGE_WORDS_BYTES];
    int length = vsnprintf(words, sizeof words, format, arguments);
    assert(length >= 0);
    if ((size_t)length < sizeof words) {
        buffer_add(buffer, words, (size_t)length);
        return;
    }
    size_t kept = 0;
    size_t limit = sizeof words - 1 - CUT_CHARACTERS;
    while (kept < limit) {
        size_t bytes = character_bytes(words + kept, sizeof words - 1 - kept);
        if (kept + bytes > limit) break;
        kept += bytes;
    }
    buffer_add(buffer, words, kept);
    buffer_add(buffer, cut_mark, CUT_CHARACTERS);
}

/* Adds the name of a source; of a long path the end. */
static void add_source_name(Buffer *buffer, const char *name) {
    size_t length = strlen(name);
    size_t skipped = 0;
    while (length - skipped > SOURCE_NAME_BYTES) skipped += character_bytes(name + skipped, length - skipped);
    if (skipped > 0) buffer_add(buffer, cut_mark, CUT_CHARACTERS);
    buffer_add(buffer, name + skipped, length - skipped);
}

/* The message is built beside the old one, which may be among the arguments. */
static Status keep_message(Context *context, Status status, const Buffer *message) {
    assert(status != STATUS_OK);
    context->status = status;
    memcpy(context->message, message->bytes, message->length + 1);
    return status;
}

Status diag_error(Context *context, Status status, const char *format, ...) {
    char bytes[MESSAGE_BYTES] = "";
    Buffer message = {bytes, 0, sizeof bytes};
    va_list arguments;
    va_start(arguments, format);
    add_words(&message, format, arguments);
    va_end(arguments);
    return keep_message(context, status, &message);
}

Status diag_error_at_list(Context *context, Status status, const Source *source, size_t offset, const char *format,
                          va_list arguments) {
    assert(offset <= source->length);
    Place place = find_place(source, offset);
    char bytes[MESSAGE_BYTES] = "";
    Buffer message = {bytes, 0, sizeof bytes};
    char numbers[64];
    int length = snprintf(numbers, sizeof numbers, ":%zu:%zu: ", place.number, place.column + 1);
    add_source_name(&message, source->name);
    buffer_add(&message, numbers, (size_t)length);
    add_words(&message, format, arguments);
    add_caret_display(&message, &place);
    return keep_message(context, status, &message);
}

Status diag_error_at(Context *context, Status status, const Source *source, size_t offset, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    diag_error_at_list(context, status, source, offset, format, arguments);
    va_end(arguments);
    return status;
}

void diag_note(Context *context, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    Note *note = arena_try_alloc(context, sizeof *note + (size_t)length + 1);
    if (note == NULL) return;
    va_start(arguments, format);
    vsnprintf(note->text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    if (context->last_note != NULL) {
        context->last_note->next = note;
    } else {
        context->first_note = note;
    }
    context->last_note = note;
}

const char *diag_message(const Context *context) {
    return context->message;
}

Status diag_status(const Context *context) {
    return context->status;
}

void diag_clear(Context *context) {
    context->status = STATUS_OK;
    context->message[0] = '\0';
    context->first_note = context->last_note = NULL;
}

const char *diag_note_get(const Context *context, size_t index) {
    const Note *note = context->first_note;
    for (; note != NULL && index > 0; index--) note = note->next;
    return note != NULL ? note->text : NULL;
}
