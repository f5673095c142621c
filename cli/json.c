/* SPDX-License-Identifier: Apache-2.0 */
/* JSON lines over cJSON. */
#include "cli/json.h"

#include <cjson/cJSON.h>
#include <math.h>

/* A line that ran out of memory is NULL from then on, and what is added to it is dropped. */
static void add(JsonLine *line, const char *key, cJSON *item) {
    if (item != NULL && cJSON_AddItemToObject(line->object, key, item)) return;
    cJSON_Delete(item);
    cJSON_Delete(line->object);
    line->object = NULL;
}

JsonLine json_line_new(void) {
    return (JsonLine){cJSON_CreateObject()};
}

void json_add_string(JsonLine *line, const char *key, const char *value) {
    add(line, key, value != NULL ? cJSON_CreateString(value) : cJSON_CreateNull());
}

void json_add_number(JsonLine *line, const char *key, double value) {
    add(line, key, isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull());
}

void json_add_integer(JsonLine *line, const char *key, int64_t value) {
    add(line, key, cJSON_CreateNumber((double)value));
}

void json_add_bool(JsonLine *line, const char *key, bool value) {
    add(line, key, cJSON_CreateBool(value));
}

Status json_line_print(Context *context, JsonLine *line, FILE *out) {
    char *text = line->object != NULL ? cJSON_PrintUnformatted(line->object) : NULL;
    cJSON_Delete(line->object);
    line->object = NULL;
    if (text == NULL) return diag_error(context, STATUS_NO_MEMORY, "out of memory");
    fprintf(out, "%s\n", text);
    cJSON_free(text);
    return STATUS_OK;
}
