/* SPDX-License-Identifier: Apache-2.0 */
/* Moving through the text, and the limits on expressions. */
#include "ir/reader.h"

static Status skip_newline(Reader *reader) {
    return reader->scanner.token.kind == TOKEN_NEWLINE ? scan_next(&reader->scanner) : STATUS_OK;
}

Status reader_accept(Reader *reader, const char *text, bool *out) {
    TRY(scan_accept(&reader->scanner, text, out));
    return *out ? skip_newline(reader) : STATUS_OK;
}

Status reader_expect(Reader *reader, const char *text) {
    TRY(scan_expect(&reader->scanner, text));
    return skip_newline(reader);
}

void reader_note_place(Reader *reader, const void *node, size_t offset) {
    source_places_add(reader->context, &reader->places, node, offset);
}

void reader_start_expression(Reader *reader) {
    reader->depth = reader->operands = 0;
}

Status reader_count_operand(Reader *reader) {
    if (++reader->operands <= READER_MAX_OPERANDS) return STATUS_OK;
    return scan_error(&reader->scanner, "an expression has at most %d operands", READER_MAX_OPERANDS);
}

Status reader_enter(Reader *reader) {
    if (++reader->depth <= READER_MAX_DEPTH) return STATUS_OK;
    return scan_error(&reader->scanner, "more than %d brackets in one another", READER_MAX_DEPTH);
}

void reader_leave(Reader *reader) {
    reader->depth--;
}
