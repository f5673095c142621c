/* SPDX-License-Identifier: Apache-2.0 */
/* Printing a model. */
#include "tests/compiler/frontend/onnx_print.h"

static void print_convolution(const OnnxConvolution *convolution, Text *out) {
    text_add(out, "    %zu:", convolution->layer);
    for (size_t i = 0; i < convolution->node_count; i++)
        text_add(out, " %s(%s)", convolution->nodes[i].op, convolution->nodes[i].name);
    text_add(out, "; x %s, w %s", convolution->x, convolution->w);
    if (convolution->bias != NULL) text_add(out, ", bias %s", convolution->bias);
    if (convolution->residual != NULL) text_add(out, ", residual %s", convolution->residual);
    text_add(out, " -> %s; %s\n", convolution->y, convolution->stopped);
}

void onnx_print(const OnnxModel *model, Text *out) {
    for (size_t i = 0; i < model->layers.count; i++) {
        const Layer *layer = &model->layers.items[i];
        text_add(out, "%s x%lld ", layer->name, (long long)layer->count);
        problem_print(&layer->problem, out);
        text_add(out, "\n");
    }
    for (size_t i = 0; i < model->convolution_count; i++) print_convolution(&model->convolutions[i], out);
    for (size_t i = 0; i < model->left_out_count; i++)
        text_add(out, "left out %s (%s): %s\n", model->left_out[i].node.name, model->left_out[i].node.op,
                 model->left_out[i].reason);
    const char *note;
    for (size_t i = 0; (note = diag_note_get(out->context, i)) != NULL; i++) text_add(out, "note %s\n", note);
}
