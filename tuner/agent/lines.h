/* SPDX-License-Identifier: Apache-2.0 */
/* Lines over a descriptor, read and written whole. */
#ifndef SEPTET_TUNER_AGENT_LINES_H
#define SEPTET_TUNER_AGENT_LINES_H

#include <stdbool.h>

#include "base/context.h"

enum { LINES_MAX_BYTES = 1 << 28 };

typedef struct LineReader {
    const Allocator *allocator;
    int file;
    char *buffer; /* what was read and not yet handed out */
    size_t length, capacity;
    bool stops_on_signal; /* signals_end_is_wished ends the waiting */
    int patience_ms;      /* bytes that take longer than about that are an error; 0: however long it takes */
} LineReader;

LineReader lines_new(const Allocator *allocator, int file);
void lines_free(LineReader *reader);

/* The next line, without its end, in the context's arena; *out is NULL at the end of the file, or when a signal came.
 * STATUS_IO, also when patience ends; STATUS_INVALID when a line is longer than LINES_MAX_BYTES. Inside context_run. */
Status lines_read(Context *context, LineReader *reader, const char **out);

/* Writes the text and a line's end. STATUS_IO when the reader has gone. */
Status lines_write(Context *context, int file, const char *text);

#endif
