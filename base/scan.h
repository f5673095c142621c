/* SPDX-License-Identifier: Apache-2.0 */
/* A tokenizer for the small line-based languages (layer spec, schedule, tensor expression): skips blanks and '#'
 * comments, knows the offset of every token for messages. Names are [A-Za-z_][A-Za-z0-9_]*; numbers are integers below
 * 2^63 or decimals (1.5, 1e-6); all else is one-character punctuation or "->" "&&" ">=" "<=" "==" "..". A '-' is always
 * punctuation, so that p-1 reads as p - 1: scan_integer and scan_number accept it in front. With `newlines`, a newline
 * and the blank or comment lines behind it are one token, and those before the first token are skipped. A byte order
 * mark and carriage returns are blanks. No locale matters. */
#ifndef SEPTET_BASE_SCAN_H
#define SEPTET_BASE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/context.h"

typedef enum TokenKind {
    TOKEN_END,
    TOKEN_NEWLINE,
    TOKEN_NAME,
    TOKEN_INTEGER,
    TOKEN_DECIMAL,
    TOKEN_PUNCTUATION
} TokenKind;

typedef struct Token {
    TokenKind kind;
    size_t offset, length; /* into the source's text */
    int64_t integer;       /* TOKEN_INTEGER */
    double decimal;        /* TOKEN_INTEGER and TOKEN_DECIMAL */
} Token;

typedef struct Scanner {
    Context *context;
    const Source *source;
    bool newlines; /* newlines are tokens; otherwise blanks */
    Token token;   /* the current one */
} Scanner;

/* Starts at the first token. A bad character or a number out of range is an error at its place. */
Status scan_start(Context *context, const Source *source, bool newlines, Scanner *out);

/* Moves to the next token. */
Status scan_next(Scanner *scanner);

/* Is the current token this name or punctuation? */
bool scan_is(const Scanner *scanner, const char *text);

/* If it is, moves on and sets *out true; scan_expect makes it an error when it is not: "expected '->', found 'k'". */
Status scan_accept(Scanner *scanner, const char *text, bool *out);
Status scan_expect(Scanner *scanner, const char *text);

/* Reads a name (copied into the arena, so inside context_run), an integer in lo..hi, or any number; the last two with
 * an optional '-' in front. `what` is used in the message ("a loop", "a tile size"). On an error *out is untouched. */
Status scan_name(Scanner *scanner, const char *what, const char **out);
Status scan_integer(Scanner *scanner, const char *what, int64_t lo, int64_t hi, int64_t *out);
Status scan_number(Scanner *scanner, const char *what, double *out);

/* An error at the current token: diag_error_at with its offset; scan_expected says "expected WHAT, found 'k'". */
Status scan_error(const Scanner *scanner, const char *format, ...) __attribute__((format(printf, 2, 3)));
Status scan_expected(const Scanner *scanner, const char *what);

#endif
