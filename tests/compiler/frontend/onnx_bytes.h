/* SPDX-License-Identifier: Apache-2.0 */
/* Writes protobuf's wire format field by field: also what no library would write. */
#ifndef SEPTET_TESTS_COMPILER_FRONTEND_ONNX_BYTES_H
#define SEPTET_TESTS_COMPILER_FRONTEND_ONNX_BYTES_H

#include <stdint.h>

#include "base/context.h"

typedef struct OnnxBytes {
    Context *context;
    unsigned char *items;
    size_t count, capacity;
} OnnxBytes;

/* One byte; a varint; then fields: an integer, a float, a string or message, and an empty message that is closed later
 * by nobody: its length is `length`, whatever follows. */
void onnx_put_byte(OnnxBytes *bytes, unsigned value);
void onnx_put_varint(OnnxBytes *bytes, uint64_t value);
void onnx_put_integer(OnnxBytes *bytes, unsigned field, int64_t value);
void onnx_put_float(OnnxBytes *bytes, unsigned field, float value);
void onnx_put_string(OnnxBytes *bytes, unsigned field, const char *text);
void onnx_put_data(OnnxBytes *bytes, unsigned field, const void *data, size_t length);
void onnx_put_message(OnnxBytes *bytes, unsigned field, const OnnxBytes *message);

/* The bytes as a source called `name`. */
const Source *onnx_bytes_source(const OnnxBytes *bytes, const char *name);

#endif
