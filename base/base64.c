/* SPDX-License-Identifier: Apache-2.0 */
/* Three bytes are four digits. */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { DIGIT_BITS = 6, DIGIT_MASK = 63 };

const char *base64_encode(Context *context, const char *bytes, size_t length) {
    char *text = arena_alloc(context, (length + 2) / 3 * 4 + 1), *to = text;
    for (size_t i = 0; i < length; i += 3) {
        size_t count = length - i < 3 ? length - i : 3;
        uint32_t group = 0;
        for (size_t j = 0; j < 3; j++) group = group << 8 | (j < count ? (unsigned char)bytes[i + j] : 0);
        for (size_t j = 0; j < 4; j++) *to++ = j <= count ? digits[group >> ((3 - j) * DIGIT_BITS) & DIGIT_MASK] : '=';
    }
    *to = '\0';
    return text;
}

/* Four digits, of which the last `padding` are '='. */
static bool decode_group(const char *text, size_t padding, char **to) {
    uint32_t group = 0;
    for (size_t j = 0; j < 4; j++) {
        const char *digit = j < 4 - padding ? strchr(digits, text[j]) : digits;
        if (digit == NULL || *digit == '\0') return false;
        group = group << DIGIT_BITS | (uint32_t)(digit - digits);
    }
    for (size_t j = 0; j < 3 - padding; j++) *(*to)++ = (char)(group >> (16 - 8 * j) & 0xFF);
    return true;
}

Status base64_decode(Context *context, const char *text, const char **bytes, size_t *length) {
    size_t count = strlen(text);
    char *start = arena_alloc(context, count / 4 * 3 + 1), *to = start;
    bool is_good = count % 4 == 0;
    for (size_t i = 0; is_good && i < count; i += 4) {
        bool is_last = i + 4 == count;
        size_t padding = is_last && text[i + 3] == '=' ? 1 + (text[i + 2] == '=') : 0;
        is_good = decode_group(text + i, padding, &to);
    }
    if (!is_good) return diag_error(context, STATUS_INVALID, "not in base64");
    *bytes = start;
    *length = (size_t)(to - start);
    return STATUS_OK;
}
