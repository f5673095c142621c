/* SPDX-License-Identifier: Apache-2.0 */
/* The work of a problem: products of taps that are not in the padding.
 *
 * Along one dimension, output a and tap t meet input a*stride + t*dilation - pad_begin (ir/problem.c). The pairs that
 * meet a position inside the image are lattice points between two lines, and points below a line are counted without
 * looking at each: filters and images may have 2^31 - 1 rows. */
#include "ir/problem.h"

#include "base/integer.h"

/* The sum of (slope*i + start) div divisor over i in 0 .. count-1, all >= 0, in O(log divisor) like Euclid's algorithm:
 * whole multiples of the divisor are taken out, then the points below the line are counted along the other axis. */
static int64_t sum_of_quotients(int64_t count, int64_t slope, int64_t start, int64_t divisor) {
    int64_t sum = 0;
    for (;;) {
        sum += count * (count - 1) / 2 * (slope / divisor) + count * (start / divisor);
        slope %= divisor;
        start %= divisor;
        int64_t end = slope * count + start;
        if (end < divisor) return sum;
        count = end / divisor;
        start = end % divisor;
        int64_t swap = slope;
        slope = divisor;
        divisor = swap;
    }
}

/* Pairs of a in 0 .. strided-1 and a tap with a * stride + tap * dilation <= limit. */
static int64_t pairs_up_to(const Dimension *dimension, int64_t strided, int64_t limit) {
    if (limit < 0 || strided < 1) return 0;
    int64_t taps = integer_min(dimension->kernel, limit / dimension->dilation + 1); /* that pair with a = 0 */
    int64_t room = limit - (strided - 1) * dimension->stride;
    int64_t full = room < 0 ? 0 : integer_min(taps, room / dimension->dilation + 1); /* that pair with every a */
    int64_t rest = taps - full, last = limit - (taps - 1) * dimension->dilation;
    return full * strided + rest + sum_of_quotients(rest, dimension->dilation, last, dimension->stride);
}

/* Pairs of output and tap, or of input and tap, that are not in the padding. */
static int64_t valid_taps(const Dimension *dimension, bool transposed) {
    int64_t strided = transposed ? dimension->input : dimension->output;
    int64_t unstrided = transposed ? dimension->output : dimension->input;
    return pairs_up_to(dimension, strided, dimension->pad_begin + unstrided - 1) -
           pairs_up_to(dimension, strided, dimension->pad_begin - 1);
}

double problem_flops(const Problem *problem) {
    int64_t group_c = problem->c / problem->g;
    double flops = 2.0 * (double)problem->n * (double)problem->k * (double)group_c;
    for (int i = 0; i < problem->spatial; i++) flops *= (double)valid_taps(&problem->dimension[i], problem->transposed);
    return flops;
}
