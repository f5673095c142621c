/* SPDX-License-Identifier: Apache-2.0 */
/* From the text of a model to its bytes. Field numbers are those of onnx.proto. */
#include "tests/compiler/frontend/onnx_text.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/scan.h"
#include "base/vector.h"
#include "compiler/frontend/onnx.h"

typedef struct Writer {
    Scanner scanner;
    const char *const *strings;
    OnnxBytes model, graph;
} Writer;

static OnnxBytes bytes_new(const Writer *writer) {
    return (OnnxBytes){.context = writer->scanner.context};
}

/* A name, or $N. */
static Status read_name(Writer *writer, const char **out) {
    bool dollar;
    int64_t index;
    TRY(scan_accept(&writer->scanner, "$", &dollar));
    if (!dollar) return scan_name(&writer->scanner, "a name", out);
    TRY(scan_integer(&writer->scanner, "the number of a string", 0, 99, &index));
    *out = writer->strings[index];
    return STATUS_OK;
}

static bool at_name(const Writer *writer) {
    return writer->scanner.token.kind == TOKEN_NAME || scan_is(&writer->scanner, "$");
}

typedef struct ElementWord {
    const char *word;
    int number;
    unsigned list_field, bytes; /* of the typed list, and of one element in raw_data */
} ElementWord;

static const ElementWord element_words[] = {
    {"float", 1, 4, 4}, {"uint8", 2, 5, 1},    {"int8", 3, 5, 1},     {"int32", 6, 5, 4},    {"int64", 7, 7, 8},
    {"bool", 9, 5, 1},  {"float16", 10, 5, 2}, {"double", 11, 10, 8}, {"uint64", 13, 11, 8}, {"bfloat16", 16, 5, 2},
};

static const ElementWord *find_element(const char *word) {
    for (size_t i = 0; i < sizeof element_words / sizeof element_words[0]; i++) {
        if (strcmp(element_words[i].word, word) == 0) return &element_words[i];
    }
    ck_abort_msg("no element type '%s'", word);
}

/* [1, n, ?]: TensorShapeProto. */
static Status read_shape(Writer *writer, OnnxBytes *shape) {
    Scanner *scanner = &writer->scanner;
    bool end;
    TRY(scan_expect(scanner, "["));
    TRY(scan_accept(scanner, "]", &end));
    while (!end) {
        OnnxBytes dimension = bytes_new(writer);
        bool open;
        TRY(scan_accept(scanner, "?", &open));
        if (!open && at_name(writer)) {
            const char *symbol;
            TRY(read_name(writer, &symbol));
            onnx_put_string(&dimension, 2, symbol);
        } else if (!open) {
            int64_t extent;
            TRY(scan_integer(scanner, "an extent", INT64_MIN + 1, INT64_MAX, &extent));
            onnx_put_integer(&dimension, 1, extent);
        }
        onnx_put_message(shape, 1, &dimension);
        TRY(scan_accept(scanner, "]", &end));
        if (!end) TRY(scan_expect(scanner, ","));
    }
    return STATUS_OK;
}

/* x float [1, 3]: ValueInfoProto as field `field` of the graph. */
static Status read_value_info(Writer *writer, unsigned field) {
    OnnxBytes info = bytes_new(writer), type = bytes_new(writer), tensor = bytes_new(writer);
    const char *name, *word;
    TRY(read_name(writer, &name));
    onnx_put_string(&info, 1, name);
    if (at_name(writer)) {
        TRY(read_name(writer, &word));
        onnx_put_integer(&tensor, 1, find_element(word)->number);
        if (scan_is(&writer->scanner, "[")) {
            OnnxBytes shape = bytes_new(writer);
            TRY(read_shape(writer, &shape));
            onnx_put_message(&tensor, 2, &shape);
        }
        onnx_put_message(&type, 1, &tensor);
        onnx_put_message(&info, 2, &type);
    }
    onnx_put_message(&writer->graph, field, &info);
    return STATUS_OK;
}

typedef VECTOR(double) Numbers;

/* "= 1, -0.5"; without it a pattern of small numbers that f16 and bf16 can hold. */
static Status read_numbers(Writer *writer, Numbers *numbers) {
    bool more;
    TRY(scan_accept(&writer->scanner, "=", &more));
    for (int i = 0; !more && i < 11; i++) VECTOR_PUSH(writer->scanner.context, numbers, (i * 7 % 11 - 5) / 4.0);
    while (more) {
        double number;
        TRY(scan_number(&writer->scanner, "a value", &number));
        VECTOR_PUSH(writer->scanner.context, numbers, number);
        TRY(scan_accept(&writer->scanner, ",", &more));
    }
    return STATUS_OK;
}

