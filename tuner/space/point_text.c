/* SPDX-License-Identifier: Apache-2.0 */
/* Points as texts. They name values, not indices: a text means the same when lists grow. */
#include <string.h>

#include "base/scan.h"
#include "tuner/space/space.h"

static int find_value(const Knob *knob, int64_t value) {
    for (int i = 0; i < knob->count; i++)
        if (knob->values[i] == value) return i;
    return -1;
}

void space_print_point(const Space *space, const Point *point, Text *text) {
    for (int i = 0; i < space->knob_count; i++) {
        const Knob *knob = &space->knobs[i];
        int64_t value = knob->values[point->index[i]];
        text_add(text, "%s%s=", i == 0 ? "" : " ", knob->name);
        if (knob->words != NULL)
            text_add_string(text, knob->words[value]);
        else
            text_add(text, "%lld", (long long)value);
    }
}

/* The index of the word that stands here among those in the knob's list; -1 when it is none. */
static int find_word(const Scanner *scanner, const Knob *knob) {
    for (int i = 0; i < knob->count; i++)
        if (scan_is(scanner, knob->words[knob->values[i]])) return i;
    return -1;
}

/* The value behind "=". */
static Status read_value(Scanner *scanner, const Knob *knob, int *out) {
    Scanner start = *scanner;
    if (knob->words != NULL) {
        *out = find_word(scanner, knob);
        TRY(scan_next(scanner));
    } else {
        int64_t value = 0;
        TRY(scan_integer(scanner, "a number", 0, INT64_MAX, &value));
        *out = find_value(knob, value);
    }
    if (*out >= 0) return STATUS_OK;
    return scan_error(&start, "no point of this problem has that value of '%s'", knob->name);
}

static Status read_knob(Scanner *scanner, const Space *space, Point *point) {
    int id = 0;
    while (id < space->knob_count && !scan_is(scanner, space->knobs[id].name)) id++;
    if (id == space->knob_count) return scan_error(scanner, "no knob has this name");
    if (point->index[id] >= 0) return scan_error(scanner, "'%s' is given twice", space->knobs[id].name);
    TRY(scan_next(scanner));
    TRY(scan_expect(scanner, "="));
    return read_value(scanner, &space->knobs[id], &point->index[id]);
}

Status space_parse_point(Context *context, const Space *space, const Source *source, Point *out) {
    Scanner scanner;
    Point point = {{0}};
    for (int i = 0; i < space->knob_count; i++) point.index[i] = -1;
    TRY(scan_start(context, source, false, &scanner));
    while (scanner.token.kind != TOKEN_END) TRY(read_knob(&scanner, space, &point));
    for (int i = 0; i < space->knob_count; i++) {
        const Knob *knob = &space->knobs[i];
        if (point.index[i] < 0) point.index[i] = find_value(knob, knob->absent);
        if (point.index[i] < 0)
            return scan_error(&scanner,
                              "'%s' is missing, and no point of this problem has the value that it had before "
                              "there was this knob",
                              knob->name);
    }
    *out = point;
    return STATUS_OK;
}
