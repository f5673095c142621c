/* SPDX-License-Identifier: Apache-2.0 */
/* The arena of a Context, and the unwinding when memory runs out.
 *
 * The arena is a list of blocks that double from 4 KiB to 256 KiB. What does not fit into the rest of the newest block
 * gets a new one; what is large beside a block gets its own, put behind the newest, whose rest stays in use. */
#include "base/context.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/internal.h"

/* Under AddressSanitizer what was not handed out is poisoned, with a gap behind each object, so that running over the
 * end of one is found although the arena is one block to malloc. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
enum { RED_ZONE_BYTES = 16 };
#define POISON(address, bytes) ASAN_POISON_MEMORY_REGION(address, bytes)
#define UNPOISON(address, bytes) ASAN_UNPOISON_MEMORY_REGION(address, bytes)
#else
enum { RED_ZONE_BYTES = 0 };
#define POISON(address, bytes) ((void)(address))
#define UNPOISON(address, bytes) ((void)(address))
#endif

enum { FIRST_BLOCK_BYTES = 4096, LARGEST_BLOCK_BYTES = 256 * 1024 };

struct ArenaBlock {
    ArenaBlock *next;
    size_t used, capacity; /* bytes of data */
    alignas(max_align_t) unsigned char data[];
};

Status context_new(const Allocator *allocator, Context **out) {
    Context *context = alloc_new(allocator, sizeof *context);
    *out = context;
    if (context == NULL) return STATUS_NO_MEMORY;
    *context = (Context){.allocator = allocator, .block_bytes = FIRST_BLOCK_BYTES};
    return STATUS_OK;
}

Status context_new_beside(Context *context, Context **out) {
    if (context_new(context->allocator, out) == STATUS_OK) return STATUS_OK;
    return diag_error(context, STATUS_NO_MEMORY, "out of memory");
}

void context_free(Context *context) {
    if (context == NULL) return;
    for (ArenaBlock *block = context->blocks; block != NULL;) {
        ArenaBlock *next = block->next;
        alloc_free(context->allocator, block);
        block = next;
    }
    alloc_free(context->allocator, context);
}

const Allocator *context_allocator(const Context *context) {
    return context->allocator;
}

/* A function of its own, without locals that setjmp could clobber. */
static Status run_until_no_memory(Context *context, jmp_buf *here, Status (*body)(void *data), void *data) {
    if (setjmp(*here) == 0) return body(data);
    return diag_error(context, STATUS_NO_MEMORY, "out of memory");
}

Status context_run(Context *context, Status (*body)(void *data), void *data) {
    jmp_buf here;
    jmp_buf *outer = context->no_memory;
    context->no_memory = &here;
    Status status = run_until_no_memory(context, &here, body, data);
    context->no_memory = outer;
    return status;
}

static ArenaBlock *block_new(Context *context, size_t capacity) {
    if (capacity > SIZE_MAX - sizeof(ArenaBlock)) return NULL;
    ArenaBlock *block = alloc_new(context->allocator, sizeof(ArenaBlock) + capacity);
    if (block == NULL) return NULL;
    *block = (ArenaBlock){.capacity = capacity};
    POISON(block->data, capacity);
    return block;
}

/* A block with room for `bytes`, linked into the list. NULL when there is no memory. */
static ArenaBlock *block_with_room(Context *context, size_t bytes) {
    ArenaBlock *newest = context->blocks;
    if (newest != NULL && newest->capacity - newest->used >= bytes) return newest;
    bool own_block = newest != NULL && bytes > context->block_bytes / 4;
    ArenaBlock *block = block_new(context, bytes > context->block_bytes || own_block ? bytes : context->block_bytes);
    if (block == NULL) return NULL;
    if (own_block) {
        block->next = newest->next;
        newest->next = block;
        return block;
    }
    block->next = newest;
    context->blocks = block;
    if (context->block_bytes < LARGEST_BLOCK_BYTES) context->block_bytes *= 2;
    return block;
}

void *arena_try_alloc(Context *context, size_t bytes) {
    size_t alignment = alignof(max_align_t);
    if (bytes > SIZE_MAX - alignment - RED_ZONE_BYTES) return NULL;
    size_t padded = (bytes + RED_ZONE_BYTES + alignment - 1) / alignment * alignment;
    if (padded == 0) padded = alignment;
    ArenaBlock *block = block_with_room(context, padded);
    if (block == NULL) return NULL;
    void *result = block->data + block->used;
    block->used += padded;
    UNPOISON(result, bytes);
    return memset(result, 0, bytes);
}

void *arena_alloc(Context *context, size_t bytes) {
    assert(context->no_memory != NULL && "arena_alloc outside of context_run");
    void *result = arena_try_alloc(context, bytes);
    if (result == NULL) longjmp(*context->no_memory, 1);
    return result;
}

void *arena_array(Context *context, size_t count, size_t element_bytes) {
    bool fits = element_bytes == 0 || count <= SIZE_MAX / element_bytes;
    return arena_alloc(context, fits ? count * element_bytes : SIZE_MAX);
}

const char *arena_string(Context *context, const char *text) {
    return arena_substring(context, text, strlen(text));
}

const char *arena_substring(Context *context, const char *text, size_t length) {
    char *copy = arena_alloc(context, length + 1);
    memcpy(copy, text, length);
    return copy;
}

const char *arena_format(Context *context, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);
    char *copy = arena_alloc(context, (size_t)length + 1);
    va_start(arguments, format);
    vsnprintf(copy, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return copy;
}
