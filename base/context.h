/* SPDX-License-Identifier: Apache-2.0 */
/* A Context is what one compilation owns: an arena that everything is allocated in, the last error, and notes.
 *
 * Memory. arena_alloc never returns NULL: when memory runs out it unwinds (longjmp) to the innermost context_run, which
 * returns STATUS_NO_MEMORY. So builders of trees need no checks, and there is one place that decides. Code inside
 * context_run that holds something outside the arena (a FILE, an LLVM module) gives it back in the caller of
 * context_run, never in the body. Nothing is freed singly: context_free frees all.
 *
 * Errors. Every other failure is a Status that is returned, its message kept here: diag_error and diag_error_at return
 * the status that they are given, so that `return diag_error_at(...)` is one line. A context is used by one thread at a
 * time. */
#ifndef SEPTET_BASE_CONTEXT_H
#define SEPTET_BASE_CONTEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/alloc.h"
#include "base/status.h"

typedef struct Context Context;

/* Text that messages point into. `name` is what the user called it ("layers.txt", "--conv", "<stdin>"). The text is
 * NUL-terminated at text[length] and outlives the context's use of it. */
typedef struct Source {
    const char *name;
    const char *text;
    size_t length;
} Source;

/* Makes a context whose memory comes from `allocator` (kept by reference). STATUS_NO_MEMORY when there is none. */
Status context_new(const Allocator *allocator, Context **out);

/* Makes another one over the same allocator, for work whose memory is to be freed sooner. STATUS_NO_MEMORY with a
 * message in `context`. */
Status context_new_beside(Context *context, Context **out);

/* Frees the context and everything allocated in it. NULL is allowed. */
void context_free(Context *context);

/* The allocator that the context was made with. */
const Allocator *context_allocator(const Context *context);

/* Runs body(data); returns its status, or STATUS_NO_MEMORY with a message when memory ran out inside. May nest. */
Status context_run(Context *context, Status (*body)(void *data), void *data);

/* `bytes` zeroed bytes aligned for any type; freed with the context. Inside context_run it unwinds when memory runs
 * out; outside of any context_run that is a bug (assert). */
void *arena_alloc(Context *context, size_t bytes);

/* An array of `count` zeroed elements; overflow of the product counts as memory running out. */
void *arena_array(Context *context, size_t count, size_t element_bytes);

#define ARENA_NEW(context, Type) ((Type *)arena_alloc((context), sizeof(Type)))
#define ARENA_ARRAY(context, Type, count) ((Type *)arena_array((context), (count), sizeof(Type)))

/* Copies of a string, of its first `length` bytes, or of a formatted one; NUL-terminated. */
const char *arena_string(Context *context, const char *text);
const char *arena_substring(Context *context, const char *text, size_t length);
const char *arena_format(Context *context, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Records an error without a place in a text, and returns `status`. The newest error replaces an older one. */
Status diag_error(Context *context, Status status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Records an error at byte `offset` of `source` and returns `status`. The message reads
 *     layers.txt:3:5: unknown key 'strid'; did you mean 'stride'?
 *         n=1 strid=2
 *             ^
 * Columns count characters from 1. A long line is cut to a window around the caret, an empty one is not shown. */
Status diag_error_at(Context *context, Status status, const Source *source, size_t offset, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Records a note (shown to the user, not an error): "descriptor without mb: batch 2, as benchdnn does".
 * When memory is out it is dropped. */
void diag_note(Context *context, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The message of the last error, "" when there was none. Valid until the next error or context_free. */
const char *diag_message(const Context *context);

/* The status of the last error, STATUS_OK when there was none; diag_clear forgets error and notes. */
Status diag_status(const Context *context);
void diag_clear(Context *context);

/* The notes so far, in order: index 0.. ; NULL past the end. */
const char *diag_note_get(const Context *context, size_t index);

#endif
