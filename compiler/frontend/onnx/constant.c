/* SPDX-License-Identifier: Apache-2.0 */
/* Constants that follow from constants. Exporters write them in two places: integers that become shapes
 * (Shape, Gather, Unsqueeze, Concat, Reshape), and weights that are brought into another order or shape.
 *
 * Values that were not read (OnnxOptions.weights) stay unread: what is made of them is a constant without values. */
#include <string.h>

#include "compiler/frontend/onnx/shape.h"

static Status give(const OnnxGraph *graph, const OnnxNode *node, const OnnxTensor *tensor) {
    if (tensor != NULL) onnx_set_constant(graph, node, tensor);
    return STATUS_OK;
}

static const OnnxTensor *integers_tensor(OnnxGraph *graph, int rank, const int64_t *items, size_t count) {
    if (count > ONNX_SMALL_TENSOR) return NULL;
    OnnxShape shape = {.rank = rank, .dims = {(int64_t)count}};
    int64_t *integers = NULL;
    OnnxTensor *tensor = onnx_tensor_new(graph, "int64", &shape, NULL, &integers);
    if (integers != NULL && count > 0) memcpy(integers, items, count * sizeof *items);
    return tensor;
}

static const OnnxTensor *floats_tensor(OnnxGraph *graph, int rank, const float *items, size_t count) {
    OnnxShape shape = {.rank = rank, .dims = {(int64_t)count}};
    float *floats = NULL;
    OnnxTensor *tensor = onnx_tensor_new(graph, "float", &shape, &floats, NULL);
    if (floats != NULL && count > 0) memcpy(floats, items, count * sizeof *items);
    return tensor;
}

/* The value is one attribute of several kinds: value, value_float, value_floats, value_int, value_ints. */
Status onnx_shape_constant(OnnxGraph *graph, const OnnxNode *node) {
    for (size_t i = 0; i < node->attribute_count; i++) {
        const OnnxAttribute *attribute = &node->attributes[i];
        if (strncmp(attribute->name, "value", strlen("value")) != 0) continue;
        float number = (float)attribute->number;
        switch (attribute->kind) {
        case ONNX_TENSOR: return give(graph, node, attribute->tensor);
        case ONNX_FLOAT: return give(graph, node, floats_tensor(graph, 0, &number, 1));
        case ONNX_FLOATS: return give(graph, node, floats_tensor(graph, 1, attribute->floats, attribute->count));
        case ONNX_INT: return give(graph, node, integers_tensor(graph, 0, &attribute->integer, 1));
        case ONNX_INTS: return give(graph, node, integers_tensor(graph, 1, attribute->integers, attribute->count));
        default: break;
        }
    }
    return STATUS_OK;
}

Status onnx_shape_shape(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *input = onnx_input_shape(graph, node, 0);
    if (input == NULL) return STATUS_OK;
    int64_t start, end, first;
    TRY(onnx_attribute_integer(graph, node, "start", 0, &start));
    TRY(onnx_attribute_integer(graph, node, "end", input->rank, &end));
    int64_t count = onnx_slice_count(input->rank, start, end, 1, &first);
    return give(graph, node, integers_tensor(graph, 1, input->dims + first, (size_t)count));
}

static void fill(int64_t count, float *floats, int64_t *integers, const OnnxTensor *value) {
    for (int64_t i = 0; floats != NULL && i < count; i++) floats[i] = value != NULL ? value->floats[0] : 0.0F;
    for (int64_t i = 0; integers != NULL && i < count; i++) integers[i] = value->integers[0];
}

/* Large ones are weights, whose values are filled in only when weights are asked for. */
Status onnx_shape_constant_of_shape(OnnxGraph *graph, const OnnxNode *node) {
    OnnxList list;
    TRY(onnx_read_list(graph, node, NULL, 0, &list));
    if (list.state != ONNX_LIST_KNOWN || list.count > ONNX_MAX_RANK) return STATUS_OK;
    OnnxShape shape = {.rank = (int)list.count};
    if (list.count > 0) memcpy(shape.dims, list.items, list.count * sizeof *list.items);
    int64_t elements;
    if (!onnx_shape_elements(&shape, &elements))
        return onnx_node_error(graph, node, "it asks for the impossible shape %s",
                               onnx_shape_text(graph->context, &shape));
    const OnnxAttribute *attribute = onnx_attribute(node, "value");
    const OnnxTensor *value = attribute != NULL && attribute->kind == ONNX_TENSOR ? attribute->tensor : NULL;
    if (value != NULL && value->elements != 1) return onnx_node_error(graph, node, "its 'value' is not one number");
    bool small = elements <= ONNX_SMALL_TENSOR;
    bool real = (value == NULL || value->floats != NULL) && (small || graph->weights);
    bool whole = value != NULL && value->integers != NULL && small;
    float *floats = NULL;
    int64_t *integers = NULL;
    OnnxTensor *tensor = onnx_tensor_new(graph, value != NULL ? value->type : "float", &shape, real ? &floats : NULL,
                                         whole ? &integers : NULL);
    fill(elements, floats, integers, value);
    return give(graph, node, tensor);
}

