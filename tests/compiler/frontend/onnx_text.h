/* SPDX-License-Identifier: Apache-2.0 */
/* Models written as text, so that a test shows what it reads. One line each, '#' starts a comment:
 *
 *     function NAME Op                               a function of the model with one node, Op
 *     opset 13                                       also: opset DOMAIN 1
 *     input x float [n, 3, 8, 8]                     a name or ? for an open dimension; "input x" alone: no type
 *     output y                                       likewise
 *     value v float [1, 8, 6, 6]                     value_info
 *     initializer w float [8, 3, 3, 3]               values follow a pattern; or "= 1, -0.5", repeated to fill
 *     initializer w float16 raw [2] = 1, 2           raw: raw_data; otherwise the list of the type
 *     initializer w float external $0 8 16 [4]       in a file: location, offset, length (-1: left out)
 *     c1: y = Conv(x, w, b) strides=[1, 1] group=2 auto_pad=SAME_UPPER alpha=0.5 in=DOMAIN
 *     : y, z = Split(x)                              a node without a name
 *     i: y = If(c) then_branch=(v, w)                a subgraph with a node that reads v and w; also Op(v, w)
 *
 * $0, $1 ... stand for strings that the tokenizer does not know; they may be any name here. */
#ifndef SEPTET_TESTS_COMPILER_FRONTEND_ONNX_TEXT_H
#define SEPTET_TESTS_COMPILER_FRONTEND_ONNX_TEXT_H

#include <stdbool.h>

#include "tests/compiler/frontend/onnx_bytes.h"

/* The bytes of the model, as a source called "net.onnx". Fails the test when the text is malformed. */
const Source *onnx_from_text(Context *context, const char *text, const char *const *strings);

/* Is ONNX left out of this build? Says so, for a test program to skip itself. */
bool onnx_is_absent(void);

#endif
