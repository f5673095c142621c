/* SPDX-License-Identifier: Apache-2.0 */
/* ONNX models: what is read are possible problems; convolutions, layers and inputs belong together. With and without
 * the values of weights. */
#include "compiler/frontend/onnx.h"
#include "tests/fuzz/fuzz.h"

static Status check_model(Context *context, const OnnxModel *model) {
    for (size_t i = 0; i < model->layers.count; i++) {
        if (problem_check(context, &model->layers.items[i].problem) != STATUS_OK)
            return diag_error(context, STATUS_WRONG, "an impossible problem was read: %s", diag_message(context));
    }
    for (size_t i = 0; i < model->convolution_count; i++) {
        const OnnxConvolution *convolution = &model->convolutions[i];
        if (convolution->layer >= model->layers.count || convolution->node_count == 0)
            return diag_error(context, STATUS_WRONG, "convolution %zu has no layer or no node", i);
    }
    return STATUS_OK;
}

Status fuzz_input(Context *context, const Source *input) {
    const OnnxModel *model = NULL;
    OnnxOptions options = {.weights = true};
    if (onnx_read(context, input, NULL, &options, &model) == STATUS_OK) TRY(check_model(context, model));
    options.weights = false;
    TRY(onnx_read(context, input, NULL, &options, &model));
    return check_model(context, model);
}
