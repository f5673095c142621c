/* SPDX-License-Identifier: Apache-2.0 */
/* The driver of shape inference: one pass over the nodes, which are in order. */
#include "compiler/frontend/onnx/shape.h"

#include <string.h>

static OnnxShapeRule *find_rule(const OnnxNode *node) {
    static const struct {
        const char *op;
        OnnxShapeRule *infer;
    } rules[] = {
#define RULE(name)
#define OPERATOR(word, name) {#word, onnx_shape_##name},
#include "compiler/frontend/onnx/shape_rules.def"
#undef RULE
#undef OPERATOR
    };
    for (size_t i = 0; node->standard && i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(node->name.op, rules[i].op) == 0) return rules[i].infer;
    }
    return NULL;
}

const OnnxValue *onnx_input(const OnnxGraph *graph, const OnnxNode *node, size_t index) {
    if (index >= node->input_count || node->inputs[index] == ONNX_NONE) return NULL;
    return &graph->values[node->inputs[index]];
}

const OnnxShape *onnx_input_shape(const OnnxGraph *graph, const OnnxNode *node, size_t index) {
    const OnnxValue *value = onnx_input(graph, node, index);
    return value != NULL && value->known ? &value->shape : NULL;
}

void onnx_set_shape(const OnnxGraph *graph, const OnnxNode *node, size_t index, const OnnxShape *shape) {
    int64_t elements;
    if (index >= node->output_count || node->outputs[index] == ONNX_NONE) return;
    if (shape->rank > ONNX_MAX_RANK || !onnx_shape_elements(shape, &elements)) return;
    OnnxValue *value = &graph->values[node->outputs[index]];
    value->known = true;
    value->shape = *shape;
}

void onnx_set_constant(const OnnxGraph *graph, const OnnxNode *node, const OnnxTensor *tensor) {
    if (node->output_count == 0 || node->outputs[0] == ONNX_NONE) return;
    OnnxValue *value = &graph->values[node->outputs[0]];
    value->constant = tensor;
    value->type = tensor->type;
    value->known = true;
    value->shape = onnx_tensor_shape(tensor);
}

Status onnx_read_list(const OnnxGraph *graph, const OnnxNode *node, const char *attribute, size_t input,
                      OnnxList *out) {
    *out = (OnnxList){.state = ONNX_LIST_ABSENT};
    if (attribute != NULL) TRY(onnx_attribute_list(graph, node, attribute, &out->items, &out->count));
    if (out->items != NULL) out->state = ONNX_LIST_KNOWN;
    const OnnxValue *value = onnx_input(graph, node, input);
    if (out->items != NULL || value == NULL) return STATUS_OK;
    bool known = value->constant != NULL && value->constant->integers != NULL && value->constant->rank <= 1;
    out->state = known ? ONNX_LIST_KNOWN : ONNX_LIST_UNKNOWN;
    if (!known) return STATUS_OK;
    out->items = value->constant->integers;
    out->count = (size_t)value->constant->elements;
    return STATUS_OK;
}

Status onnx_read_axes(const OnnxGraph *graph, const OnnxNode *node, const OnnxList *list, int rank, bool *out) {
    memset(out, 0, ONNX_MAX_RANK * sizeof *out);
    for (size_t i = 0; i < list->count; i++) {
        int64_t axis = list->items[i];
        if (axis < -rank || axis >= rank || out[axis < 0 ? axis + rank : axis])
            return onnx_node_error(graph, node, "axis %lld is not one of %d dimensions, or named twice",
                                   (long long)axis, rank);
        out[axis < 0 ? axis + rank : axis] = true;
    }
    return STATUS_OK;
}

bool onnx_broadcast(const OnnxShape *a, const OnnxShape *b, OnnxShape *out) {
    OnnxShape shape = {.rank = a->rank > b->rank ? a->rank : b->rank};
    for (int i = 1; i <= shape.rank; i++) {
        int64_t extent_a = i <= a->rank ? a->dims[a->rank - i] : 1;
        int64_t extent_b = i <= b->rank ? b->dims[b->rank - i] : 1;
        if (extent_a != extent_b && extent_a != 1 && extent_b != 1) return false;
        shape.dims[shape.rank - i] = extent_a == 1 ? extent_b : extent_a;
    }
    *out = shape;
    return true;
}

/* Why the outputs of a node have no shape: what made an input unknown, or the node itself. */
static const char *find_reason(const OnnxGraph *graph, const OnnxNode *node, bool has_rule) {
    for (size_t i = 0; i < node->input_count; i++) {
        const OnnxValue *input = onnx_input(graph, node, i);
        if (input != NULL && !input->known) return input->unknown;
    }
    const char *what = has_rule ? "it depends on data" : "there is no rule for it";
    return arena_format(graph->context, "what node '%s' (%s) makes of shapes is not known: %s", node->name.name,
                        node->name.op, what);
}

/* Where nothing could be inferred, what the file declares holds; a file that contradicts its operators is wrong, but
 * harmless: tools that change the batch leave such declarations behind. */
static void settle(const OnnxGraph *graph, const OnnxNode *node, bool has_rule, bool *contradiction) {
    const char *reason = NULL;
    for (size_t i = 0; i < node->output_count; i++) {
        if (node->outputs[i] == ONNX_NONE) continue;
        OnnxValue *value = &graph->values[node->outputs[i]];
        if (!value->known && value->is_declared) {
            value->known = true;
            value->shape = value->declared;
        } else if (!value->known) {
            if (reason == NULL) reason = find_reason(graph, node, has_rule);
            value->unknown = reason;
        } else if (value->is_declared && !onnx_shape_equal(&value->shape, &value->declared) && !*contradiction) {
            *contradiction = true;
            diag_note(graph->context, "%s: '%s' is declared as %s, its operators give %s, which is used", graph->file,
                      onnx_value_name(graph, node->outputs[i]), onnx_shape_text(graph->context, &value->declared),
                      onnx_shape_text(graph->context, &value->shape));
        }
    }
}

Status onnx_infer_shapes(OnnxGraph *graph) {
    bool contradiction = false;
    for (size_t i = 0; i < graph->node_count; i++) {
        const OnnxNode *node = &graph->nodes[i];
        OnnxShapeRule *rule = find_rule(node);
        if (rule != NULL) TRY(rule(graph, node));
        settle(graph, node, rule != NULL, &contradiction);
        if (rule != NULL) onnx_evaluate(graph, node);
    }
    return STATUS_OK;
}
