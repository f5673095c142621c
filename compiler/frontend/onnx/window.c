/* SPDX-License-Identifier: Apache-2.0 */
/* Sliding filters: padding and sizes as ONNX's Conv, ConvTranspose and pooling operators define them.
 *
 *     span = (kernel - 1) * dilation + 1
 *     explicit     out = floor((in + begin + end - span) / stride) + 1          ceil with ceil_mode
 *     SAME         out = ceil(in / stride),    begin + end = (out - 1) * stride + span - in
 *     transposed   out = (in - 1) * stride + span + output_padding - begin - end
 *     ... SAME     out = in * stride, or output_shape; begin + end follow
 * A total that is odd gives its rest to the end for SAME_UPPER, to the beginning otherwise (ConvTranspose with
 * output_shape and no auto_pad included); a negative total is none, and more output at the end. */
#include "compiler/frontend/onnx/window.h"

#include <string.h>

typedef enum AutoPad { AUTO_PAD_NONE, AUTO_PAD_VALID, AUTO_PAD_UPPER, AUTO_PAD_LOWER } AutoPad;

enum { MAX_SPATIAL = ONNX_MAX_RANK - 2 };

/* The attributes, one for each spatial dimension. */
typedef struct Window {
    OnnxWindowKind kind;
    AutoPad auto_pad;
    bool ceil_mode;
    size_t spatial;
    int64_t strides[MAX_SPATIAL], dilations[MAX_SPATIAL], pads[2 * MAX_SPATIAL], output_padding[MAX_SPATIAL];
    const int64_t *output_shape; /* NULL when it is not given */
} Window;

static Status read_auto_pad(const OnnxGraph *graph, const OnnxNode *node, AutoPad *out) {
    static const struct {
        const char *word;
        AutoPad value;
    } words[] = {{"NOTSET", AUTO_PAD_NONE},
                 {"", AUTO_PAD_NONE},
                 {"VALID", AUTO_PAD_VALID},
                 {"SAME_UPPER", AUTO_PAD_UPPER},
                 {"SAME_LOWER", AUTO_PAD_LOWER}};
    const char *word;
    TRY(onnx_attribute_string(graph, node, "auto_pad", "NOTSET", &word));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i].word) != 0) continue;
        *out = words[i].value;
        return STATUS_OK;
    }
    return onnx_node_error(graph, node, "attribute 'auto_pad' is '%s'; there are NOTSET, VALID, SAME_UPPER, SAME_LOWER",
                           onnx_shown(graph->context, word));
}

/* output_shape is that of the spatial dimensions; old exporters put batch and channels before it. */
static Status read_output_shape(const OnnxGraph *graph, const OnnxNode *node, Window *window) {
    const int64_t *list;
    size_t count;
    TRY(onnx_attribute_list(graph, node, "output_shape", &list, &count));
    if (list == NULL) return STATUS_OK;
    if (count != window->spatial && count != window->spatial + 2)
        return onnx_node_error(graph, node, "attribute 'output_shape' has %zu values where %zu are needed", count,
                               window->spatial);
    window->output_shape = list + (count - window->spatial);
    for (size_t i = 0; i < window->spatial; i++) {
        if (window->output_shape[i] < 1 || window->output_shape[i] > PROBLEM_MAX_EXTENT)
            return onnx_node_error(graph, node, "attribute 'output_shape' has the value %lld",
                                   (long long)window->output_shape[i]);
    }
    return STATUS_OK;
}

