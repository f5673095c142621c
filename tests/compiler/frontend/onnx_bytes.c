/* SPDX-License-Identifier: Apache-2.0 */
/* The wire format. */
#include "tests/compiler/frontend/onnx_bytes.h"

#include <string.h>

#include "base/vector.h"

enum { WIRE_VARINT = 0, WIRE_LENGTH = 2, WIRE_4_BYTES = 5 };

void onnx_put_byte(OnnxBytes *bytes, unsigned value) {
    VECTOR_PUSH(bytes->context, bytes, (unsigned char)value);
}

void onnx_put_varint(OnnxBytes *bytes, uint64_t value) {
    for (; value >= 0x80; value >>= 7) onnx_put_byte(bytes, (unsigned)(value & 0x7F) | 0x80);
    onnx_put_byte(bytes, (unsigned)value);
}

static void put_tag(OnnxBytes *bytes, unsigned field, unsigned wire_type) {
    onnx_put_varint(bytes, field << 3 | wire_type);
}

void onnx_put_integer(OnnxBytes *bytes, unsigned field, int64_t value) {
    put_tag(bytes, field, WIRE_VARINT);
    onnx_put_varint(bytes, (uint64_t)value);
}

void onnx_put_float(OnnxBytes *bytes, unsigned field, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_tag(bytes, field, WIRE_4_BYTES);
    for (unsigned i = 0; i < 4; i++) onnx_put_byte(bytes, bits >> (8 * i) & 0xFF);
}

void onnx_put_data(OnnxBytes *bytes, unsigned field, const void *data, size_t length) {
    put_tag(bytes, field, WIRE_LENGTH);
    onnx_put_varint(bytes, length);
    for (size_t i = 0; i < length; i++) onnx_put_byte(bytes, ((const unsigned char *)data)[i]);
}

void onnx_put_string(OnnxBytes *bytes, unsigned field, const char *text) {
    onnx_put_data(bytes, field, text, strlen(text));
}

void onnx_put_message(OnnxBytes *bytes, unsigned field, const OnnxBytes *message) {
    onnx_put_data(bytes, field, message->items, message->count);
}

const Source *onnx_bytes_source(const OnnxBytes *bytes, const char *name) {
    Source *source = ARENA_NEW(bytes->context, Source);
    *source = (Source){.name = name, .text = "", .length = bytes->count};
    if (bytes->count > 0) source->text = arena_substring(bytes->context, (const char *)bytes->items, bytes->count);
    return source;
}