/* The bits of a value in a type; those of halves only for numbers that are normal there. */
static uint64_t element_bits(const ElementWord *element, double value) {
    float single = (float)value;
    uint32_t bits;
    uint64_t wide;
    memcpy(&bits, &single, sizeof bits);
    switch (element->number) {
    case 1: return bits;
    case 10: {
        int exponent;
        double fraction = frexp(fabs(value), &exponent); /* value = fraction * 2^exponent, 0.5 <= fraction < 1 */
        uint64_t sign = value < 0 ? 0x8000 : 0;
        return value == 0 ? 0 : sign | (uint64_t)(exponent + 14) << 10 | ((uint64_t)(fraction * 2048) & 1023);
    }
    case 11: memcpy(&wide, &value, sizeof wide); return wide;
    case 16: return bits >> 16;
    default: return (uint64_t)(int64_t)value;
    }
}

static void put_raw(OnnxBytes *tensor, const ElementWord *element, const Numbers *numbers, int64_t count) {
    OnnxBytes raw = {.context = tensor->context};
    for (int64_t i = 0; i < count; i++) {
        uint64_t bits = element_bits(element, numbers->items[(size_t)i % numbers->count]);
        for (unsigned j = 0; j < element->bytes; j++) onnx_put_byte(&raw, bits >> (8 * j) & 0xFF);
    }
    onnx_put_message(tensor, 9, &raw);
}

static void put_list(OnnxBytes *tensor, const ElementWord *element, const Numbers *numbers, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        double value = numbers->items[(size_t)i % numbers->count];
        if (element->number == 1) {
            onnx_put_float(tensor, 4, (float)value);
        } else {
            onnx_put_integer(tensor, element->list_field, (int64_t)element_bits(element, value));
        }
    }
}

static void put_entry(OnnxBytes *tensor, const char *key, const char *value) {
    OnnxBytes entry = {.context = tensor->context};
    onnx_put_string(&entry, 1, key);
    onnx_put_string(&entry, 2, value);
    onnx_put_message(tensor, 13, &entry);
}

/* external LOCATION OFFSET LENGTH: without the ones that are -1 */
static Status read_external(Writer *writer, OnnxBytes *tensor) {
    Context *context = writer->scanner.context;
    const char *location;
    int64_t offset, length;
    TRY(read_name(writer, &location));
    TRY(scan_integer(&writer->scanner, "an offset", -INT64_MAX, INT64_MAX, &offset));
    TRY(scan_integer(&writer->scanner, "a length", -INT64_MAX, INT64_MAX, &length));
    put_entry(tensor, "location", location);
    if (offset != -1) put_entry(tensor, "offset", arena_format(context, "%lld", (long long)offset));
    if (length != -1) put_entry(tensor, "length", arena_format(context, "%lld", (long long)length));
    onnx_put_integer(tensor, 14, 1);
    return STATUS_OK;
}

static Status read_dims(Writer *writer, OnnxBytes *tensor, int64_t *count) {
    bool end;
    *count = 1;
    TRY(scan_expect(&writer->scanner, "["));
    TRY(scan_accept(&writer->scanner, "]", &end));
    while (!end) {
        int64_t extent;
        TRY(scan_integer(&writer->scanner, "an extent", INT64_MIN + 1, INT64_MAX, &extent));
        onnx_put_integer(tensor, 1, extent);
        if (__builtin_mul_overflow(*count, extent, count) || *count < 0 || *count > 1 << 22) *count = 0;
        TRY(scan_accept(&writer->scanner, "]", &end));
        if (!end) TRY(scan_expect(&writer->scanner, ","));
    }
    return STATUS_OK;
}

/* TYPE [raw|external ...] [dims] [= numbers]: TensorProto. Tensors of absurd size get no data. */
static Status read_tensor(Writer *writer, OnnxBytes *tensor) {
    const char *word;
    bool raw, external;
    int64_t count;
    Numbers numbers = {0};
    TRY(read_name(writer, &word));
    const ElementWord *element = find_element(word);
    onnx_put_integer(tensor, 2, element->number);
    TRY(scan_accept(&writer->scanner, "raw", &raw));
    TRY(scan_accept(&writer->scanner, "external", &external));
    if (external) TRY(read_external(writer, tensor));
    TRY(read_dims(writer, tensor, &count));
    TRY(read_numbers(writer, &numbers));
    if (raw) put_raw(tensor, element, &numbers, count);
    if (!raw && !external) put_list(tensor, element, &numbers, count);
    return STATUS_OK;
}

