/* SPDX-License-Identifier: Apache-2.0 */
/* Recursive descent, one character of look-ahead. */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 64, SURROGATE_BITS = 10, MAX_EXPONENT = 100000 };

typedef struct Reader {
    Context *context;
    const char *start, *at;
    int depth;
} Reader;

static Status refuse(const Reader *reader, const char *why) {
    return diag_error(reader->context, STATUS_INVALID, "no JSON: %s at byte %zu", why,
                      (size_t)(reader->at - reader->start));
}

static void skip_blanks(Reader *reader) {
    reader->at += strspn(reader->at, " \t\r\n");
}

/* Passes a character, if it is the next one. */
static bool take(Reader *reader, char character) {
    if (*reader->at != character) return false;
    reader->at++;
    return true;
}

static bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

static size_t count_digits(const char *text) {
    size_t count = 0;
    while (is_digit(text[count])) count++;
    return count;
}

/* A number's parts: [-] whole [. fraction] [e exponent]. */
typedef struct Digits {
    const char *whole, *fraction, *exponent;
    size_t whole_length, fraction_length;
} Digits;

/* Passes the number that the text begins with; false when it is none. strtod would take more than JSON has. */
static bool take_digits(Reader *reader, Digits *out) {
    out->whole = reader->at;
    if (*out->whole == '-') reader->at++;
    size_t digits = count_digits(reader->at);
    if (digits == 0 || (digits > 1 && *reader->at == '0')) return false;
    reader->at += digits;
    out->whole_length = (size_t)(reader->at - out->whole);
    if (take(reader, '.')) {
        out->fraction = reader->at;
        out->fraction_length = count_digits(reader->at);
        reader->at += out->fraction_length;
        if (out->fraction_length == 0) return false;
    }
    if (!take(reader, 'e') && !take(reader, 'E')) return true;
    out->exponent = reader->at;
    if (!take(reader, '-')) take(reader, '+');
    digits = count_digits(reader->at);
    reader->at += digits;
    return digits > 0;
}

/* Without the point, which in strtod depends on the locale: as "DIGITSeEXPONENT". */
static Status read_number(Reader *reader, Json *out) {
    Digits digits = {.whole = NULL};
    if (!take_digits(reader, &digits)) return refuse(reader, "unexpected character");
    long exponent = digits.exponent != NULL ? strtol(digits.exponent, NULL, 10) : 0;
    if (exponent > MAX_EXPONENT) exponent = MAX_EXPONENT;
    if (exponent < -MAX_EXPONENT) exponent = -MAX_EXPONENT;
    const char *text = arena_format(reader->context, "%.*s%.*se%ld", (int)digits.whole_length, digits.whole,
                                    (int)digits.fraction_length, digits.fraction != NULL ? digits.fraction : "",
                                    exponent - (long)digits.fraction_length);
    out->kind = JSON_NUMBER;
    out->number = strtod(text, NULL);
    return STATUS_OK;
}

static Status read_hex(Reader *reader, uint32_t *out) {
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    *out = 0;
    for (int i = 0; i < 4; i++) {
        const char *digit = *reader->at != '\0' ? strchr(digits, *reader->at) : NULL;
        if (digit == NULL) return refuse(reader, "four hexadecimal digits expected");
        *out = *out << 4 | (uint32_t)((digit - digits) % 16);
        reader->at++;
    }
    return STATUS_OK;
}

static char *put_utf8(char *to, uint32_t code) {
    if (code < 0x80) {
        *to++ = (char)code;
    } else if (code < 0x800) {
        *to++ = (char)(0xC0 | code >> 6);
        *to++ = (char)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        *to++ = (char)(0xE0 | code >> 12);
        *to++ = (char)(0x80 | (code >> 6 & 0x3F));
        *to++ = (char)(0x80 | (code & 0x3F));
    } else {
        *to++ = (char)(0xF0 | code >> 18);
        *to++ = (char)(0x80 | (code >> 12 & 0x3F));
        *to++ = (char)(0x80 | (code >> 6 & 0x3F));
        *to++ = (char)(0x80 | (code & 0x3F));
    }
    return to;
}

/* Behind "\u": a character of Unicode, of which those above 0xFFFF are written as two. */
static Status read_code(Reader *reader, char **to) {
    uint32_t code, low;
    TRY(read_hex(reader, &code));
    if (code >= 0xD800 && code < 0xDC00) {
        if (!take(reader, '\\') || !take(reader, 'u')) return refuse(reader, "half a character");
        TRY(read_hex(reader, &low));
        if (low < 0xDC00 || low >= 0xE000) return refuse(reader, "half a character");
        code = 0x10000 + ((code - 0xD800) << SURROGATE_BITS) + (low - 0xDC00);
    } else if (code == 0 || (code >= 0xDC00 && code < 0xE000)) {
        return refuse(reader, "a character that no text has");
    }
    *to = put_utf8(*to, code);
    return STATUS_OK;
}

