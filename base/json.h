/* SPDX-License-Identifier: Apache-2.0 */
/* JSON (RFC 8259) for programs that no library is linked to: the agent for boards is static, and libraries for its
 * architecture are not to be had as archives. Trees are of an arena, so reading has nothing to free. */
#ifndef SEPTET_BASE_JSON_H
#define SEPTET_BASE_JSON_H

#include <stdint.h>

#include "base/text.h"

typedef enum JsonKind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } JsonKind;

typedef struct Json {
    JsonKind kind;
    const char *key; /* NULL unless it is the member of an object */
    bool truth;
    double number;
    const char *string; /* UTF-8, NUL-terminated: a text with \u0000 in it is refused */
    size_t count;       /* of elements or members */
    const struct Json *first, *next;
} Json;

/* Reads a text, all of it, nested at most 64 deep. STATUS_INVALID says where it is no JSON. Inside context_run. */
Status json_read(Context *context, const char *text, const Json **out);

/* The first member of that name; NULL when there is none, or `object` is NULL or no object. */
const Json *json_member(const Json *object, const char *key);

/* What a member holds; `otherwise` (NULL for a string) when there is none or it is of another kind. A number that is
 * not within 2^53 is no integer. */
double json_get_number(const Json *object, const char *key, double otherwise);
int64_t json_get_integer(const Json *object, const char *key, int64_t otherwise);
bool json_get_bool(const Json *object, const char *key);
const char *json_get_string(const Json *object, const char *key);

/* Writing: a JSON text without blanks, member by member. `key` is NULL in an array and around everything. Numbers that
 * are not finite, and NULL for a string, become null. */
typedef struct JsonWriter {
    Text text;
    bool is_inside; /* something stands before in the same brackets */
} JsonWriter;

JsonWriter json_writer_new(Context *context);
void json_open(JsonWriter *writer, const char *key, char bracket);
void json_close(JsonWriter *writer, char bracket);
void json_put_number(JsonWriter *writer, const char *key, double value);
void json_put_bool(JsonWriter *writer, const char *key, bool value);
void json_put_string(JsonWriter *writer, const char *key, const char *value);

#endif
