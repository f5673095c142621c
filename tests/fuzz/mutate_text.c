/* SPDX-License-Identifier: Apache-2.0 */
/* Mutations for libFuzzer that keep most of a text legal: words change places with words, numbers with numbers, lines
 * with lines. Half of the time libFuzzer's own mutations, which see bytes, are made instead. */
#include <ctype.h>
#include <string.h>

#include "base/random.h"
#include "tests/fuzz/fuzz.h"

enum { MAX_TOKENS = 4096, MAX_TRIES = 16 };

typedef enum TokenKind { KIND_WORD, KIND_NUMBER, KIND_SIGN, KIND_LINE } TokenKind;

/* A piece of the text: a token, or a line with its newline. */
typedef struct Piece {
    TokenKind kind;
    size_t offset, length;
} Piece;

typedef struct Pieces {
    size_t count;
    Piece items[MAX_TOKENS];
} Pieces;

typedef struct Buffer {
    uint8_t *bytes;
    size_t length, capacity;
} Buffer;

/* Given by libFuzzer, which calls the other one. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

static TokenKind kind_of(uint8_t byte) {
    if (isdigit(byte)) return KIND_NUMBER;
    return isalpha(byte) || byte == '_' ? KIND_WORD : KIND_SIGN;
}

static size_t token_length(const Buffer *text, size_t offset, TokenKind kind) {
    size_t end = offset + 1;
    while (kind != KIND_SIGN && end < text->length &&
           (kind_of(text->bytes[end]) == kind || (kind == KIND_WORD && isdigit(text->bytes[end]))))
        end++;
    return end - offset;
}

static void find_tokens(const Buffer *text, Pieces *out) {
    out->count = 0;
    for (size_t offset = 0; offset < text->length && out->count < MAX_TOKENS;) {
        TokenKind kind = kind_of(text->bytes[offset]);
        Piece piece = {kind, offset, token_length(text, offset, kind)};
        if (!isspace(text->bytes[offset])) out->items[out->count++] = piece;
        offset += piece.length;
    }
}

static void find_lines(const Buffer *text, Pieces *out) {
    out->count = 0;
    for (size_t offset = 0; offset < text->length && out->count < MAX_TOKENS;) {
        const uint8_t *newline = memchr(text->bytes + offset, '\n', text->length - offset);
        size_t end = newline != NULL ? (size_t)(newline - text->bytes) + 1 : text->length;
        out->items[out->count++] = (Piece){KIND_LINE, offset, end - offset};
        offset = end;
    }
}

/* Puts `length` bytes in the place of a piece; nothing when there is no room. */
static void replace(Buffer *text, Piece piece, const uint8_t *bytes, size_t length) {
    uint8_t copy[1024];
    size_t end = piece.offset + piece.length;
    if (length > sizeof copy || text->length - piece.length + length > text->capacity) return;
    if (length > 0) memcpy(copy, bytes, length);
    memmove(text->bytes + piece.offset + length, text->bytes + end, text->length - end);
    if (length > 0) memcpy(text->bytes + piece.offset, copy, length);
    text->length = text->length - piece.length + length;
}

static Piece pick(const Pieces *pieces, Random *random) {
    return pieces->items[random_integer(random, 0, (int64_t)pieces->count - 1)];
}

/* Another piece of the same kind, or the same when none was met. */
static Piece pick_alike(const Pieces *pieces, Random *random, TokenKind kind, Piece otherwise) {
    for (int i = 0; i < MAX_TRIES; i++) {
        Piece piece = pick(pieces, random);
        if (piece.kind == kind) return piece;
    }
    return otherwise;
}

static void change_number(Buffer *text, Random *random, Piece piece) {
    static const char *const numbers[] = {"0", "1", "2", "3", "4", "5", "7", "8", "16", "17", "2147483647"};
    const char *number = numbers[random_integer(random, 0, sizeof numbers / sizeof *numbers - 1)];
    if (piece.kind == KIND_NUMBER) replace(text, piece, (const uint8_t *)number, strlen(number));
}

static void change_pieces(Buffer *text, const Pieces *pieces, Random *random) {
    Piece piece = pick(pieces, random), other = pick_alike(pieces, random, piece.kind, piece);
    Piece gap = {.offset = piece.offset};
    switch (random_integer(random, 0, 3)) {
    case 0: replace(text, piece, text->bytes + other.offset, other.length); break;
    case 1: replace(text, gap, text->bytes + other.offset, other.length); break;
    case 2: replace(text, piece, NULL, 0); break;
    default: change_number(text, random, piece);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed) {
    Random random = random_new(seed, 0);
    Buffer text = {data, size, max_size};
    Pieces pieces;
    if (random_once_in(&random, 2)) return LLVMFuzzerMutate(data, size, max_size);
    for (int64_t changes = random_integer(&random, 1, 4); changes > 0; changes--) {
        bool is_line = random_once_in(&random, 4);
        if (is_line) find_lines(&text, &pieces);
        if (!is_line) find_tokens(&text, &pieces);
        if (pieces.count > 0) change_pieces(&text, &pieces, &random);
    }
    return text.length;
}