static Status read_initializer(Writer *writer) {
    OnnxBytes tensor = bytes_new(writer);
    const char *name;
    TRY(read_name(writer, &name));
    onnx_put_string(&tensor, 8, name);
    TRY(read_tensor(writer, &tensor));
    onnx_put_message(&writer->graph, 5, &tensor);
    return STATUS_OK;
}

/* Names between `open` and `close`, as strings of field `field`; "" where one is left out. */
static Status read_operands(Writer *writer, const char *close, OnnxBytes *node, unsigned field) {
    bool end;
    TRY(scan_accept(&writer->scanner, close, &end));
    while (!end) {
        const char *name = "";
        if (at_name(writer)) TRY(read_name(writer, &name));
        onnx_put_string(node, field, name);
        TRY(scan_accept(&writer->scanner, close, &end));
        if (!end) TRY(scan_expect(&writer->scanner, ","));
    }
    return STATUS_OK;
}

enum { KIND_FLOAT = 1, KIND_INT = 2, KIND_STRING = 3, KIND_TENSOR = 4, KIND_GRAPH = 5, KIND_FLOATS = 6, KIND_INTS = 7 };

/* [1, 2] or [1.5, 2.0]: the first decides. */
static Status read_list(Writer *writer, OnnxBytes *attribute) {
    Scanner *scanner = &writer->scanner;
    bool end, floats = false, first = true;
    TRY(scan_accept(scanner, "]", &end));
    while (!end) {
        double number;
        bool decimal = scanner->token.kind == TOKEN_DECIMAL;
        TRY(scan_number(scanner, "a number", &number));
        floats = first ? decimal : floats;
        first = false;
        if (floats) onnx_put_float(attribute, 7, (float)number);
        if (!floats) onnx_put_integer(attribute, 8, (int64_t)number);
        TRY(scan_accept(scanner, "]", &end));
        if (!end) TRY(scan_expect(scanner, ","));
    }
    onnx_put_integer(attribute, 20, floats ? KIND_FLOATS : KIND_INTS);
    return STATUS_OK;
}

static Status read_number(Writer *writer, OnnxBytes *attribute) {
    bool negative;
    TRY(scan_accept(&writer->scanner, "-", &negative));
    bool decimal = writer->scanner.token.kind == TOKEN_DECIMAL;
    double number = writer->scanner.token.decimal;
    int64_t integer = writer->scanner.token.integer;
    if (decimal) onnx_put_float(attribute, 2, (float)(negative ? -number : number));
    if (!decimal) onnx_put_integer(attribute, 3, negative ? -integer : integer);
    onnx_put_integer(attribute, 20, decimal ? KIND_FLOAT : KIND_INT);
    return scan_next(&writer->scanner);
}

/* (v, w), Conv(v, w): a graph of one node that reads them. */
static Status read_subgraph(Writer *writer, const char *op, OnnxBytes *attribute) {
    OnnxBytes node = bytes_new(writer), graph = bytes_new(writer);
    TRY(read_operands(writer, ")", &node, 1));
    onnx_put_string(&node, 2, "inside");
    onnx_put_string(&node, 4, op);
    onnx_put_message(&graph, 1, &node);
    onnx_put_message(attribute, 6, &graph);
    onnx_put_integer(attribute, 20, KIND_GRAPH);
    return STATUS_OK;
}

static Status read_attribute_value(Writer *writer, OnnxBytes *attribute) {
    bool list, graph, tensor;
    TRY(scan_accept(&writer->scanner, "[", &list));
    if (list) return read_list(writer, attribute);
    TRY(scan_accept(&writer->scanner, "(", &graph));
    if (graph) return read_subgraph(writer, "Sum", attribute);
    TRY(scan_accept(&writer->scanner, "tensor", &tensor));
    if (tensor) {
        OnnxBytes bytes = bytes_new(writer);
        TRY(read_tensor(writer, &bytes));
        onnx_put_message(attribute, 5, &bytes);
        onnx_put_integer(attribute, 20, KIND_TENSOR);
        return STATUS_OK;
    }
    if (!at_name(writer)) return read_number(writer, attribute);
    const char *word;
    TRY(read_name(writer, &word));
    TRY(scan_accept(&writer->scanner, "(", &graph));
    if (graph) return read_subgraph(writer, word, attribute);
    onnx_put_string(attribute, 4, word);
    onnx_put_integer(attribute, 20, KIND_STRING);
    return STATUS_OK;
}

