/* SPDX-License-Identifier: Apache-2.0 */
/* Commas, quotes, escapes. */
#include <math.h>
#include <string.h>

#include "base/json.h"

JsonWriter json_writer_new(Context *context) {
    return (JsonWriter){.text = text_new(context)};
}

/* Runs of plain characters are added whole: objects of programs are long strings. */
static void add_quoted(Text *text, const char *string) {
    char run[256];
    size_t length = 0;
    text_add_string(text, "\"");
    for (const char *c = string; *c != '\0'; c++) {
        bool is_plain = (unsigned char)*c >= ' ' && *c != '"' && *c != '\\';
        if (!is_plain || length == sizeof run - 1) {
            run[length] = '\0';
            text_add_string(text, run);
            length = 0;
        }
        if (is_plain) {
            run[length++] = *c;
        } else if (*c == '"' || *c == '\\') {
            text_add(text, "\\%c", *c);
        } else {
            text_add(text, "\\u%04x", (unsigned char)*c);
        }
    }
    run[length] = '\0';
    text_add_string(text, run);
    text_add_string(text, "\"");
}

/* What comes before a value. */
static void begin(JsonWriter *writer, const char *key) {
    if (writer->is_inside) text_add_string(&writer->text, ",");
    writer->is_inside = true;
    if (key == NULL) return;
    add_quoted(&writer->text, key);
    text_add_string(&writer->text, ":");
}

void json_open(JsonWriter *writer, const char *key, char bracket) {
    begin(writer, key);
    text_add_repeat(&writer->text, bracket, 1);
    writer->is_inside = false;
}

void json_close(JsonWriter *writer, char bracket) {
    text_add_repeat(&writer->text, bracket, 1);
    writer->is_inside = true;
}

void json_put_number(JsonWriter *writer, const char *key, double value) {
    begin(writer, key);
    if (isfinite(value)) {
        text_add_number(&writer->text, value);
    } else {
        text_add_string(&writer->text, "null");
    }
}

void json_put_bool(JsonWriter *writer, const char *key, bool value) {
    begin(writer, key);
    text_add_string(&writer->text, value ? "true" : "false");
}

void json_put_string(JsonWriter *writer, const char *key, const char *value) {
    begin(writer, key);
    if (value != NULL) {
        add_quoted(&writer->text, value);
    } else {
        text_add_string(&writer->text, "null");
    }
}