/* The input with the output's shape and the same values. */
static const OnnxTensor *view(OnnxGraph *graph, const OnnxTensor *input, const OnnxShape *shape) {
    OnnxTensor *tensor = onnx_tensor_new(graph, input->type, shape, NULL, NULL);
    if (tensor == NULL || tensor->elements != input->elements) return NULL;
    tensor->floats = input->floats;
    tensor->integers = input->integers;
    return tensor;
}

/* Where each element of the output is in the input: steps[i] is the distance along output axis i. */
static int64_t source_offset(const OnnxShape *shape, const int64_t *steps, int64_t element) {
    int64_t offset = 0;
    for (int i = shape->rank - 1; i >= 0; i--) {
        offset += element % shape->dims[i] * steps[i];
        element /= shape->dims[i];
    }
    return offset;
}

static const OnnxTensor *transpose(OnnxGraph *graph, const OnnxNode *node, const OnnxTensor *input,
                                   const OnnxShape *shape) {
    int permutation[ONNX_MAX_RANK] = {0};
    if (shape->rank != input->rank) return NULL;
    if (onnx_read_permutation(graph, node, input->rank, permutation) != STATUS_OK) return NULL;
    int64_t steps[ONNX_MAX_RANK], step = 1;
    int64_t input_steps[ONNX_MAX_RANK];
    for (int i = input->rank - 1; i >= 0; i--) {
        input_steps[i] = step;
        step *= input->dims[i];
    }
    for (int i = 0; i < input->rank; i++) steps[i] = input_steps[permutation[i]];
    float *floats = NULL;
    int64_t *integers = NULL;
    OnnxTensor *tensor = onnx_tensor_new(graph, input->type, shape, input->floats != NULL ? &floats : NULL,
                                         input->integers != NULL ? &integers : NULL);
    bool filled = floats != NULL || integers != NULL;
    for (int64_t i = 0; filled && i < input->elements; i++) {
        int64_t offset = source_offset(shape, steps, i);
        if (floats != NULL) floats[i] = input->floats[offset];
        if (integers != NULL) integers[i] = input->integers[offset];
    }
    return tensor;
}

/* Lists of integers: elements first, first + step ... */
static const OnnxTensor *slice(OnnxGraph *graph, const OnnxNode *node, const OnnxTensor *input) {
    OnnxSlice cut;
    if (input->integers == NULL || input->rank != 1) return NULL;
    if (onnx_read_slice(graph, node, 1, &cut) != STATUS_OK || !cut.known || !cut.axes[0].cut) return NULL;
    int64_t first, step = cut.axes[0].step;
    int64_t count = onnx_slice_count(input->elements, cut.axes[0].start, cut.axes[0].end, step, &first);
    int64_t items[ONNX_SMALL_TENSOR];
    for (int64_t i = 0; i < count; i++) items[i] = input->integers[first + i * step];
    return integers_tensor(graph, 1, items, (size_t)count);
}

static const OnnxTensor *gather(OnnxGraph *graph, const OnnxNode *node, const OnnxTensor *input) {
    if (node->input_count != 2) return NULL;
    const OnnxTensor *indices = onnx_input(graph, node, 1)->constant;
    if (input->integers == NULL || input->rank != 1 || indices->integers == NULL || indices->rank > 1) return NULL;
    int64_t items[ONNX_SMALL_TENSOR];
    for (int64_t i = 0; i < indices->elements; i++) {
        int64_t index = indices->integers[i] < 0 ? indices->integers[i] + input->elements : indices->integers[i];
        if (index < 0 || index >= input->elements) return NULL;
        items[i] = input->integers[index];
    }
    return integers_tensor(graph, indices->rank, items, (size_t)indices->elements);
}

