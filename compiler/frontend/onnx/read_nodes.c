/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the nodes of a graph and ties them to the values: each value is given once, before it is read. That refuses
 * cycles too, which no order of nodes can satisfy.
 *
 * A node with a subgraph (If, Loop) may read any value of the main graph inside of it without naming it among its
 * inputs; such readers are counted, so that nobody takes the value away from them. */
#include <string.h>

#include "compiler/frontend/onnx/reading.h"

static const char *text_or_empty(const char *text) {
    return text != NULL ? text : "";
}

/* A node is called by its name, or by what it gives. Tools make names of paths; they are only shown. */
static const char *node_name(Context *context, const Onnx__NodeProto *proto) {
    const char *name = text_or_empty(proto->name);
    for (size_t i = 0; name[0] == '\0' && i < proto->n_output; i++) name = proto->output[i];
    return onnx_shown(context, name);
}

static const char *bytes_text(Context *context, ProtobufCBinaryData bytes) {
    return arena_substring(context, bytes.len > 0 ? (const char *)bytes.data : "", bytes.len);
}

/* Before the third version of the format attributes did not say what they are: it shows in what they have. */
static Onnx__AttributeProto__AttributeType kind_of(const Onnx__AttributeProto *proto) {
    if (proto->has_type && proto->type != ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__UNDEFINED) return proto->type;
    if (proto->has_f) return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT;
    if (proto->has_i) return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
    if (proto->has_s) return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING;
    if (proto->t != NULL) return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR;
    if (proto->n_floats > 0) return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS;
    return ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS;
}

static void read_floats(Context *context, const Onnx__AttributeProto *proto, OnnxAttribute *out) {
    float *floats = ARENA_ARRAY(context, float, proto->n_floats);
    if (proto->n_floats > 0) memcpy(floats, proto->floats, proto->n_floats * sizeof *floats);
    *out = (OnnxAttribute){.kind = ONNX_FLOATS, .floats = floats, .count = proto->n_floats};
}

static void read_integers(Context *context, const Onnx__AttributeProto *proto, OnnxAttribute *out) {
    int64_t *integers = ARENA_ARRAY(context, int64_t, proto->n_ints);
    if (proto->n_ints > 0) memcpy(integers, proto->ints, proto->n_ints * sizeof *integers);
    *out = (OnnxAttribute){.kind = ONNX_INTS, .integers = integers, .count = proto->n_ints};
}

static Status read_attribute(const OnnxReading *reading, const Onnx__AttributeProto *proto, OnnxAttribute *out) {
    Context *context = reading->context;
    *out = (OnnxAttribute){.kind = ONNX_OTHER_ATTRIBUTE};
    switch (kind_of(proto)) {
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT:
        *out = (OnnxAttribute){.kind = ONNX_FLOAT, .number = (double)proto->f};
        break;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT:
        *out = (OnnxAttribute){.kind = ONNX_INT, .integer = proto->i};
        break;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING:
        *out = (OnnxAttribute){.kind = ONNX_STRING, .string = bytes_text(context, proto->s)};
        break;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR:
        if (proto->t == NULL) break;
        out->kind = ONNX_TENSOR;
        TRY(onnx_tensor_read(&reading->tensors, proto->t, &out->tensor));
        break;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOATS: read_floats(context, proto, out); break;
    case ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS: read_integers(context, proto, out); break;
    default: break;
    }
    out->name = arena_string(context, text_or_empty(proto->name));
    return STATUS_OK;
}

static void count_reader(const OnnxGraph *graph, int value, int node) {
    if (value == ONNX_NONE) return;
    graph->values[value].uses++;
    graph->values[value].consumer = node;
}

/* A convolution of a subgraph is none that a program could call a kernel for in the order of the main graph. */
static void note_inside(OnnxReading *reading, const OnnxNode *around, const Onnx__NodeProto *proto) {
    const char *op = text_or_empty(proto->op_type);
    if (!onnx_is_default_domain(proto->domain) || !onnx_is_convolution(op)) return;
    OnnxLeftOut inside = {
        .node = {around->name.index, node_name(reading->context, proto), onnx_shown(reading->context, op)}};
    inside.reason = arena_format(reading->context, "it is inside of a subgraph of node '%s' (%s)", around->name.name,
                                 around->name.op);
    VECTOR_PUSH(reading->context, &reading->inside, inside);
}

/* Counts all that the nodes of a subgraph read. Its own names may hide those of the main graph; then too many are
 * counted, which does no harm. */
static void count_captured(OnnxReading *reading, const OnnxNode *around, const Onnx__GraphProto *subgraph) {
    for (size_t i = 0; i < subgraph->n_output; i++)
        count_reader(reading->graph, onnx_find_value(reading, subgraph->output[i]->name), ONNX_NONE);
    for (size_t i = 0; i < subgraph->n_node; i++) {
        const Onnx__NodeProto *node = subgraph->node[i];
        note_inside(reading, around, node);
        for (size_t j = 0; j < node->n_input; j++)
            count_reader(reading->graph, onnx_find_value(reading, node->input[j]), ONNX_NONE);
        for (size_t j = 0; j < node->n_attribute; j++) {
            const Onnx__AttributeProto *attribute = node->attribute[j];
            if (attribute->g != NULL) count_captured(reading, around, attribute->g);
            for (size_t k = 0; k < attribute->n_graphs; k++) count_captured(reading, around, attribute->graphs[k]);
        }
    }
}

