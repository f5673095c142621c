/* SPDX-License-Identifier: Apache-2.0 */
/* Checks protobuf's wire format along the schema, and unpacks what passed.
 *
 * A message is a row of fields, each a tag (field number * 8 + wire type, as a varint) and its contents: a varint
 * (0), 8 bytes (1), a length and as many bytes (2), or 4 bytes (5). Whether those bytes are a message again only the
 * schema knows. */
#include "compiler/frontend/onnx/wire.h"

#include <stdint.h>

enum { MAX_DEPTH = 100, MAX_VARINT_BYTES = 10, MEMORY_FACTOR = 4, MEMORY_BASE_BYTES = 256 << 20 };

enum { WIRE_VARINT = 0, WIRE_8_BYTES = 1, WIRE_LENGTH = 2, WIRE_4_BYTES = 5 };

typedef struct Reader {
    Context *context;
    const Source *source;
    size_t at;
} Reader;

static Status malformed(const Reader *reader, const ProtobufCMessageDescriptor *message, const char *what) {
    return diag_error(reader->context, STATUS_INVALID, "%s: not a valid ONNX file: %s at byte %zu, in a %s",
                      reader->source->name, what, reader->at, message->short_name);
}

/* Reads a varint that ends before `end`. */
static bool read_varint(Reader *reader, size_t end, uint64_t *out) {
    *out = 0;
    for (unsigned i = 0; i < MAX_VARINT_BYTES && reader->at < end; i++) {
        unsigned char byte = (unsigned char)reader->source->text[reader->at++];
        *out |= (uint64_t)(byte & 0x7F) << (7 * i);
        if (byte < 0x80) return true;
    }
    return false;
}

/* Reads the length of a field's contents by its wire type; a varint is read here and has length 0. */
static bool read_length(Reader *reader, size_t end, unsigned wire_type, uint64_t *out) {
    uint64_t value;
    switch (wire_type) {
    case WIRE_VARINT: *out = 0; return read_varint(reader, end, &value);
    case WIRE_8_BYTES: *out = 8; return true;
    case WIRE_4_BYTES: *out = 4; return true;
    case WIRE_LENGTH: return read_varint(reader, end, out);
    default: return false;
    }
}

/* Notes in `seen`, a bit a field, that a field was given; false when that makes it the second time of a message that
 * may be there once. */
static bool note_field(const ProtobufCMessageDescriptor *message, const ProtobufCFieldDescriptor *field,
                       uint64_t *seen) {
    if (field->label == PROTOBUF_C_LABEL_REPEATED || field->type != PROTOBUF_C_TYPE_MESSAGE) return true;
    size_t index = (size_t)(field - message->fields);
    uint64_t bit = index < 64 ? (uint64_t)1 << index : 0;
    bool again = (*seen & bit) != 0;
    *seen |= bit;
    return !again;
}

static Status check_message(Reader *reader, const ProtobufCMessageDescriptor *message, size_t end, int depth) {
    if (depth > MAX_DEPTH) return malformed(reader, message, "messages nested deeper than 100");
    uint64_t seen = 0;
    while (reader->at < end) {
        uint64_t tag, length;
        if (!read_varint(reader, end, &tag)) return malformed(reader, message, "a field that is cut off");
        if (tag > UINT32_MAX || tag >> 3 == 0) return malformed(reader, message, "an impossible field number");
        if (!read_length(reader, end, tag & 7, &length)) return malformed(reader, message, "a malformed field");
        if (length > end - reader->at) return malformed(reader, message, "a field longer than the text");
        size_t behind = reader->at + (size_t)length;
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(message, (unsigned)(tag >> 3));
        if (field != NULL && !note_field(message, field, &seen))
            return malformed(reader, message, "a field that is given twice");
        if (field != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE && (tag & 7) == WIRE_LENGTH)
            TRY(check_message(reader, field->descriptor, behind, depth + 1));
        reader->at = behind;
    }
    return STATUS_OK;
}

/* Is the text a message of this kind, and one that protobuf-c stands? See onnx_unpack. */
static Status check_wire(Context *context, const Source *source, const ProtobufCMessageDescriptor *descriptor) {
    Reader reader = {context, source, 0};
    return check_message(&reader, descriptor, source->length, 0);
}

static void *message_alloc(void *data, size_t bytes) {
    OnnxMessage *message = data;
    message->too_large = bytes > message->bytes_left;
    if (message->too_large) return NULL;
    message->bytes_left -= bytes;
    void *block = alloc_new(message->memory, bytes > 0 ? bytes : 1);
    message->out_of_memory = block == NULL;
    return block;
}

static void message_free(void *data, void *block) {
    const OnnxMessage *message = data;
    alloc_free(message->memory, block);
}

Status onnx_unpack(Context *context, const Source *source, const ProtobufCMessageDescriptor *descriptor,
                   OnnxMessage *out) {
    *out = (OnnxMessage){.allocator = {message_alloc, message_free, out}, .memory = context_allocator(context)};
    out->bytes_left = source->length * MEMORY_FACTOR + MEMORY_BASE_BYTES;
    TRY(check_wire(context, source, descriptor));
    out->message =
        protobuf_c_message_unpack(descriptor, &out->allocator, source->length, (const uint8_t *)source->text);
    if (out->message != NULL) return STATUS_OK;
    if (out->out_of_memory) return diag_error(context, STATUS_NO_MEMORY, "out of memory");
    if (out->too_large)
        return diag_error(context, STATUS_INVALID, "%s: takes much more memory than a file of %zu bytes should",
                          source->name, source->length);
    return diag_error(context, STATUS_INVALID, "%s: not a valid ONNX file: it does not follow ONNX's schema",
                      source->name);
}

void onnx_message_free(OnnxMessage *message) {
    if (message->message != NULL) protobuf_c_message_free_unpacked(message->message, &message->allocator);
    message->message = NULL;
}