static Status read_attributes(Writer *writer, OnnxBytes *node) {
    while (at_name(writer)) {
        OnnxBytes attribute = bytes_new(writer);
        const char *name, *domain;
        TRY(read_name(writer, &name));
        TRY(scan_expect(&writer->scanner, "="));
        if (strcmp(name, "in") == 0) {
            TRY(read_name(writer, &domain));
            onnx_put_string(node, 7, domain);
            continue;
        }
        onnx_put_string(&attribute, 1, name);
        TRY(read_attribute_value(writer, &attribute));
        onnx_put_message(node, 5, &attribute);
    }
    return STATUS_OK;
}

/* [NAME]: y, z = Op(x, w) attributes */
static Status read_node(Writer *writer) {
    Scanner *scanner = &writer->scanner;
    OnnxBytes node = bytes_new(writer);
    const char *op, *name = "";
    if (at_name(writer)) TRY(read_name(writer, &name));
    TRY(scan_expect(scanner, ":"));
    TRY(read_operands(writer, "=", &node, 2));
    onnx_put_string(&node, 3, name);
    TRY(scan_name(scanner, "an operator", &op));
    onnx_put_string(&node, 4, op);
    TRY(scan_expect(scanner, "("));
    TRY(read_operands(writer, ")", &node, 1));
    TRY(read_attributes(writer, &node));
    onnx_put_message(&writer->graph, 1, &node);
    return STATUS_OK;
}

static Status read_opset(Writer *writer) {
    OnnxBytes opset = bytes_new(writer);
    const char *domain = "";
    int64_t version;
    if (at_name(writer)) TRY(read_name(writer, &domain));
    TRY(scan_integer(&writer->scanner, "a version", INT64_MIN + 1, INT64_MAX, &version));
    onnx_put_string(&opset, 1, domain);
    onnx_put_integer(&opset, 2, version);
    onnx_put_message(&writer->model, 8, &opset);
    return STATUS_OK;
}

/* NAME Op: FunctionProto */
static Status read_function(Writer *writer) {
    OnnxBytes node = bytes_new(writer), function = bytes_new(writer);
    const char *name, *op;
    TRY(read_name(writer, &name));
    TRY(read_name(writer, &op));
    onnx_put_string(&node, 4, op);
    onnx_put_string(&function, 1, name);
    onnx_put_message(&function, 7, &node);
    onnx_put_message(&writer->model, 25, &function);
    return STATUS_OK;
}

static Status read_line(Writer *writer) {
    Scanner *scanner = &writer->scanner;
    bool found;
    TRY(scan_accept(scanner, "opset", &found));
    if (found) return read_opset(writer);
    TRY(scan_accept(scanner, "function", &found));
    if (found) return read_function(writer);
    TRY(scan_accept(scanner, "initializer", &found));
    if (found) return read_initializer(writer);
    TRY(scan_accept(scanner, "input", &found));
    if (found) return read_value_info(writer, 11);
    TRY(scan_accept(scanner, "output", &found));
    if (found) return read_value_info(writer, 12);
    TRY(scan_accept(scanner, "value", &found));
    return found ? read_value_info(writer, 13) : read_node(writer);
}

static Status read_lines(Writer *writer) {
    while (writer->scanner.token.kind != TOKEN_END) {
        TRY(read_line(writer));
        if (writer->scanner.token.kind == TOKEN_END) break;
        if (writer->scanner.token.kind != TOKEN_NEWLINE) return scan_expected(&writer->scanner, "the end of the line");
        TRY(scan_next(&writer->scanner));
    }
    return STATUS_OK;
}

const Source *onnx_from_text(Context *context, const char *text, const char *const *strings) {
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){.name = "model text", .text = text, .length = strlen(text)};
    Writer writer = {.strings = strings, .model = {.context = context}, .graph = {.context = context}};
    Status status = scan_start(context, source, true, &writer.scanner);
    onnx_put_integer(&writer.model, 1, 8);
    if (status == STATUS_OK) status = read_lines(&writer);
    ck_assert_msg(status == STATUS_OK, "%s", diag_message(context));
    onnx_put_message(&writer.model, 7, &writer.graph);
    return onnx_bytes_source(&writer.model, "net.onnx");
}

bool onnx_is_absent(void) {
    Context *context;
    const OnnxModel *model;
    const Source empty = {.name = "", .text = "", .length = 0};
    if (context_new(alloc_default(), &context) != STATUS_OK) return false; /* no assertion: no test runs yet */
    bool absent = onnx_read(context, &empty, NULL, NULL, &model) == STATUS_UNSUPPORTED;
    if (absent) printf("SKIPPED: built without ONNX support\n");
    context_free(context);
    return absent;
}