static Status read_attributes(const OnnxGraph *graph, const OnnxNode *node, Window *window) {
    size_t spatial = window->spatial;
    TRY(read_auto_pad(graph, node, &window->auto_pad));
    TRY(onnx_attribute_integers(graph, node, "strides", spatial, 1, 1, window->strides));
    TRY(onnx_attribute_integers(graph, node, "dilations", spatial, 1, 1, window->dilations));
    TRY(onnx_attribute_integers(graph, node, "pads", 2 * spatial, 0, 0, window->pads));
    if (window->auto_pad != AUTO_PAD_NONE) memset(window->pads, 0, sizeof window->pads);
    int64_t ceil_mode = 0;
    if (window->kind == ONNX_POOLING) TRY(onnx_attribute_integer(graph, node, "ceil_mode", 0, &ceil_mode));
    window->ceil_mode = ceil_mode != 0;
    if (window->kind != ONNX_TRANSPOSED) return STATUS_OK;
    TRY(onnx_attribute_integers(graph, node, "output_padding", spatial, 0, 0, window->output_padding));
    return read_output_shape(graph, node, window);
}

/* Splits the padding that makes up for the difference between what would be and what is wanted. */
static int64_t begin_of_total(const Window *window, int64_t total) {
    if (total < 0) total = 0;
    return window->auto_pad == AUTO_PAD_UPPER ? total / 2 : total - total / 2;
}

static int64_t ceil_divide(int64_t a, int64_t divisor) {
    return a / divisor + (a % divisor > 0);
}

static void solve_transposed(const Window *window, size_t i, Dimension *dimension) {
    int64_t begin = window->pads[i], end = window->pads[window->spatial + i];
    bool same = window->auto_pad == AUTO_PAD_UPPER || window->auto_pad == AUTO_PAD_LOWER;
    if (!same && window->output_shape == NULL) {
        dimension->pad_begin = begin;
        dimension->output = problem_output_extent(dimension, true, begin, end) + window->output_padding[i];
        return;
    }
    int64_t full = problem_output_extent(dimension, true, 0, 0) + window->output_padding[i];
    dimension->output = window->output_shape != NULL ? window->output_shape[i] : dimension->input * dimension->stride;
    dimension->pad_begin = begin_of_total(window, full - dimension->output);
}

/* Rounding up may add a window that begins behind the last element: it would see nothing but padding. */
static int64_t ceil_output(const Dimension *dimension, int64_t begin, int64_t end) {
    int64_t output = problem_output_extent(dimension, false, begin, end + dimension->stride - 1);
    bool sees_nothing = (output - 1) * dimension->stride >= dimension->input + begin;
    return sees_nothing ? output - 1 : output;
}

static void solve(const Window *window, size_t i, Dimension *dimension) {
    int64_t begin = window->pads[i], end = window->pads[window->spatial + i];
    if (window->auto_pad == AUTO_PAD_UPPER || window->auto_pad == AUTO_PAD_LOWER) {
        int64_t span = (dimension->kernel - 1) * dimension->dilation + 1;
        dimension->output = ceil_divide(dimension->input, dimension->stride);
        int64_t total = (dimension->output - 1) * dimension->stride + span - dimension->input;
        dimension->pad_begin = begin_of_total(window, total);
        return;
    }
    dimension->pad_begin = begin;
    dimension->output =
        window->ceil_mode ? ceil_output(dimension, begin, end) : problem_output_extent(dimension, false, begin, end);
}

Status onnx_read_window(const OnnxGraph *graph, const OnnxNode *node, OnnxWindowKind kind, const OnnxShape *input,
                        const int64_t *kernel, Dimension *out) {
    Window window = {.kind = kind, .spatial = (size_t)input->rank - 2};
    TRY(read_attributes(graph, node, &window));
    for (size_t i = 0; i < window.spatial; i++) {
        out[i] = (Dimension){.input = input->dims[i + 2], .kernel = kernel[i]};
        out[i].stride = window.strides[i];
        out[i].dilation = window.dilations[i];
        if (kind == ONNX_TRANSPOSED) {
            solve_transposed(&window, i, &out[i]);
        } else {
            solve(&window, i, &out[i]);
        }
        if (out[i].output < 1 || out[i].output > PROBLEM_MAX_EXTENT)
            return onnx_node_error(graph, node, "spatial dimension %zu of its output would have the size %lld", i,
                                   (long long)out[i].output);
    }
    return STATUS_OK;
}