static Status read_attributes(OnnxReading *reading, const Onnx__NodeProto *proto, OnnxNode *node) {
    OnnxAttribute *attributes = ARENA_ARRAY(reading->context, OnnxAttribute, proto->n_attribute);
    for (size_t i = 0; i < proto->n_attribute; i++) {
        const Onnx__AttributeProto *attribute = proto->attribute[i];
        TRY(read_attribute(reading, attribute, &attributes[i]));
        node->has_subgraph = node->has_subgraph || attribute->g != NULL || attribute->n_graphs > 0;
        if (attribute->g != NULL) count_captured(reading, node, attribute->g);
        for (size_t j = 0; j < attribute->n_graphs; j++) count_captured(reading, node, attribute->graphs[j]);
    }
    node->attributes = attributes;
    node->attribute_count = proto->n_attribute;
    return STATUS_OK;
}

static const int *find_values(const OnnxReading *reading, char **names, size_t count) {
    int *values = ARENA_ARRAY(reading->context, int, count);
    for (size_t i = 0; i < count; i++) values[i] = onnx_find_value(reading, names[i]);
    return values;
}

static void read_node_head(const OnnxReading *reading, size_t index) {
    const Onnx__NodeProto *proto = reading->proto->node[index];
    OnnxNode *node = &reading->graph->nodes[index];
    node->name.index = index;
    node->name.name = node_name(reading->context, proto);
    node->name.op = onnx_shown(reading->context, text_or_empty(proto->op_type));
    node->standard = onnx_is_default_domain(proto->domain);
    node->inputs = find_values(reading, proto->input, proto->n_input);
    node->outputs = find_values(reading, proto->output, proto->n_output);
    node->input_count = proto->n_input;
    node->output_count = proto->n_output;
}

static Status set_producers(const OnnxGraph *graph, const OnnxNode *node) {
    for (size_t i = 0; i < node->output_count; i++) {
        if (node->outputs[i] == ONNX_NONE) continue;
        OnnxValue *value = &graph->values[node->outputs[i]];
        if (value->defined || value->producer != ONNX_NONE)
            return onnx_node_error(graph, node, "its output '%s' already has a value",
                                   onnx_value_name(graph, node->outputs[i]));
        value->producer = (int)node->name.index;
    }
    return STATUS_OK;
}

static Status check_order(const OnnxGraph *graph, const OnnxNode *node) {
    for (size_t i = 0; i < node->input_count; i++) {
        int value = node->inputs[i];
        if (value == ONNX_NONE || graph->values[value].defined) continue;
        const char *why = graph->values[value].producer == ONNX_NONE
                              ? "which nothing gives"
                              : "which only this or a later node gives: a cycle, or nodes out of order";
        return onnx_node_error(graph, node, "it reads '%s', %s", onnx_value_name(graph, value), why);
    }
    for (size_t i = 0; i < node->output_count; i++) {
        if (node->outputs[i] != ONNX_NONE) graph->values[node->outputs[i]].defined = true;
    }
    return STATUS_OK;
}

static Status read_outputs(OnnxReading *reading) {
    OnnxGraph *graph = reading->graph;
    const Onnx__GraphProto *proto = reading->proto;
    int *outputs = ARENA_ARRAY(reading->context, int, proto->n_output);
    size_t count = 0;
    for (size_t i = 0; i < proto->n_output; i++) {
        int index = onnx_find_value(reading, proto->output[i]->name);
        if (index == ONNX_NONE) continue;
        if (!graph->values[index].defined)
            return diag_error(graph->context, STATUS_INVALID, "%s: nothing gives the output '%s'", graph->file,
                              onnx_value_name(graph, index));
        graph->values[index].is_output = true;
        outputs[count++] = index;
    }
    graph->outputs = outputs;
    graph->output_count = count;
    return STATUS_OK;
}

Status onnx_read_nodes(OnnxReading *reading) {
    OnnxGraph *graph = reading->graph;
    graph->node_count = reading->proto->n_node;
    graph->nodes = ARENA_ARRAY(graph->context, OnnxNode, graph->node_count);
    for (size_t i = 0; i < graph->node_count; i++) {
        read_node_head(reading, i);
        TRY(set_producers(graph, &graph->nodes[i]));
    }
    for (size_t i = 0; i < graph->node_count; i++) {
        OnnxNode *node = &graph->nodes[i];
        TRY(check_order(graph, node));
        for (size_t j = 0; j < node->input_count; j++) count_reader(graph, node->inputs[j], (int)i);
        TRY(read_attributes(reading, reading->proto->node[i], node));
    }
    graph->inside = reading->inside.items;
    graph->inside_count = reading->inside.count;
    return read_outputs(reading);
}