static const OnnxTensor *concat(OnnxGraph *graph, const OnnxNode *node, const OnnxShape *shape) {
    int64_t items[ONNX_SMALL_TENSOR];
    int64_t count = 0;
    if (shape->rank != 1) return NULL;
    for (size_t i = 0; i < node->input_count; i++) {
        const OnnxTensor *part = onnx_input(graph, node, i)->constant;
        if (part->integers == NULL || part->elements > ONNX_SMALL_TENSOR - count) return NULL;
        memcpy(items + count, part->integers, (size_t)part->elements * sizeof *items);
        count += part->elements;
    }
    return integers_tensor(graph, 1, items, (size_t)count);
}

static const OnnxTensor *cast(OnnxGraph *graph, const OnnxTensor *input, const OnnxNode *node) {
    enum { TO_INT32 = 6, TO_INT64 = 7 };
    const OnnxAttribute *to = onnx_attribute(node, "to");
    if (to == NULL || to->kind != ONNX_INT || (to->integer != TO_INT32 && to->integer != TO_INT64)) return NULL;
    if (input->integers == NULL) return NULL;
    OnnxShape shape = onnx_tensor_shape(input);
    return view(graph, input, &shape);
}

static bool calculate(char operation, int64_t a, int64_t b, int64_t *out) {
    switch (operation) {
    case 'A': return !__builtin_add_overflow(a, b, out);
    case 'S': return !__builtin_sub_overflow(a, b, out);
    case 'M': return !__builtin_mul_overflow(a, b, out);
    default:
        if (b == 0 || b == -1) return false;
        *out = a / b;
        return true;
    }
}

/* Add, Sub, Mul, Div of integers that are single or as many as the others; the operation is its first letter. */
static const OnnxTensor *arithmetic(OnnxGraph *graph, const OnnxNode *node, const OnnxShape *shape) {
    if (node->input_count != 2 || shape->rank > 1) return NULL;
    const OnnxTensor *a = onnx_input(graph, node, 0)->constant;
    const OnnxTensor *b = onnx_input(graph, node, 1)->constant;
    int64_t items[ONNX_SMALL_TENSOR], count;
    if (a->integers == NULL || b->integers == NULL || !onnx_shape_elements(shape, &count)) return NULL;
    if (count > ONNX_SMALL_TENSOR || (a->elements != 1 && a->elements != count)) return NULL;
    if (b->elements != 1 && b->elements != count) return NULL;
    for (int64_t i = 0; i < count; i++) {
        int64_t operand_a = a->integers[a->elements > 1 ? i : 0];
        int64_t operand_b = b->integers[b->elements > 1 ? i : 0];
        if (!calculate(node->name.op[0], operand_a, operand_b, &items[i])) return NULL;
    }
    return integers_tensor(graph, shape->rank, items, (size_t)count);
}

static bool is_op(const OnnxNode *node, const char *const *ops) {
    for (; *ops != NULL; ops++) {
        if (strcmp(node->name.op, *ops) == 0) return true;
    }
    return false;
}

static const OnnxTensor *evaluate(OnnxGraph *graph, const OnnxNode *node, const OnnxShape *shape) {
    static const char *const views[] = {"Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", NULL};
    static const char *const operations[] = {"Add", "Sub", "Mul", "Div", NULL};
    const OnnxTensor *input = onnx_input(graph, node, 0)->constant;
    if (is_op(node, views)) return view(graph, input, shape);
    if (is_op(node, operations)) return arithmetic(graph, node, shape);
    if (strcmp(node->name.op, "Transpose") == 0) return transpose(graph, node, input, shape);
    if (strcmp(node->name.op, "Slice") == 0) return slice(graph, node, input);
    if (strcmp(node->name.op, "Gather") == 0) return gather(graph, node, input);
    if (strcmp(node->name.op, "Concat") == 0) return concat(graph, node, shape);
    if (strcmp(node->name.op, "Cast") == 0) return cast(graph, input, node);
    return NULL;
}

void onnx_evaluate(OnnxGraph *graph, const OnnxNode *node) {
    if (node->input_count == 0 || node->output_count == 0 || node->outputs[0] == ONNX_NONE) return;
    const OnnxValue *output = &graph->values[node->outputs[0]];
    for (size_t i = 0; i < node->input_count; i++) {
        const OnnxValue *input = onnx_input(graph, node, i);
        if (input == NULL || input->constant == NULL) return;
        if (input->constant->integers != NULL && input->constant->elements > ONNX_SMALL_TENSOR) return;
    }
    if (!output->known || output->constant != NULL) return;
    const OnnxTensor *tensor = evaluate(graph, node, &output->shape);
    if (tensor != NULL) onnx_set_constant(graph, node, tensor);
}
