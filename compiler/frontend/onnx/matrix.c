/* SPDX-License-Identifier: Apache-2.0 */
/* Gemm and MatMul with constant weights: y[m, k] = alpha * x[m, c] * w[c, k] + beta * operand. The rows are the pixels
 * of an image of height 1, channels-last; x transposed is the same image channels-first. All dimensions of x before the
 * last two are rows as well.
 *
 * The operand is a bias when it is the same for all rows, else a residual. */
#include <string.h>

#include "compiler/frontend/onnx/shape.h"
#include "compiler/frontend/onnx/task.h"

typedef struct Product {
    int64_t rows, c, k;
    bool x_transposed, w_transposed; /* x is [c, m], w is [k, c] */
    double alpha, beta;
} Product;

static Status shapes_do_not_fit(const OnnxGraph *graph, const OnnxNode *node, const OnnxShape *a, const OnnxShape *b) {
    return onnx_node_error(graph, node, "matrices of shape %s and %s cannot be multiplied",
                           onnx_shape_text(graph->context, a), onnx_shape_text(graph->context, b));
}

static Status read_gemm(const OnnxGraph *graph, const OnnxNode *node, const OnnxShape *a, const OnnxShape *b,
                        Product *out) {
    int64_t x_transposed, w_transposed;
    TRY(onnx_attribute_integer(graph, node, "transA", 0, &x_transposed));
    TRY(onnx_attribute_integer(graph, node, "transB", 0, &w_transposed));
    TRY(onnx_attribute_number(graph, node, "alpha", 1, &out->alpha));
    TRY(onnx_attribute_number(graph, node, "beta", 1, &out->beta));
    out->x_transposed = x_transposed != 0;
    out->w_transposed = w_transposed != 0;
    if (a->rank != 2 || b->rank != 2) return shapes_do_not_fit(graph, node, a, b);
    out->rows = a->dims[out->x_transposed];
    out->c = a->dims[!out->x_transposed];
    out->k = b->dims[!out->w_transposed];
    return out->c == b->dims[out->w_transposed] ? STATUS_OK : shapes_do_not_fit(graph, node, a, b);
}

Status onnx_shape_gemm(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *a = onnx_input_shape(graph, node, 0), *b = onnx_input_shape(graph, node, 1);
    if (a == NULL || b == NULL) return STATUS_OK;
    Product product;
    TRY(read_gemm(graph, node, a, b, &product));
    OnnxShape shape = {.rank = 2, .dims = {product.rows, product.k}};
    onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}

/* As numpy.matmul: a vector is a matrix of one row (or column) that is dropped again; what is in front broadcasts. */
Status onnx_shape_matmul(OnnxGraph *graph, const OnnxNode *node) {
    const OnnxShape *a = onnx_input_shape(graph, node, 0), *b = onnx_input_shape(graph, node, 1);
    if (a == NULL || b == NULL) return STATUS_OK;
    if (a->rank < 1 || b->rank < 1) return shapes_do_not_fit(graph, node, a, b);
    int64_t inner = b->dims[b->rank > 1 ? b->rank - 2 : 0];
    OnnxShape front_a = *a, front_b = *b, shape;
    front_a.rank = a->rank > 2 ? a->rank - 2 : 0;
    front_b.rank = b->rank > 2 ? b->rank - 2 : 0;
    if (a->dims[a->rank - 1] != inner || !onnx_broadcast(&front_a, &front_b, &shape))
        return shapes_do_not_fit(graph, node, a, b);
    if (a->rank > 1) shape.dims[shape.rank++] = a->dims[a->rank - 2];
    if (b->rank > 1) shape.dims[shape.rank++] = b->dims[b->rank - 1];
    onnx_set_shape(graph, node, 0, &shape);
    return STATUS_OK;
}

/* The product of a matrix, or a stack of them, with one matrix of weights. */
static void read_matmul(const OnnxShape *a, const OnnxShape *b, Product *out) {
    *out = (Product){.rows = 1, .c = b->dims[0], .k = b->dims[1], .alpha = 1};
    for (int i = 0; i < a->rank - 1; i++) out->rows *= a->dims[i];
}

