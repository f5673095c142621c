/* SPDX-License-Identifier: Apache-2.0 */
/* The tokenizer: one character decides the kind of a token, a number is read by digits so that no locale matters. */
#include "base/scan.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/internal.h"

enum { MAX_NUMBER_BYTES = 64, MAX_FOUND_BYTES = 40 };

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name_part(char c) {
    return is_name_start(c) || is_digit(c);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* The character at an offset, NUL past the end. */
static char peek(const Scanner *scanner, size_t offset) {
    if (offset >= scanner->source->length) return '\0';
    return scanner->source->text[offset];
}

static size_t skip_digits(const Scanner *scanner, size_t offset) {
    while (is_digit(peek(scanner, offset))) offset++;
    return offset;
}

/* Skips blanks and comments. */
static size_t skip_blanks(const Scanner *scanner, size_t offset) {
    while (is_blank(peek(scanner, offset))) offset++;
    if (peek(scanner, offset) != '#') return offset;
    while (offset < scanner->source->length && peek(scanner, offset) != '\n') offset++;
    return offset;
}

static size_t skip_blank_lines(const Scanner *scanner, size_t offset) {
    offset = skip_blanks(scanner, offset);
    while (peek(scanner, offset) == '\n') offset = skip_blanks(scanner, offset + 1);
    return offset;
}

/* digits [. digits] [e [+-] digits]; a point without a digit behind it belongs to "..". */
static void measure_number(const Scanner *scanner, Token *token) {
    size_t end = skip_digits(scanner, token->offset);
    token->kind = TOKEN_INTEGER;
    if (peek(scanner, end) == '.' && is_digit(peek(scanner, end + 1))) {
        token->kind = TOKEN_DECIMAL;
        end = skip_digits(scanner, end + 1);
    }
    char letter = peek(scanner, end);
    if (letter == 'e' || letter == 'E') {
        char sign = peek(scanner, end + 1);
        size_t digits = end + (sign == '+' || sign == '-' ? 2 : 1);
        if (is_digit(peek(scanner, digits))) {
            token->kind = TOKEN_DECIMAL;
            end = skip_digits(scanner, digits);
        }
    }
    token->length = end - token->offset;
}

/* Reads a decimal as "DIGITSeEXPONENT": without a point, strtod is the same in every locale. */
static double read_decimal(const char *text, size_t length) {
    char digits[2 * MAX_NUMBER_BYTES];
    size_t count = 0;
    long exponent = 0;
    bool after_point = false;
    size_t i = 0;
    for (; i < length && text[i] != 'e' && text[i] != 'E'; i++) {
        if (text[i] == '.') {
            after_point = true;
            continue;
        }
        digits[count++] = text[i];
        if (after_point) exponent--;
    }
    if (i < length) {
        long written = strtol(text + i + 1, NULL, 10);
        exponent += written > 100000 ? 100000 : written < -100000 ? -100000 : written;
    }
    snprintf(digits + count, sizeof digits - count, "e%ld", exponent);
    return strtod(digits, NULL);
}

static Status read_number(Scanner *scanner) {
    Token *token = &scanner->token;
    measure_number(scanner, token);
    if (token->length > MAX_NUMBER_BYTES)
        return scan_error(scanner, "number with more than %d characters", MAX_NUMBER_BYTES);
    const char *text = scanner->source->text + token->offset;
    token->decimal = read_decimal(text, token->length);
    if (token->kind == TOKEN_DECIMAL) {
        if (isinf(token->decimal)) return scan_error(scanner, "number out of range");
        return STATUS_OK;
    }
    errno = 0;
    token->integer = strtoll(text, NULL, 10);
    if (errno == ERANGE) return scan_error(scanner, "number out of range: integers end at %lld", (long long)INT64_MAX);
    return STATUS_OK;
}

static void read_name(Scanner *scanner) {
    Token *token = &scanner->token;
    token->kind = TOKEN_NAME;
    size_t end = token->offset;
    while (is_name_part(peek(scanner, end))) end++;
    token->length = end - token->offset;
}

static Status read_punctuation(Scanner *scanner) {
    static const char pairs[][3] = {"->", "&&", ">=", "<=", "==", ".."};
    Token *token = &scanner->token;
    token->kind = TOKEN_PUNCTUATION;
    token->length = 1;
    char first = peek(scanner, token->offset);
    char second = peek(scanner, token->offset + 1);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (first == pairs[i][0] && second == pairs[i][1]) token->length = 2;
    }
    if (first > ' ' && first < 0x7F) return STATUS_OK;
    if ((unsigned char)first >= 0x80) return scan_error(scanner, "character that is not ASCII, outside of a comment");
    return scan_error(scanner, "control character 0x%02x", (unsigned)first);
}

