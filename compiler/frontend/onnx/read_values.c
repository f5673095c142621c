/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers the values of a graph, and reads what is known of them before any node is looked at.
 *
 * The number of a value is the place of its name in the sorted list of all names: finding one is a binary search, which
 * no choice of names can make slow. */
#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "compiler/frontend/onnx/reading.h"

typedef VECTOR(const char *) Names;

static void add_name(Context *context, Names *names, const char *name) {
    if (name != NULL && name[0] != '\0') VECTOR_PUSH(context, names, name);
}

static void collect_names(const OnnxReading *reading, Names *names) {
    const Onnx__GraphProto *proto = reading->proto;
    Context *context = reading->context;
    for (size_t i = 0; i < proto->n_input; i++) add_name(context, names, proto->input[i]->name);
    for (size_t i = 0; i < proto->n_output; i++) add_name(context, names, proto->output[i]->name);
    for (size_t i = 0; i < proto->n_initializer; i++) add_name(context, names, proto->initializer[i]->name);
    for (size_t i = 0; i < proto->n_sparse_initializer; i++) {
        const Onnx__TensorProto *values = proto->sparse_initializer[i]->values;
        if (values != NULL) add_name(context, names, values->name);
    }
    for (size_t i = 0; i < proto->n_node; i++) {
        const Onnx__NodeProto *node = proto->node[i];
        for (size_t j = 0; j < node->n_input; j++) add_name(context, names, node->input[j]);
        for (size_t j = 0; j < node->n_output; j++) add_name(context, names, node->output[j]);
    }
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_name_to_value(const void *name, const void *value) {
    return strcmp(name, ((const OnnxValue *)value)->name);
}

int onnx_find_value(const OnnxReading *reading, const char *name) {
    const OnnxGraph *graph = reading->graph;
    if (name == NULL || name[0] == '\0' || graph->value_count == 0) return ONNX_NONE;
    const OnnxValue *found =
        bsearch(name, graph->values, graph->value_count, sizeof *graph->values, compare_name_to_value);
    return found != NULL ? (int)(found - graph->values) : ONNX_NONE;
}

static void number_values(OnnxReading *reading) {
    OnnxGraph *graph = reading->graph;
    Names names = {0};
    collect_names(reading, &names);
    if (names.count > 0) qsort(names.items, names.count, sizeof *names.items, compare_names);
    graph->values = ARENA_ARRAY(graph->context, OnnxValue, names.count);
    for (size_t i = 0; i < names.count; i++) {
        if (i > 0 && strcmp(names.items[i], names.items[i - 1]) == 0) continue;
        OnnxValue value = {.name = arena_string(graph->context, names.items[i]), .producer = ONNX_NONE};
        value.consumer = ONNX_NONE;
        graph->values[graph->value_count++] = value;
    }
}

static bool is_one(const OnnxReading *reading, const char *symbol) {
    for (int i = 0; i < reading->symbol_count; i++) {
        if (strcmp(reading->symbols[i], symbol) == 0) return true;
    }
    return false;
}

/* One dimension of a declared shape; not positive when it is open. */
static int64_t read_dimension(const OnnxReading *reading, const Onnx__TensorShapeProto__Dimension *dimension) {
    switch (dimension->value_case) {
    case ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE: return dimension->dim_value;
    case ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM: return is_one(reading, dimension->dim_param) ? 1 : -1;
    default: return -1;
    }
}

static const Onnx__TypeProto__Tensor *tensor_type(const Onnx__ValueInfoProto *info) {
    const Onnx__TypeProto *type = info->type;
    return type != NULL && type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE ? type->tensor_type : NULL;
}

/* An open first dimension of an input is the batch, which is taken as 1, and so is its symbol wherever it occurs. */
static void note_batch(OnnxReading *reading, const char *input, const Onnx__TensorShapeProto__Dimension *first) {
    if (read_dimension(reading, first) > 0) return;
    bool named = first->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
    if (named && reading->symbol_count < ONNX_MAX_SYMBOLS) reading->symbols[reading->symbol_count++] = first->dim_param;
    diag_note(reading->context, "%s: input '%s' leaves its first dimension open: taken as 1", reading->graph->file,
              onnx_shown(reading->context, input));
}

/* Takes over what the file says of a value's type and, if nothing in it is open, of its shape. */
static void declare(const OnnxReading *reading, const Onnx__ValueInfoProto *info, OnnxValue *value) {
    const Onnx__TypeProto__Tensor *type = tensor_type(info);
    if (type == NULL || !type->has_elem_type) return;
    if (value->type == NULL) value->type = onnx_type_name(reading->context, type->elem_type);
    if (type->shape == NULL || type->shape->n_dim > ONNX_MAX_RANK) return;
    OnnxShape shape = {.rank = (int)type->shape->n_dim};
    bool open = false;
    for (int i = 0; i < shape.rank; i++) {
        shape.dims[i] = read_dimension(reading, type->shape->dim[i]);
        if (i == 0 && value->is_input && shape.dims[i] <= 0) shape.dims[i] = 1;
        open = open || shape.dims[i] <= 0;
    }
    int64_t elements;
    value->is_declared = !open && onnx_shape_elements(&shape, &elements);
    value->declared = shape;
}

static Status fail(const OnnxReading *reading, const char *name, const char *what) {
    return diag_error(reading->context, STATUS_INVALID, "%s: '%s' %s", reading->graph->file,
                      onnx_shown(reading->context, name), what);
}

static void set_constant(OnnxValue *value, const OnnxTensor *tensor) {
    value->constant = tensor;
    value->type = tensor->type;
    value->known = true;
    value->shape = onnx_tensor_shape(tensor);
}

static Status read_initializers(OnnxReading *reading) {
    const Onnx__GraphProto *proto = reading->proto;
    for (size_t i = 0; i < proto->n_initializer; i++) {
        int index = onnx_find_value(reading, proto->initializer[i]->name);
        if (index == ONNX_NONE) continue; /* nobody can refer to it */
        OnnxValue *value = &reading->graph->values[index];
        if (value->defined) return fail(reading, value->name, "has two initializers");
        const OnnxTensor *tensor;
        TRY(onnx_tensor_read(&reading->tensors, proto->initializer[i], &tensor));
        value->defined = true;
        set_constant(value, tensor);
    }
    for (size_t i = 0; i < proto->n_sparse_initializer; i++) {
        const Onnx__TensorProto *values = proto->sparse_initializer[i]->values;
        int index = values != NULL ? onnx_find_value(reading, values->name) : ONNX_NONE;
        if (index == ONNX_NONE) continue;
        reading->graph->values[index].defined = true;
        reading->graph->values[index].unknown = "it is a sparse initializer, which is not supported";
    }
    return STATUS_OK;
}

/* Gives an input the value that the caller wants it to have. */
static Status bind(const OnnxReading *reading, OnnxValue *value, size_t position) {
    const OnnxOptions *options = reading->options;
    if (position >= options->input_count || options->inputs[position] == NULL) return STATUS_OK;
    set_constant(value, options->inputs[position]);
    if (!value->is_declared || onnx_shape_equal(&value->shape, &value->declared)) return STATUS_OK;
    return fail(reading, value->name,
                arena_format(reading->context, "is an input of shape %s; the values given for it have shape %s",
                             onnx_shape_text(reading->context, &value->declared),
                             onnx_shape_text(reading->context, &value->shape)));
}

static Status read_input(OnnxReading *reading, const Onnx__ValueInfoProto *info, int index, size_t position) {
    OnnxValue *value = &reading->graph->values[index];
    if (value->defined) return fail(reading, value->name, "is an input twice");
    const Onnx__TypeProto__Tensor *type = tensor_type(info);
    if (type != NULL && type->shape != NULL && type->shape->n_dim > 0)
        note_batch(reading, value->name, type->shape->dim[0]);
    value->defined = value->is_input = true;
    declare(reading, info, value);
    value->known = value->is_declared;
    value->shape = value->declared;
    value->unknown = "it is an input of the model that leaves more open than the batch";
    return bind(reading, value, position);
}

static Status read_inputs(OnnxReading *reading) {
    const Onnx__GraphProto *proto = reading->proto;
    int *inputs = ARENA_ARRAY(reading->context, int, proto->n_input);
    size_t count = 0;
    for (size_t i = 0; i < proto->n_input; i++) {
        int index = onnx_find_value(reading, proto->input[i]->name);
        if (index == ONNX_NONE || reading->graph->values[index].constant != NULL) continue;
        TRY(read_input(reading, proto->input[i], index, count));
        inputs[count++] = index;
    }
    reading->graph->inputs = inputs;
    reading->graph->input_count = count;
    return STATUS_OK;
}

static void read_declarations(const OnnxReading *reading, Onnx__ValueInfoProto **infos, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int index = onnx_find_value(reading, infos[i]->name);
        if (index != ONNX_NONE && !reading->graph->values[index].defined)
            declare(reading, infos[i], &reading->graph->values[index]);
    }
}

Status onnx_read_values(OnnxReading *reading) {
    number_values(reading);
    TRY(read_initializers(reading));
    TRY(read_inputs(reading));
    read_declarations(reading, reading->proto->value_info, reading->proto->n_value_info);
    read_declarations(reading, reading->proto->output, reading->proto->n_output);
    return STATUS_OK;
}
