/* SPDX-License-Identifier: Apache-2.0 */
/* The string builder, and the shortest decimal of a double.
 *
 * The shortest decimal is found by trying: %e with 1, 2, .. 17 digits until the value reads back as itself. Digits and
 * exponent are taken from there and laid out here, because the point that printf and strtod use depends on the locale.
 */
#include "base/text.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_CAPACITY_BYTES = 64,
    MAX_DIGITS = 17,         /* that tell any two doubles apart */
    MAX_FIXED_EXPONENT = 15, /* 1000000000000000, then 1e16 */
    MIN_FIXED_EXPONENT = -5  /* 0.00001, then 1e-6 */
};

Text text_new(Context *context) {
    return (Text){.context = context};
}

/* Makes room for `more` bytes and the NUL behind them. */
static void text_reserve(Text *text, size_t more) {
    if (text->bytes != NULL && text->capacity - text->length > more) return;
    size_t needed = more < SIZE_MAX - text->length ? text->length + more + 1 : SIZE_MAX;
    size_t doubled = text->capacity <= SIZE_MAX / 2 ? text->capacity * 2 : SIZE_MAX;
    size_t capacity = doubled > FIRST_CAPACITY_BYTES ? doubled : FIRST_CAPACITY_BYTES;
    if (capacity < needed) capacity = needed;
    char *bytes = arena_alloc(text->context, capacity);
    if (text->bytes != NULL) memcpy(bytes, text->bytes, text->length);
    text->bytes = bytes;
    text->capacity = capacity;
}

static void text_add_bytes(Text *text, const char *bytes, size_t length) {
    text_reserve(text, length);
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void text_add(Text *text, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    text_reserve(text, (size_t)length);
    va_start(arguments, format);
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    text->length += (size_t)length;
}

void text_add_string(Text *text, const char *string) {
    text_add_bytes(text, string, strlen(string));
}

void text_add_repeat(Text *text, char character, size_t count) {
    text_reserve(text, count);
    memset(text->bytes + text->length, character, count);
    text->length += count;
    text->bytes[text->length] = '\0';
}

/* value = 0.d1d2d3... x 10^(exponent + 1), without trailing zeros. */
typedef struct Decimal {
    char digits[MAX_DIGITS + 1];
    int count, exponent;
} Decimal;

/* Of a positive, finite value. */
static Decimal shortest_decimal(double value) {
    Decimal decimal = {.count = 0};
    char printed[64];
    for (int digits = 1; digits <= MAX_DIGITS; digits++) {
        snprintf(printed, sizeof printed, "%.*e", digits - 1, value);
        if (strtod(printed, NULL) == value) break;
    }
    const char *at = printed;
    for (; *at != 'e'; at++) {
        if (*at >= '0' && *at <= '9') decimal.digits[decimal.count++] = *at;
    }
    while (decimal.count > 1 && decimal.digits[decimal.count - 1] == '0') decimal.count--;
    decimal.exponent = (int)strtol(at + 1, NULL, 10);
    return decimal;
}

static void add_fixed(Text *text, const Decimal *decimal) {
    if (decimal->exponent < 0) {
        text_add_string(text, "0.");
        text_add_repeat(text, '0', (size_t)(-decimal->exponent - 1));
        text_add_bytes(text, decimal->digits, (size_t)decimal->count);
        return;
    }
    int whole = decimal->exponent + 1;
    int taken = whole < decimal->count ? whole : decimal->count;
    text_add_bytes(text, decimal->digits, (size_t)taken);
    text_add_repeat(text, '0', (size_t)(whole - taken));
    if (taken == decimal->count) return;
    text_add_string(text, ".");
    text_add_bytes(text, decimal->digits + taken, (size_t)(decimal->count - taken));
}

static void add_scientific(Text *text, const Decimal *decimal) {
    text_add_bytes(text, decimal->digits, 1);
    if (decimal->count > 1) {
        text_add_string(text, ".");
        text_add_bytes(text, decimal->digits + 1, (size_t)(decimal->count - 1));
    }
    text_add(text, "e%d", decimal->exponent);
}

void text_add_number(Text *text, double value) {
    if (isnan(value)) {
        text_add_string(text, "nan");
        return;
    }
    if (signbit(value)) text_add_string(text, "-");
    if (isinf(value) || value == 0) {
        text_add_string(text, value == 0 ? "0" : "inf");
        return;
    }
    Decimal decimal = shortest_decimal(fabs(value));
    if (decimal.exponent >= MIN_FIXED_EXPONENT && decimal.exponent <= MAX_FIXED_EXPONENT) {
        add_fixed(text, &decimal);
    } else {
        add_scientific(text, &decimal);
    }
}

const char *text_string(const Text *text) {
    return text->bytes != NULL ? text->bytes : "";
}
