/* SPDX-License-Identifier: Apache-2.0 */
/* A filter that slides over the spatial dimensions of a tensor [n, c, spatial ...]: convolutions and pooling. */
#ifndef SEPTET_COMPILER_FRONTEND_ONNX_WINDOW_H
#define SEPTET_COMPILER_FRONTEND_ONNX_WINDOW_H

#include "compiler/frontend/onnx/attribute.h"

typedef enum OnnxWindowKind { ONNX_CONVOLUTION, ONNX_TRANSPOSED, ONNX_POOLING } OnnxWindowKind;

/* Reads strides, dilations, pads, auto_pad, and what else the kind has (output_padding, output_shape; ceil_mode); fills
 * in the dimensions for a filter of size `kernel`, output included; pad_end is left to problem_derive_padding.
 * STATUS_INVALID when an attribute is wrong or nothing is left of a dimension. */
Status onnx_read_window(const OnnxGraph *graph, const OnnxNode *node, OnnxWindowKind kind, const OnnxShape *input,
                        const int64_t *kernel, Dimension *out);

#endif
