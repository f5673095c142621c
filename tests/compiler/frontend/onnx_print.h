/* SPDX-License-Identifier: Apache-2.0 */
/* What was made of a model, as text for golden files. */
#ifndef SEPTET_TESTS_COMPILER_FRONTEND_ONNX_PRINT_H
#define SEPTET_TESTS_COMPILER_FRONTEND_ONNX_PRINT_H

#include "base/text.h"
#include "compiler/frontend/onnx.h"

/* Layers with their counts; the convolutions in order, with what each covers, reads and gives, and why it covers no
 * more; what is left out; the notes of the context. */
void onnx_print(const OnnxModel *model, Text *out);

#endif
