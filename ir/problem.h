/* SPDX-License-Identifier: Apache-2.0 */
/* A problem: what is computed, and nothing about how. One convolution of 1 to 3 spatial dimensions with its types,
 * layouts and epilogue. Its canonical text is the key of everything that is remembered about it. */
#ifndef SEPTET_IR_PROBLEM_H
#define SEPTET_IR_PROBLEM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/context.h"
#include "base/text.h"
#include "ir/types.h"

enum { PROBLEM_MAX_SPATIAL = 3, PROBLEM_MAX_EPILOGUE = 8 };

/* No dimension reaches 2^31, no tensor 2^48 elements: sums and products of offsets cannot overflow int64_t. */
#define PROBLEM_MAX_EXTENT ((int64_t)INT32_MAX)
#define PROBLEM_MAX_ELEMENTS ((int64_t)1 << 48)

typedef enum EpilogueKind {
#define EPILOGUE(id, word, parameters, exact, supported) EPILOGUE_##id,
#include "ir/epilogues.def"
#undef EPILOGUE
    EPILOGUE_COUNT
} EpilogueKind;

typedef struct EpilogueOp {
    EpilogueKind kind;
    double parameters[2];
} EpilogueOp;

/* One spatial dimension. Output o reads inputs o * stride - pad_begin + tap * dilation (dilation 1 = dense).
 * pad_end is derived, (output - 1) * stride + (kernel - 1) * dilation + 1 - input - pad_begin, and may be negative: the last inputs are
 * then not read (ResNet's strided 1x1 layers). Transposed: output o receives input i at tap t where
 * o = i * stride - pad_begin + t * dilation; pad_end follows likewise from the output size, output padding included. */
typedef struct Dimension {
    int64_t input, output, kernel, stride, dilation, pad_begin, pad_end;
} Dimension;

/* Where channels lie: NHWC, NCHW, or blocked NCHW<b>c. */
typedef enum LayoutOrder { LAYOUT_CHANNELS_LAST, LAYOUT_CHANNELS_FIRST, LAYOUT_CHANNELS_BLOCKED } LayoutOrder;

typedef struct ActivationLayout {
    LayoutOrder order;
    int64_t block; /* channels a block, LAYOUT_CHANNELS_BLOCKED only, else 0 */
} ActivationLayout;

typedef struct Problem {
    int spatial;                              /* 1, 2 or 3 */
    bool transposed;                          /* weights are CKRS then */
    int64_t n, g;                             /* batch, groups */
    int64_t c, k;                             /* input and output channels, totals over groups */
    Dimension dimension[PROBLEM_MAX_SPATIAL]; /* outermost first: [d] [h] w */
    ScalarType x_type, w_type, y_type;
    ActivationLayout x_layout, y_layout;
    int epilogue_count;
    EpilogueOp epilogue[PROBLEM_MAX_EPILOGUE];
} Problem;

/* A problem with its name in a network. */
typedef struct Layer {
    const char *name; /* as the user wrote it; "" when unnamed */
    int64_t count;    /* how often it occurs, >= 1 */
    Problem problem;
    const Source *source; /* where it was read */
    size_t offset;
} Layer;

typedef struct LayerList {
    const Layer *items;
    size_t count;
} LayerList;

/* A 2-D f32 NHWC problem with every size 1, stride 1, no padding, no epilogue: to fill in. */
Problem problem_default(int spatial);

/* Fills in pad_end of every dimension from the other fields. */
void problem_derive_padding(Problem *problem);

/* Output size for given padding: floor((input + begin + end - ((kernel-1)*dilation+1)) / stride) + 1; may be <= 0. */
int64_t problem_output_extent(const Dimension *dimension, int64_t pad_begin, int64_t pad_end);

/* Is the problem possible: sizes >= 1 and below the limits, g divides c and k, stride and dilation >= 1, outputs that
 * exist, epilogue words once each where that matters. STATUS_INVALID with a message that names the field by its letter. */
Status problem_check(Context *context, const Problem *problem);

/* Can this version compile it? STATUS_UNSUPPORTED: "transposed convolution is not supported in this version". */
Status problem_check_supported(Context *context, const Problem *problem);

/* The canonical text:
 *   conv2d n=1 g=1 c=64 h=56 w=56 k=64 p=56 q=56 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 layout=nhwc,nhwc epilogue=bias,relu
 * pad: all begins, then all ends. conv1d has w, q, s alone; conv3d adds d, z, t. Transposed: deconv2d. A layer without epilogue ends
 * in "epilogue=none". Equal problems have equal texts. */
void problem_print(const Problem *problem, Text *text);

/* Reads the canonical text; the inverse of problem_print. Errors carry their place. */
Status problem_parse(Context *context, const Source *source, Problem *out);

/* Does the epilogue have this operation? */
bool problem_has(const Problem *problem, EpilogueKind kind);

/* "bias" and how many parameters; whether compared bit for bit. */
const char *epilogue_name(EpilogueKind kind);
bool epilogue_find(const char *word, size_t length, EpilogueKind *out);
int epilogue_parameters(EpilogueKind kind);
bool epilogue_is_exact(EpilogueKind kind);

/* Elements of x, the weights, y (without slack), and flops = 2 * multiplications of taps that are not in the padding. */
int64_t problem_x_elements(const Problem *problem);
int64_t problem_w_elements(const Problem *problem);
int64_t problem_y_elements(const Problem *problem);
double problem_flops(const Problem *problem);

/* Physical element offset of (image, channel in total, position[spatial]) of x or y in the problem's layout. */
int64_t problem_x_offset(const Problem *problem, int64_t n, int64_t c, const int64_t *position);
int64_t problem_y_offset(const Problem *problem, int64_t n, int64_t k, const int64_t *position);

/* Reads "nhwc", "NCHW", "acdb", "nChw16c" …; prints the lower-case spelling. */
bool layout_parse(const char *text, size_t length, int spatial, ActivationLayout *out);
void layout_print(ActivationLayout layout, int spatial, Text *text);

#endif
