/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors: their shapes, and their values converted to f32 or int64.
 *
 * A TensorProto has its values in raw_data (little-endian), in a list that depends on the type (float_data; int32_data
 * for all that is narrower, the bits of 16-bit floats included; int64_data; uint64_data), or in another file. */
#include "compiler/frontend/onnx/tensor.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum Form { FORM_FLOAT, FORM_HALF, FORM_BFLOAT, FORM_INTEGER, FORM_NATURAL, FORM_OPAQUE } Form;

typedef struct ElementType {
    int32_t number;
    const char *word;
    Form form;
    unsigned bytes;
} ElementType;

static const ElementType element_types[] = {
#define ELEMENT(number, word, form, bytes) {number, word, FORM_##form, bytes},
#include "compiler/frontend/onnx/types.def"
#undef ELEMENT
};

enum { COPIES_BASE = 1 << 24, COPIES_FACTOR = 4 };

enum { INT64_NUMBER = 7, UINT32_NUMBER = 12, UINT64_NUMBER = 13 };

static const ElementType *find_type(int32_t number) {
    for (size_t i = 0; i < sizeof element_types / sizeof element_types[0]; i++) {
        if (element_types[i].number == number) return &element_types[i];
    }
    return NULL;
}

const char *onnx_type_name(Context *context, int32_t number) {
    const ElementType *type = find_type(number);
    return type != NULL ? type->word : arena_format(context, "type %d", (int)number);
}

bool onnx_scalar_type(const char *type, ScalarType *out) {
    static const struct {
        const char *word;
        ScalarType scalar;
    } words[] = {{"float", TYPE_F32}, {"float16", TYPE_F16}, {"bfloat16", TYPE_BF16}};
    for (size_t i = 0; type != NULL && i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(type, words[i].word) != 0) continue;
        *out = words[i].scalar;
        return true;
    }
    return false;
}

bool onnx_is_real(const OnnxTensor *tensor) {
    ScalarType scalar;
    return onnx_scalar_type(tensor->type, &scalar);
}

OnnxShape onnx_tensor_shape(const OnnxTensor *tensor) {
    OnnxShape shape = {.rank = tensor->rank};
    memcpy(shape.dims, tensor->dims, sizeof shape.dims);
    return shape;
}

bool onnx_may_copy(OnnxGraph *graph, int64_t elements) {
    if (elements > COPIES_BASE + COPIES_FACTOR * graph->elements_read - graph->elements_copied) return false;
    graph->elements_copied += elements;
    return true;
}

OnnxTensor *onnx_tensor_new(OnnxGraph *graph, const char *type, const OnnxShape *shape, float **floats,
                            int64_t **integers) {
    OnnxTensor *tensor = ARENA_NEW(graph->context, OnnxTensor);
    *tensor = (OnnxTensor){.name = "", .type = type, .rank = shape->rank};
    memcpy(tensor->dims, shape->dims, sizeof tensor->dims);
    if (!onnx_shape_elements(shape, &tensor->elements)) return NULL;
    if ((floats == NULL && integers == NULL) || !onnx_may_copy(graph, tensor->elements)) return tensor;
    if (floats != NULL) tensor->floats = *floats = ARENA_ARRAY(graph->context, float, (size_t)tensor->elements);
    if (integers != NULL) tensor->integers = *integers = ARENA_ARRAY(graph->context, int64_t, (size_t)tensor->elements);
    return tensor;
}

/* IEEE 754 binary16 and bfloat16 from their bits: exact in f32. */
static float half_value(uint16_t bits) {
    int exponent = bits >> 10 & 31;
    int fraction = bits & 1023;
    double magnitude = exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
    if (exponent == 31) magnitude = fraction == 0 ? (double)INFINITY : (double)NAN;
    return (float)(bits & 0x8000 ? -magnitude : magnitude);
}

