/* SPDX-License-Identifier: Apache-2.0 */
/* Large texts, and an allocator with a budget. */
#include "tests/support/large_text.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PIECE = 512 };

static size_t add_piece(const char *piece, size_t number, char *out) {
    size_t length = 0;
    for (; *piece != '\0' && length + 24 < MAX_PIECE; piece++) {
        if (*piece != '$') out[length++] = *piece;
        if (*piece == '$') length += (size_t)snprintf(out + length, 24, "%zu", number);
    }
    return length;
}

/* The caller frees it. */
static char *build(const LargeText *text, size_t *length) {
    size_t head = strlen(text->head), tail = strlen(text->tail);
    char *bytes = malloc(text->bytes + MAX_PIECE);
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, text->head, head);
    *length = head;
    for (size_t number = 0; *length + tail < text->bytes; number++)
        *length += add_piece(text->piece, number, bytes + *length);
    memcpy(bytes + *length, text->tail, tail + 1);
    *length += tail;
    return bytes;
}

/* Counts what is asked for; the arena never gives back before its end. */
static void *budget_resize(void *state, void *old, size_t bytes) {
    size_t *left = state;
    if (bytes == 0) {
        free(old);
        return NULL;
    }
    if (bytes > *left) return NULL;
    *left -= bytes;
    return realloc(old, bytes);
}

typedef struct Call {
    Context *context;
    Status (*parse)(Context *context, const Source *source);
    Source source;
} Call;

static Status run_call(void *data) {
    const Call *call = data;
    return call->parse(call->context, &call->source);
}

void large_text_check(const LargeText *text, size_t budget_bytes, Status (*parse)(Context *context, const Source *)) {
    const Allocator allocator = {budget_resize, &budget_bytes};
    Call call = {.parse = parse, .source = {.name = "large"}};
    char *bytes = build(text, &call.source.length);
    call.source.text = bytes;
    ck_assert_int_eq(context_new(&allocator, &call.context), STATUS_OK);
    Status status = context_run(call.context, run_call, &call);
    const char *message = diag_message(call.context);
    if (text->message == NULL) ck_assert_msg(status == STATUS_OK, "'%s'...: %s", text->piece, message);
    if (text->message != NULL)
        ck_assert_msg(status != STATUS_OK && strstr(message, text->message) != NULL, "'%s'...: status %d, %s",
                      text->piece, (int)status, message);
    context_free(call.context);
    free(bytes);
}
