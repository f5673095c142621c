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

enum { PROBLEM_MAX_SPATIAL = 3, PROBLEM_MAX_EPILOGUE = 8, LAYOUT_MAX_BLOCK = 1024 };

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
 * pad_end is derived, (output - 1) * stride + (kernel - 1) * dilation + 1 - input - pad_begin, and may be negative: the
 * last inputs are then not read (ResNet's strided 1x1 layers). Transposed: output o receives input i at tap t where
 * o = i * stride - pad_begin + t * dilation; pad_end follows likewise from the output size, output padding included. */
typedef struct Dimension {
    int64_t input, output, kernel, stride, dilation, pad_begin, pad_end;
} Dimension;

/* Where channels lie: NHWC, NCHW, or blocked NCHW<b>c. */
typedef enum LayoutOrder { LAYOUT_CHANNELS_LAST, LAYOUT_CHANNELS_FIRST, LAYOUT_CHANNELS_BLOCKED } LayoutOrder;

typedef struct ActivationLayout {
    LayoutOrder order;
    int64_t block; /* channels a block, 2..LAYOUT_MAX_BLOCK; 0 when not blocked */
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

/* The letters of dimension `index` (0 is the outermost) of a problem with `spatial` dimensions. */
typedef struct DimensionLetters {
    const char *input, *output, *kernel; /* "d z t", "h p r" or "w q s" */
} DimensionLetters;

DimensionLetters problem_letters(int spatial, int index);

/* Fills in pad_end of every dimension from the other fields. 0 where it would overflow: problem_check names the field
 * that is out of range. */
void problem_derive_padding(Problem *problem);

/* Output size of a dimension for given padding; <= 0 when the filter does not fit.
 *   floor((input + begin + end - ((kernel-1)*dilation+1)) / stride) + 1
 *   transposed: (input-1)*stride + (kernel-1)*dilation+1 - begin - end */
int64_t problem_output_extent(const Dimension *dimension, bool transposed, int64_t pad_begin, int64_t pad_end);

/* What makes a problem impossible. */
typedef struct ProblemFault {
    const char *field;   /* its key in the canonical text; "x" or "y" for a layout; NULL when it is no one field */
    const char *message; /* "c=64 is not divisible by g=3; ..." */
} ProblemFault;

/* Is the problem possible: sizes >= 1 and below the limits, g divides c and k, stride and dilation >= 1, outputs that
 * exist, an operand of the epilogue read once. The fault is in the arena: inside context_run. */
bool problem_find_fault(Context *context, const Problem *problem, ProblemFault *out);

/* The same as an error: STATUS_INVALID with a message that names the field by its letter. Inside context_run. */
Status problem_check(Context *context, const Problem *problem);

/* Can this version compile it? STATUS_UNSUPPORTED: "type bf16 of x is not supported in this version". */
Status problem_check_supported(Context *context, const Problem *problem);

/* The canonical text:
 *   conv2d n=1 g=1 c=64 h=56 w=56 k=64 p=56 q=56 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1
 *   type=f32,f32,f32 layout=nhwc,nhwc epilogue=bias,relu
 * on one line. pad: all begins, then all ends; type: x, weights, y; layout: x, y. conv1d has w, q, s alone; conv3d adds
 * d, z, t. Transposed: deconv2d. A layer without epilogue ends in "epilogue=none". Equal problems have equal texts. */
void problem_print(const Problem *problem, Text *text);

/* Reads the canonical text; the inverse of problem_print. Errors carry their place. */
Status problem_parse(Context *context, const Source *source, Problem *out);

/* Does the epilogue have this operation? */
bool problem_has(const Problem *problem, EpilogueKind kind);

/* "bias" and how many parameters; whether compared bit for bit, and compiled by this version. */
const char *epilogue_name(EpilogueKind kind);
bool epilogue_find(const char *word, size_t length, EpilogueKind *out);
int epilogue_parameters(EpilogueKind kind);
bool epilogue_is_exact(EpilogueKind kind);
bool epilogue_is_supported(EpilogueKind kind);

/* Outputs, n * k * p * q: elements of y without the filling of a blocked layout. */
int64_t problem_output_count(const Problem *problem);

/* Elements in memory of x, the weights and y (a last block of channels is filled up, nothing else), and
 * flops = 2 * multiplications of taps that are not in the padding. */
int64_t problem_x_elements(const Problem *problem);
int64_t problem_w_elements(const Problem *problem);
int64_t problem_y_elements(const Problem *problem);
double problem_flops(const Problem *problem);

/* Physical element offset of (image, channel in total, position[spatial]) of x or y in the problem's layout. */
int64_t problem_x_offset(const Problem *problem, int64_t n, int64_t c, const int64_t *position);
int64_t problem_y_offset(const Problem *problem, int64_t n, int64_t k, const int64_t *position);

/* Is the element at this offset of x or y filling: a place for a channel from c, from k on, in the last block of a
 * blocked layout? The filling of x and of a residual is never read; that of y is written with zeros, as oneDNN asks of
 * all who write its blocked tensors. */
bool problem_x_is_filling(const Problem *problem, int64_t offset);
bool problem_y_is_filling(const Problem *problem, int64_t offset);

/* Reads a layout in any case: "nhwc", "NCHW", "nChw16c", or with oneDNN's letters "acdb", "abcd", "aBcd16b"; likewise
 * "nwc", "ndhwc" … for other ranks. Prints the first of these spellings. */
bool layout_parse(const char *text, size_t length, int spatial, ActivationLayout *out);
void layout_print(ActivationLayout layout, int spatial, Text *text);

#endif