static float bits_value(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t little_endian(const unsigned char *bytes, unsigned count) {
    uint64_t bits = 0;
    for (unsigned i = 0; i < count; i++) bits |= (uint64_t)bytes[i] << (8 * i);
    return bits;
}

static void floats_from_raw(Form form, const unsigned char *raw, size_t count, float *out) {
    switch (form) {
    case FORM_FLOAT:
        for (size_t i = 0; i < count; i++) out[i] = bits_value((uint32_t)little_endian(raw + 4 * i, 4));
        break;
    case FORM_HALF:
        for (size_t i = 0; i < count; i++) out[i] = half_value((uint16_t)little_endian(raw + 2 * i, 2));
        break;
    default:
        for (size_t i = 0; i < count; i++) out[i] = bits_value((uint32_t)little_endian(raw + 2 * i, 2) << 16);
        break;
    }
}

static void floats_from_list(Form form, const Onnx__TensorProto *proto, size_t count, float *out) {
    for (size_t i = 0; i < count; i++) {
        if (form == FORM_FLOAT) {
            out[i] = proto->float_data[i];
        } else {
            uint16_t bits = (uint16_t)proto->int32_data[i];
            out[i] = form == FORM_HALF ? half_value(bits) : bits_value((uint32_t)bits << 16);
        }
    }
}

static void integers_from_raw(const ElementType *type, const unsigned char *raw, size_t count, int64_t *out) {
    unsigned shift = 64 - 8 * type->bytes;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = little_endian(raw + type->bytes * i, type->bytes) << shift;
        out[i] = type->form == FORM_NATURAL ? (int64_t)(bits >> shift) : (int64_t)bits >> shift;
    }
}

static void integers_from_list(const ElementType *type, const Onnx__TensorProto *proto, size_t count, int64_t *out) {
    for (size_t i = 0; i < count; i++) {
        if (type->number == INT64_NUMBER) {
            out[i] = proto->int64_data[i];
        } else if (type->number == UINT32_NUMBER || type->number == UINT64_NUMBER) {
            out[i] = (int64_t)proto->uint64_data[i];
        } else {
            out[i] = proto->int32_data[i];
        }
    }
}

static size_t list_length(const ElementType *type, const Onnx__TensorProto *proto) {
    if (type->form == FORM_FLOAT) return proto->n_float_data;
    if (type->number == INT64_NUMBER) return proto->n_int64_data;
    if (type->number == UINT32_NUMBER || type->number == UINT64_NUMBER) return proto->n_uint64_data;
    return proto->n_int32_data;
}

/* A tensor on its way from the file. */
typedef struct Reading {
    const OnnxTensorReader *reader;
    const Onnx__TensorProto *proto;
    const ElementType *type;
    const char *shown; /* its name for messages */
    OnnxTensor *tensor;
} Reading;

static Status fail(const Reading *reading, const char *what) {
    return diag_error(reading->reader->context, STATUS_INVALID, "%s: tensor '%s': %s", reading->reader->file,
                      reading->shown, what);
}

static Status read_dims(const Reading *reading) {
    const Onnx__TensorProto *proto = reading->proto;
    if (proto->n_dims > ONNX_MAX_RANK) return fail(reading, "has more than 8 dimensions");
    OnnxShape shape = {.rank = (int)proto->n_dims};
    if (shape.rank > 0) memcpy(shape.dims, proto->dims, proto->n_dims * sizeof shape.dims[0]);
    if (!onnx_shape_elements(&shape, &reading->tensor->elements))
        return fail(reading, "has a negative dimension or too many elements");
    reading->tensor->rank = shape.rank;
    memcpy(reading->tensor->dims, shape.dims, sizeof shape.dims);
    return STATUS_OK;
}

static Status parse_natural(const Reading *reading, const char *text, int64_t *out) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < 0)
        return fail(reading, "offset or length of its external data is no number");
    *out = value;
    return STATUS_OK;
}

