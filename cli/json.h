/* SPDX-License-Identifier: Apache-2.0 */
/* JSON lines: one object a line, over cJSON. */
#ifndef SEPTET_CLI_JSON_H
#define SEPTET_CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/context.h"

/* An object under construction, keys in the order of addition. It is heap memory until json_line_print: nothing that
 * may unwind (arena_alloc) comes in between. */
typedef struct JsonLine {
    struct cJSON *object;
} JsonLine;

JsonLine json_line_new(void);

/* A NULL string, and a number that is not finite, become null. */
void json_add_string(JsonLine *line, const char *key, const char *value);
void json_add_number(JsonLine *line, const char *key, double value);
void json_add_integer(JsonLine *line, const char *key, int64_t value);
void json_add_bool(JsonLine *line, const char *key, bool value);

/* Prints the line and frees it. STATUS_NO_MEMORY when memory ran out on the way. */
Status json_line_print(Context *context, JsonLine *line, FILE *out);

#endif
