/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of base/ share: the insides of a Context. */
#ifndef SEPTET_BASE_INTERNAL_H
#define SEPTET_BASE_INTERNAL_H

#include <setjmp.h>
#include <stdarg.h>

#include "base/context.h"

/* A message holds its words (cut when longer), the place, and two lines of the caret display. It lives in the Context,
 * not in the arena, because "out of memory" is one of the messages. */
enum { MESSAGE_BYTES = 2048, MESSAGE_WORDS_BYTES = 1024 };

typedef struct ArenaBlock ArenaBlock;

typedef struct Note {
    struct Note *next;
    char text[];
} Note;

struct Context {
    const Allocator *allocator;
    ArenaBlock *blocks; /* the newest first: what is left of it is handed out next */
    size_t block_bytes; /* size of the next block */
    jmp_buf *no_memory; /* of the innermost context_run, NULL outside */
    Note *first_note, *last_note;
    Status status;
    char message[MESSAGE_BYTES];
};

/* arena_alloc that returns NULL when memory runs out. */
void *arena_try_alloc(Context *context, size_t bytes);

/* diag_error_at with the arguments as a list. */
Status diag_error_at_list(Context *context, Status status, const Source *source, size_t offset, const char *format,
                          va_list arguments) __attribute__((format(printf, 5, 0)));

#endif