static Status read_external(const Reading *reading, size_t bytes, const unsigned char **out) {
    const OnnxTensorReader *reader = reading->reader;
    OnnxExternal external = {.bytes = bytes};
    int64_t length = (int64_t)bytes;
    for (size_t i = 0; i < reading->proto->n_external_data; i++) {
        const Onnx__StringStringEntryProto *entry = reading->proto->external_data[i];
        if (entry->key == NULL || entry->value == NULL) continue;
        if (strcmp(entry->key, "location") == 0) external.location = arena_string(reader->context, entry->value);
        if (strcmp(entry->key, "offset") == 0) TRY(parse_natural(reading, entry->value, &external.offset));
        if (strcmp(entry->key, "length") == 0) TRY(parse_natural(reading, entry->value, &length));
    }
    if (external.location == NULL) return fail(reading, "has external data without a location");
    if (length != (int64_t)bytes) return fail(reading, "the length of its external data does not fit its shape");
    return onnx_external_read(reader, reading->shown, &external, out);
}

static Status check_length(const Reading *reading) {
    const Onnx__TensorProto *proto = reading->proto;
    uint64_t elements = (uint64_t)reading->tensor->elements;
    bool fits = proto->has_raw_data ? proto->raw_data.len == elements * reading->type->bytes
                                    : list_length(reading->type, proto) == elements;
    return fits ? STATUS_OK : fail(reading, "its data does not fit its shape");
}

/* Converts what was found: raw bytes, or NULL for the list of the type. */
static void convert(const Reading *reading, const unsigned char *raw) {
    const ElementType *type = reading->type;
    Context *context = reading->reader->context;
    size_t count = (size_t)reading->tensor->elements;
    *reading->reader->elements += reading->tensor->elements;
    if (type->form == FORM_INTEGER || type->form == FORM_NATURAL) {
        int64_t *integers = ARENA_ARRAY(context, int64_t, count);
        reading->tensor->integers = integers;
        if (raw != NULL) integers_from_raw(type, raw, count, integers);
        if (raw == NULL) integers_from_list(type, reading->proto, count, integers);
        return;
    }
    float *floats = ARENA_ARRAY(context, float, count);
    reading->tensor->floats = floats;
    if (raw != NULL) floats_from_raw(type->form, raw, count, floats);
    if (raw == NULL) floats_from_list(type->form, reading->proto, count, floats);
}

static Status read_values(const Reading *reading) {
    const Onnx__TensorProto *proto = reading->proto;
    if (reading->type == NULL || reading->type->form == FORM_OPAQUE) return STATUS_OK;
    if (proto->segment != NULL) return fail(reading, "comes in segments, which are not read");
    bool external = proto->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    if (!external) TRY(check_length(reading));
    bool wanted = reading->reader->weights && reading->type->form < FORM_INTEGER;
    if (!wanted && reading->tensor->elements > ONNX_SMALL_TENSOR) return STATUS_OK;
    const unsigned char *raw = proto->has_raw_data ? proto->raw_data.data : NULL;
    static const unsigned char nothing[1] = {0};
    if (proto->has_raw_data && raw == NULL) raw = nothing; /* of a tensor without elements */
    if (external) TRY(read_external(reading, (size_t)reading->tensor->elements * reading->type->bytes, &raw));
    convert(reading, raw);
    return STATUS_OK;
}

Status onnx_tensor_read(const OnnxTensorReader *reader, const Onnx__TensorProto *proto, const OnnxTensor **out) {
    Context *context = reader->context;
    const char *name = proto->name != NULL ? proto->name : "";
    OnnxTensor *tensor = ARENA_NEW(context, OnnxTensor);
    Reading reading = {reader, proto, find_type(proto->data_type), onnx_shown(context, name), tensor};
    tensor->name = arena_string(context, name);
    tensor->type = onnx_type_name(context, proto->data_type);
    TRY(read_dims(&reading));
    TRY(read_values(&reading));
    *out = tensor;
    return STATUS_OK;
}