static const char *find_obstacle(const OnnxGraph *graph, const OnnxNode *node) {
    for (size_t i = 0; i < 2; i++) {
        const OnnxValue *value = onnx_input(graph, node, i);
        if (!value->known)
            return arena_format(graph->context, "the shape of its operand '%s' is not known: %s",
                                onnx_value_name(graph, node->inputs[i]), value->unknown);
    }
    const OnnxValue *w = onnx_input(graph, node, 1);
    if (w->constant == NULL)
        return arena_format(graph->context, "its second operand '%s' is not constant",
                            onnx_value_name(graph, node->inputs[1]));
    if (onnx_input(graph, node, 0)->constant != NULL) return "it does not depend on the inputs of the model";
    if (w->shape.rank != 2) return "its weights are not one matrix";
    return NULL;
}

/* Takes the third operand of a Gemm as bias or residual; a reason when it is neither. */
static Status take_operand(const OnnxGraph *graph, OnnxTask *task, const Product *product, const char **left_out) {
    const OnnxNode *node = task->node;
    const OnnxValue *operand = onnx_input(graph, node, 2);
    if (operand == NULL || product->beta == 0) return STATUS_OK;
    OnnxShape y = {.rank = 2, .dims = {product->rows, product->k}}, both;
    if (!operand->known) *left_out = arena_format(graph->context, "the shape of its third operand is not known");
    if (!operand->known) return STATUS_OK;
    if (!onnx_broadcast(&y, &operand->shape, &both) || !onnx_shape_equal(&y, &both))
        return onnx_node_error(graph, node, "its third operand has the shape %s, the product %s",
                               onnx_shape_text(graph->context, &operand->shape), onnx_shape_text(graph->context, &y));
    int rank = operand->shape.rank;
    bool rows_equal = rank < 2 || operand->shape.dims[0] == 1;
    bool whole = rank > 0 && operand->shape.dims[rank - 1] == product->k;
    if (operand->constant == NULL && (product->beta != 1 || !whole)) {
        *left_out = "its third operand is not constant, and would have to be multiplied or repeated";
        return STATUS_OK;
    }
    task->operand_factor = product->beta;
    if (rows_equal) {
        task->bias = node->inputs[2];
        onnx_add_bias(task);
    } else {
        task->residual = node->inputs[2];
        onnx_add_word(task, EPILOGUE_ADD, 0, 0);
    }
    return STATUS_OK;
}

Status onnx_matrix_task(const OnnxGraph *graph, const OnnxNode *node, OnnxTask *out, const char **left_out) {
    if (onnx_input(graph, node, 0) == NULL || onnx_input(graph, node, 1) == NULL)
        return onnx_node_error(graph, node, "it needs two operands");
    *left_out = find_obstacle(graph, node);
    if (*left_out != NULL) return STATUS_OK;
    const OnnxShape *a = onnx_input_shape(graph, node, 0), *b = onnx_input_shape(graph, node, 1);
    Product product;
    bool gemm = strcmp(node->name.op, "Gemm") == 0;
    if (gemm) TRY(read_gemm(graph, node, a, b, &product));
    if (!gemm) read_matmul(a, b, &product);
    *out = onnx_task_new(graph, node, 2);
    Problem *problem = &out->problem;
    problem->c = product.c;
    problem->k = product.k;
    problem->dimension[1].input = problem->dimension[1].output = product.rows;
    if (product.x_transposed) problem->x_layout.order = LAYOUT_CHANNELS_FIRST;
    out->x = node->inputs[0];
    out->w = node->inputs[1];
    out->channel_axis = gemm ? 1 : a->rank - 1;
    out->w_swapped = !product.w_transposed;
    out->w_factor = product.alpha;
    if (gemm) TRY(take_operand(graph, out, &product, left_out));
    onnx_take_type(graph, out, left_out);
    return onnx_check_problem(graph, out);
}
