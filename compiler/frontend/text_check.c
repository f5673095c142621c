/* SPDX-License-Identifier: Apache-2.0 */
/* Is a source text at all? Other files than layer lists come here by mistake; they end at their first odd byte, with
 * its place, instead of at a word that looks wrong. */
#include "compiler/frontend/internal.h"

/* Bytes of the well-formed UTF-8 sequence at `text` (Unicode, table 3-7), 0 when it is not one. The text ends in a NUL,
 * which continues no sequence. */
static size_t utf8_length(const unsigned char *text) {
    static const struct {
        unsigned char first, last;          /* of the leading byte */
        unsigned char second_lo, second_hi; /* of the next one; the others are 80..BF */
        unsigned char length;
    } forms[] = {
        {0x00, 0x7F, 0x00, 0xFF, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (text[0] < forms[i].first || text[0] > forms[i].last) continue;
        size_t length = forms[i].length;
        if (length > 1 && (text[1] < forms[i].second_lo || text[1] > forms[i].second_hi)) return 0;
        for (size_t j = 2; j < length; j++) {
            if (text[j] < 0x80 || text[j] > 0xBF) return 0;
        }
        return length;
    }
    return 0;
}

Status text_check(Context *context, const Source *source) {
    const unsigned char *bytes = (const unsigned char *)source->text;
    for (size_t at = 0, length = 0; at < source->length; at += length) {
        if (bytes[at] == 0)
            return diag_error_at(context, STATUS_INVALID, source, at, "NUL byte: this is not a text of layers");
        length = utf8_length(bytes + at);
        if (length == 0)
            return diag_error_at(context, STATUS_INVALID, source, at,
                                 "byte 0x%02x is not UTF-8: this is not a text of layers", (unsigned)bytes[at]);
    }
    return STATUS_OK;
}