/* Reads the token at or behind `offset`. */
static Status read_token(Scanner *scanner, size_t offset) {
    offset = scanner->newlines ? skip_blanks(scanner, offset) : skip_blank_lines(scanner, offset);
    scanner->token = (Token){.kind = TOKEN_END, .offset = offset};
    if (offset >= scanner->source->length) return STATUS_OK;
    char first = peek(scanner, offset);
    if (first == '\n') {
        scanner->token.kind = TOKEN_NEWLINE;
        scanner->token.length = skip_blank_lines(scanner, offset) - offset;
        return STATUS_OK;
    }
    if (is_digit(first)) return read_number(scanner);
    if (!is_name_start(first)) return read_punctuation(scanner);
    read_name(scanner);
    return STATUS_OK;
}

Status scan_start(Context *context, const Source *source, bool newlines, Scanner *out) {
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    *out = (Scanner){.context = context, .source = source, .newlines = newlines};
    size_t offset = strncmp(source->text, byte_order_mark, 3) == 0 ? 3 : 0;
    return read_token(out, skip_blank_lines(out, offset));
}

Status scan_next(Scanner *scanner) {
    return read_token(scanner, scanner->token.offset + scanner->token.length);
}

bool scan_is(const Scanner *scanner, const char *text) {
    const Token *token = &scanner->token;
    if (token->kind != TOKEN_NAME && token->kind != TOKEN_PUNCTUATION) return false;
    return strlen(text) == token->length && memcmp(scanner->source->text + token->offset, text, token->length) == 0;
}

Status scan_accept(Scanner *scanner, const char *text, bool *out) {
    *out = scan_is(scanner, text);
    return *out ? scan_next(scanner) : STATUS_OK;
}

Status scan_expected(const Scanner *scanner, const char *what) {
    const Token *token = &scanner->token;
    if (token->kind == TOKEN_END) return scan_error(scanner, "expected %s, found the end", what);
    if (token->kind == TOKEN_NEWLINE) return scan_error(scanner, "expected %s, found the end of the line", what);
    const char *text = scanner->source->text + token->offset;
    if (token->length > MAX_FOUND_BYTES)
        return scan_error(scanner, "expected %s, found '%.*s...'", what, MAX_FOUND_BYTES, text);
    return scan_error(scanner, "expected %s, found '%.*s'", what, (int)token->length, text);
}

Status scan_expect(Scanner *scanner, const char *text) {
    if (scan_is(scanner, text)) return scan_next(scanner);
    char quoted[MAX_FOUND_BYTES];
    snprintf(quoted, sizeof quoted, "'%s'", text);
    return scan_expected(scanner, quoted);
}

Status scan_name(Scanner *scanner, const char *what, const char **out) {
    const Token *token = &scanner->token;
    if (token->kind != TOKEN_NAME) return scan_expected(scanner, what);
    *out = arena_substring(scanner->context, scanner->source->text + token->offset, token->length);
    return scan_next(scanner);
}

Status scan_integer(Scanner *scanner, const char *what, int64_t lo, int64_t hi, int64_t *out) {
    Scanner start = *scanner;
    bool negative = false;
    TRY(scan_accept(scanner, "-", &negative));
    if (scanner->token.kind != TOKEN_INTEGER) {
        *scanner = start;
        return scan_expected(scanner, what);
    }
    int64_t value = negative ? -scanner->token.integer : scanner->token.integer;
    if (value < lo || value > hi) {
        return scan_error(&start, "%s must be in %lld..%lld, not %lld", what, (long long)lo, (long long)hi,
                          (long long)value);
    }
    *out = value;
    return scan_next(scanner);
}

Status scan_number(Scanner *scanner, const char *what, double *out) {
    Scanner start = *scanner;
    bool negative = false;
    TRY(scan_accept(scanner, "-", &negative));
    TokenKind kind = scanner->token.kind;
    if (kind != TOKEN_INTEGER && kind != TOKEN_DECIMAL) {
        *scanner = start;
        return scan_expected(scanner, what);
    }
    *out = negative ? -scanner->token.decimal : scanner->token.decimal;
    return scan_next(scanner);
}

Status scan_error(const Scanner *scanner, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    diag_error_at_list(scanner->context, STATUS_INVALID, scanner->source, scanner->token.offset, format, arguments);
    va_end(arguments);
    return STATUS_INVALID;
}