static Status read_escape(Reader *reader, char **to) {
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    if (take(reader, 'u')) return read_code(reader, to);
    const char *name = *reader->at != '\0' ? strchr(names, *reader->at) : NULL;
    if (name == NULL) return refuse(reader, "unknown escape");
    *(*to)++ = values[name - names];
    reader->at++;
    return STATUS_OK;
}

/* Where the string ends that begins here; what it says is no longer than what stands there. */
static const char *find_end(const char *at) {
    while (*at != '\0' && *at != '"') at += *at == '\\' && at[1] != '\0' ? 2 : 1;
    return at;
}

static Status read_string(Reader *reader, const char **out) {
    if (!take(reader, '"')) return refuse(reader, "a string expected");
    const char *end = find_end(reader->at);
    if (*end == '\0') return refuse(reader, "a string without end");
    char *bytes = arena_alloc(reader->context, (size_t)(end - reader->at) + 1), *to = bytes;
    while (reader->at < end) {
        size_t plain = strcspn(reader->at, "\"\\");
        memcpy(to, reader->at, plain);
        for (size_t i = 0; i < plain; i++)
            if ((unsigned char)to[i] < ' ') return refuse(reader, "a control character in a string");
        to += plain;
        reader->at += plain;
        if (take(reader, '\\')) TRY(read_escape(reader, &to));
    }
    *to = '\0';
    *out = bytes;
    reader->at = end + 1;
    return STATUS_OK;
}

static Status read_word(Reader *reader, const char *word, JsonKind kind, bool truth, Json *out) {
    size_t length = strlen(word);
    if (strncmp(reader->at, word, length) != 0) return refuse(reader, "unexpected character");
    *out = (Json){.kind = kind, .truth = truth};
    reader->at += length;
    return STATUS_OK;
}

static Status read_value(Reader *reader, Json *out);

/* An element of an array, or a member with its key. */
static Status read_element(Reader *reader, JsonKind outer, Json *out) {
    const char *key = NULL;
    skip_blanks(reader);
    if (outer == JSON_OBJECT) {
        TRY(read_string(reader, &key));
        skip_blanks(reader);
        if (!take(reader, ':')) return refuse(reader, "':' expected");
        skip_blanks(reader);
    }
    TRY(read_value(reader, out));
    out->key = key;
    return STATUS_OK;
}

/* Behind the bracket. */
static Status read_elements(Reader *reader, JsonKind kind, char close, Json *out) {
    const Json **end = &out->first;
    *out = (Json){.kind = kind};
    skip_blanks(reader);
    if (take(reader, close)) return STATUS_OK;
    do {
        Json *element = ARENA_NEW(reader->context, Json);
        TRY(read_element(reader, kind, element));
        *end = element;
        end = &element->next;
        out->count++;
        skip_blanks(reader);
    } while (take(reader, ','));
    return take(reader, close) ? STATUS_OK : refuse(reader, "',' or the closing bracket expected");
}

static Status read_nested(Reader *reader, JsonKind kind, char close, Json *out) {
    if (++reader->depth > MAX_DEPTH) return refuse(reader, "nested too deeply");
    reader->at++;
    Status status = read_elements(reader, kind, close, out);
    reader->depth--;
    return status;
}

static Status read_value(Reader *reader, Json *out) {
    switch (*reader->at) {
    case '{': return read_nested(reader, JSON_OBJECT, '}', out);
    case '[': return read_nested(reader, JSON_ARRAY, ']', out);
    case '"': *out = (Json){.kind = JSON_STRING}; return read_string(reader, &out->string);
    case 't': return read_word(reader, "true", JSON_BOOL, true, out);
    case 'f': return read_word(reader, "false", JSON_BOOL, false, out);
    case 'n': return read_word(reader, "null", JSON_NULL, false, out);
    default: return read_number(reader, out);
    }
}

Status json_read(Context *context, const char *text, const Json **out) {
    Reader reader = {.context = context, .start = text, .at = text};
    Json *value = ARENA_NEW(context, Json);
    skip_blanks(&reader);
    TRY(read_value(&reader, value));
    skip_blanks(&reader);
    if (*reader.at != '\0') return refuse(&reader, "more than one value");
    *out = value;
    return STATUS_OK;
}

const Json *json_member(const Json *object, const char *key) {
    const Json *member = object != NULL && object->kind == JSON_OBJECT ? object->first : NULL;
    while (member != NULL && strcmp(member->key, key) != 0) member = member->next;
    return member;
}

double json_get_number(const Json *object, const char *key, double otherwise) {
    const Json *member = json_member(object, key);
    return member != NULL && member->kind == JSON_NUMBER ? member->number : otherwise;
}

int64_t json_get_integer(const Json *object, const char *key, int64_t otherwise) {
    double value = json_get_number(object, key, (double)otherwise);
    return value >= -0x1p53 && value <= 0x1p53 ? (int64_t)value : otherwise;
}

bool json_get_bool(const Json *object, const char *key) {
    const Json *member = json_member(object, key);
    return member != NULL && member->truth;
}

const char *json_get_string(const Json *object, const char *key) {
    const Json *member = json_member(object, key);
    return member != NULL && member->kind == JSON_STRING ? member->string : NULL;
}
