/* SPDX-License-Identifier: Apache-2.0 */
/* From bytes to an unpacked protobuf message, safe against bytes that were made to do harm. Only this file's users and
 * graph_*.c see protobuf-c. */
#ifndef SEPTET_COMPILER_FRONTEND_ONNX_WIRE_H
#define SEPTET_COMPILER_FRONTEND_ONNX_WIRE_H

#include <protobuf-c/protobuf-c.h>

#include "base/context.h"

/* A message with the memory that it lives in, which is not the arena's: whoever unpacks calls context_run for all that
 * may unwind, and frees. */
typedef struct OnnxMessage {
    ProtobufCMessage *message; /* NULL before and after its life */
    ProtobufCAllocator allocator;
    const Allocator *memory;
    size_t bytes_left;             /* how much more it may take, so that a small file cannot fill the machine */
    bool out_of_memory, too_large; /* why the last request for memory failed */
} OnnxMessage;

/* Checks that the text is a message of this kind, and unpacks it. Before protobuf-c sees it, what that would not stand,
 * or stand silently, is refused:
 *   - nesting deeper than 100 messages (its unpacking recurses without a limit),
 *   - a single message that is given twice (it merges them, in quadratic time when there are many),
 *   - text that ends in the middle (it says no more than that it failed).
 * STATUS_INVALID with the byte, the message and its field. Memory comes from the context's allocator, at most 4 times
 * the text's length and 256 MiB. `out` is referred to by the message: it must not move until it is freed. */
Status onnx_unpack(Context *context, const Source *source, const ProtobufCMessageDescriptor *descriptor,
                   OnnxMessage *out);

void onnx_message_free(OnnxMessage *message);

#endif
