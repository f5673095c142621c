/* SPDX-License-Identifier: Apache-2.0 */
/* The geometry of a problem: defaults, derived padding, sizes of tensors.
 *
 * One relation ties each dimension's fields together. Position a of the strided side (the output; of a transposed
 * convolution the input) and tap t meet position b of the other side when
 *     b = a * stride + t * dilation - pad_begin,
 * so the strided side with its taps spans (strided - 1) * stride + (kernel - 1) * dilation + 1 positions, and the other
 * side with its padding must be as long. */
#include "ir/problem.h"

#include "base/integer.h"

#include <assert.h>

Problem problem_default(int spatial) {
    assert(spatial >= 1 && spatial <= PROBLEM_MAX_SPATIAL);
    Problem problem = {.spatial = spatial, .n = 1, .g = 1, .c = 1, .k = 1};
    for (int i = 0; i < spatial; i++)
        problem.dimension[i] = (Dimension){.input = 1, .output = 1, .kernel = 1, .stride = 1, .dilation = 1};
    problem.x_type = problem.w_type = problem.y_type = TYPE_F32;
    problem.x_layout = problem.y_layout = (ActivationLayout){.order = LAYOUT_CHANNELS_LAST};
    return problem;
}

DimensionLetters problem_letters(int spatial, int index) {
    static const DimensionLetters letters[PROBLEM_MAX_SPATIAL] = {{"d", "z", "t"}, {"h", "p", "r"}, {"w", "q", "s"}};
    assert(index >= 0 && index < spatial && spatial <= PROBLEM_MAX_SPATIAL);
    return letters[PROBLEM_MAX_SPATIAL - spatial + index];
}

/* (count - 1) * step + 1: positions from the first to the last of `count`, `step` apart. False on overflow. */
static bool span(int64_t count, int64_t step, int64_t *out) {
    int64_t gaps;
    return !__builtin_sub_overflow(count, 1, &gaps) && !__builtin_mul_overflow(gaps, step, &gaps) &&
           !__builtin_add_overflow(gaps, 1, out);
}

/* Positions of the unstrided side, padding included. False on overflow. */
static bool padded_extent(const Dimension *dimension, int64_t strided, int64_t *out) {
    int64_t positions, filter;
    return span(strided, dimension->stride, &positions) && span(dimension->kernel, dimension->dilation, &filter) &&
           !__builtin_add_overflow(positions, filter - 1, out);
}

void problem_derive_padding(Problem *problem) {
    for (int i = 0; i < problem->spatial; i++) {
        Dimension *dimension = &problem->dimension[i];
        int64_t strided = problem->transposed ? dimension->input : dimension->output;
        int64_t unstrided = problem->transposed ? dimension->output : dimension->input;
        int64_t end;
        bool fits = padded_extent(dimension, strided, &end) && !__builtin_sub_overflow(end, unstrided, &end) &&
                    !__builtin_sub_overflow(end, dimension->pad_begin, &end);
        dimension->pad_end = fits ? end : 0;
    }
}

int64_t problem_output_extent(const Dimension *dimension, bool transposed, int64_t pad_begin, int64_t pad_end) {
    int64_t extent, filter;
    if (transposed) {
        bool fits = padded_extent(dimension, dimension->input, &extent) &&
                    !__builtin_sub_overflow(extent, pad_begin, &extent) &&
                    !__builtin_sub_overflow(extent, pad_end, &extent);
        return fits ? extent : 0;
    }
    bool fits = span(dimension->kernel, dimension->dilation, &filter) &&
                !__builtin_add_overflow(dimension->input, pad_begin, &extent) &&
                !__builtin_add_overflow(extent, pad_end, &extent) && !__builtin_sub_overflow(extent, filter, &extent);
    return fits && dimension->stride > 0 ? integer_floor_div(extent, dimension->stride) + 1 : 0;
}

/* Channels of a tensor in memory: whole blocks. */
static int64_t stored_channels(ActivationLayout layout, int64_t channels) {
    if (layout.order != LAYOUT_CHANNELS_BLOCKED) return channels;
    return (channels + layout.block - 1) / layout.block * layout.block;
}

int64_t problem_x_elements(const Problem *problem) {
    int64_t elements = problem->n * stored_channels(problem->x_layout, problem->c);
    for (int i = 0; i < problem->spatial; i++) elements *= problem->dimension[i].input;
    return elements;
}

int64_t problem_w_elements(const Problem *problem) {
    int64_t elements = problem->c / problem->g * problem->k;
    for (int i = 0; i < problem->spatial; i++) elements *= problem->dimension[i].kernel;
    return elements;
}

/* Positions of one channel of y in one image. */
static int64_t output_positions(const Problem *problem) {
    int64_t positions = 1;
    for (int i = 0; i < problem->spatial; i++) positions *= problem->dimension[i].output;
    return positions;
}

int64_t problem_y_elements(const Problem *problem) {
    return problem->n * stored_channels(problem->y_layout, problem->k) * output_positions(problem);
}

int64_t problem_output_count(const Problem *problem) {
    return problem->n * problem->k * output_positions(problem);
}
