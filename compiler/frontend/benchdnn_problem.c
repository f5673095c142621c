/* SPDX-License-Identifier: Apache-2.0 */
/* What the numbers of a benchdnn descriptor mean together: the rules of oneDNN's tests/benchdnn (doc/driver_conv.md).
 *
 *     default       g 1, mb 2, stride 1, dilation 0 (counted from 0: 0 is dense)
 *     dimensions    of depth, height, width those that have a size; with depth alone a cube, with height alone a square
 *     no output     pad 0 unless given, on both sides; output = floor((i - ((k-1)(d+1)+1) + 2 pad) / s) + 1
 *     no padding    pad = ((o-1) s - i + (k-1)(d+1)+1) / 2, rounded towards 0
 *     deconvolution input and output change places in these rules
 *     at the end    what output and padding at the beginning leave: (o-1) s - i + (k-1)(d+1)+1 - pad */
#include "compiler/frontend/benchdnn.h"

typedef struct Resolver {
    Context *context;
    const Source *source;
    Descriptor *descriptor;
} Resolver;

static Status fail(const Resolver *resolver, const char *message) {
    return diag_error_at(resolver->context, STATUS_INVALID, resolver->source, resolver->descriptor->places.start, "%s",
                         message);
}

/* A number of one dimension (0 depth, 1 height, 2 width), or `other` when it was not written. */
static int64_t number_or(const Descriptor *descriptor, DescriptorNumber number, int dimension, int64_t other) {
    int64_t value = descriptor->numbers[(int)number + dimension];
    return value >= 0 ? value : other;
}

/* Sizes are written, and not merely the defaults. */
static bool has_dimension(const Descriptor *descriptor, int dimension) {
    return number_or(descriptor, DESCRIPTOR_INPUT, dimension, 0) > 0 ||
           number_or(descriptor, DESCRIPTOR_OUTPUT, dimension, 0) > 0 ||
           number_or(descriptor, DESCRIPTOR_KERNEL, dimension, 0) > 0 ||
           number_or(descriptor, DESCRIPTOR_DILATION, dimension, 0) > 0 ||
           number_or(descriptor, DESCRIPTOR_STRIDE, dimension, 1) != 1 ||
           number_or(descriptor, DESCRIPTOR_PADDING, dimension, 0) > 0;
}

static void copy_dimension(Descriptor *descriptor, int from, int to) {
    for (int i = DESCRIPTOR_INPUT; i < DESCRIPTOR_NUMBERS; i += PROBLEM_MAX_SPATIAL)
        descriptor->numbers[i + to] = descriptor->numbers[i + from];
}

/* Counts the dimensions and copies a larger one to the smaller ones that are missing. */
static Status complete_dimensions(const Resolver *resolver, int *spatial) {
    Descriptor *descriptor = resolver->descriptor;
    bool d = has_dimension(descriptor, 0), h = has_dimension(descriptor, 1), w = has_dimension(descriptor, 2);
    if (!d && !h && !w) return fail(resolver, "this descriptor has no sizes; 'ih56kh3' is a square, 'iw56kw3' is 1-D");
    if (d && h != w) return fail(resolver, "a 3-D descriptor gives depth, height and width, or depth alone for a cube");
    *spatial = d ? 3 : h ? 2 : 1;
    if (d && !h) copy_dimension(descriptor, 0, 1);
    if (!w && *spatial > 1) copy_dimension(descriptor, 1, 2);
    return STATUS_OK;
}

/* Fills in output and padding, each from the other where it is missing. */
static void deduce_padding(const Resolver *resolver, int letter, DimensionLetters letters, Dimension *dimension) {
    Descriptor *descriptor = resolver->descriptor;
    int64_t output = number_or(descriptor, DESCRIPTOR_OUTPUT, letter, 0);
    int64_t padding = number_or(descriptor, DESCRIPTOR_PADDING, letter, -1);
    dimension->pad_begin = padding >= 0 ? padding : 0;
    if (output == 0) {
        dimension->output =
            problem_output_extent(dimension, descriptor->transposed, dimension->pad_begin, dimension->pad_begin);
        return;
    }
    dimension->output = output;
    if (padding >= 0) return;
    /* The side with fewer positions is strided over the other, which the padding fits in. */
    int64_t strided = descriptor->transposed ? dimension->input : output;
    int64_t fitted = descriptor->transposed ? output : dimension->input;
    int64_t total = (strided - 1) * dimension->stride + (dimension->kernel - 1) * dimension->dilation + 1;
    dimension->pad_begin = (total - fitted) / 2;
    /* A fault of the padding is one of the output that it was deduced from. */
    if (field_places_have(&descriptor->places, letters.output))
        field_places_add(&descriptor->places, "pad", field_places_find(&descriptor->places, letters.output));
}

static Status resolve_dimension(const Resolver *resolver, int letter, DimensionLetters letters, Dimension *out) {
    const Descriptor *descriptor = resolver->descriptor;
    *out = (Dimension){.input = number_or(descriptor, DESCRIPTOR_INPUT, letter, 0),
                       .kernel = number_or(descriptor, DESCRIPTOR_KERNEL, letter, 0),
                       .stride = number_or(descriptor, DESCRIPTOR_STRIDE, letter, 1),
                       .dilation = number_or(descriptor, DESCRIPTOR_DILATION, letter, 0) + 1};
    if (out->input == 0 || out->kernel == 0)
        return fail(resolver, arena_format(resolver->context, "this descriptor has no %s%s",
                                           out->input == 0 ? "i" : "k", letters.input));
    deduce_padding(resolver, letter, letters, out);
    return STATUS_OK;
}

Status descriptor_problem(Context *context, const Source *source, Descriptor *descriptor, Problem *out) {
    Resolver resolver = {context, source, descriptor};
    int spatial = 0;
    if (number_or(descriptor, DESCRIPTOR_IC, 0, 0) == 0) return fail(&resolver, "this descriptor has no ic");
    if (number_or(descriptor, DESCRIPTOR_OC, 0, 0) == 0) return fail(&resolver, "this descriptor has no oc");
    TRY(complete_dimensions(&resolver, &spatial));
    *out = problem_default(spatial);
    out->transposed = descriptor->transposed;
    out->g = number_or(descriptor, DESCRIPTOR_G, 0, 1);
    out->n = number_or(descriptor, DESCRIPTOR_MB, 0, 2);
    out->c = descriptor->numbers[DESCRIPTOR_IC];
    out->k = descriptor->numbers[DESCRIPTOR_OC];
    for (int i = 0; i < spatial; i++) {
        int letter = PROBLEM_MAX_SPATIAL - spatial + i;
        TRY(resolve_dimension(&resolver, letter, problem_letters(spatial, i), &out->dimension[i]));
    }
    problem_derive_padding(out);
    return problem_check_at(context, source, &descriptor->places, out);
}
