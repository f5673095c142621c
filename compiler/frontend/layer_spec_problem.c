/* SPDX-License-Identifier: Apache-2.0 */
/* What the keys of one layer mean together: how many dimensions, what is missing, and which of output size and padding
 * follows from the other.
 *
 * Output and padding. Without p the output is as large as the padding allows. With p, a padding that names both ends
 * (pad=1,1,1,1) must give exactly p; any other names the beginning, and the end follows from p, so that an asymmetric
 * "same" padding is pad=0 p=112. */
#include "compiler/frontend/layer_spec.h"

#include <stdio.h>

typedef struct Resolver {
    Context *context;
    const Source *source;
    LayerSpec *spec;
} Resolver;

__attribute__((format(printf, 3, 4))) static Status fail_at(const Resolver *resolver, const char *field,
                                                            const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char message[256];
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    size_t offset = field_places_find(&resolver->spec->places, field);
    return diag_error_at(resolver->context, STATUS_INVALID, resolver->source, offset, "%s", message);
}

/* As many dimensions as the keys speak of; two when they speak of none. */
static int count_dimensions(const LayerSpec *spec) {
    for (int i = 0; i < PROBLEM_MAX_SPATIAL; i++) {
        if (spec->numbers[SPEC_INPUT + i] + spec->numbers[SPEC_OUTPUT + i] + spec->numbers[SPEC_KERNEL + i] > 0)
            return PROBLEM_MAX_SPATIAL - i;
    }
    return 2;
}

static Status require(const Resolver *resolver, const char *key, int64_t value, const char *meaning) {
    if (value > 0) return STATUS_OK;
    return fail_at(resolver, NULL, "this layer has no %s, the %s", key, meaning);
}

static Status require_sizes(const Resolver *resolver) {
    static const char *const meanings[] = {"input depth", "input height", "input width"};
    const LayerSpec *spec = resolver->spec;
    int first = PROBLEM_MAX_SPATIAL - spec->problem.spatial;
    TRY(require(resolver, "c", spec->numbers[SPEC_C], "input channels"));
    for (int i = first; i < PROBLEM_MAX_SPATIAL; i++)
        TRY(require(resolver, problem_letters(3, i).input, spec->numbers[SPEC_INPUT + i], meanings[i]));
    return require(resolver, "k", spec->numbers[SPEC_K], "output channels");
}

/* One value for all dimensions, or one for each. */
static Status expand_list(const Resolver *resolver, SpecList which, const char *key, int64_t *out) {
    const SpecValues *list = &resolver->spec->lists[which];
    int spatial = resolver->spec->problem.spatial;
    if (list->count > 1 && list->count != spatial)
        return fail_at(resolver, key, "%s has %d values; a %d-D layer takes 1%s", key, list->count, spatial,
                       spatial == 3   ? " or 3 (d,h,w)"
                       : spatial == 2 ? " or 2 (h,w)"
                                      : "");
    for (int i = 0; i < spatial; i++) out[i] = list->count == 0 ? 1 : list->values[list->count == 1 ? 0 : i];
    return STATUS_OK;
}

/* One value for all, one for each dimension, or all begins and then all ends. */
static Status expand_padding(const Resolver *resolver, int64_t *begin, int64_t *end) {
    static const char *const forms[] = {"2 (begin,end)", "2 (h,w) or 4 (top,left,bottom,right)",
                                        "3 (d,h,w) or 6 (all begins, then all ends)"};
    const SpecValues *list = &resolver->spec->lists[SPEC_PAD];
    int spatial = resolver->spec->problem.spatial;
    bool both_ends = list->count == 2 * spatial;
    if (list->count > 1 && list->count != spatial && !both_ends)
        return fail_at(resolver, "pad", "pad has %d values; a %d-D layer takes 1 (all), %s", list->count, spatial,
                       forms[spatial - 1]);
    for (int i = 0; i < spatial; i++) {
        begin[i] = list->count == 0 ? 0 : list->values[list->count == 1 ? 0 : i];
        end[i] = both_ends ? list->values[spatial + i] : begin[i];
    }
    return STATUS_OK;
}

/* The most outputs that read any input: more would lie in padding that nobody asked for. */
static int64_t largest_output(const Dimension *dimension, bool transposed, int64_t begin) {
    if (transposed) return problem_output_extent(dimension, true, begin, 1 - dimension->stride);
    Dimension one_tap = *dimension;
    one_tap.kernel = 1;
    return problem_output_extent(&one_tap, false, begin, 0);
}

/* Output i was written: is it one that the padding allows? */
static Status check_output(const Resolver *resolver, int i, int64_t written, int64_t begin, int64_t end) {
    const Problem *problem = &resolver->spec->problem;
    const Dimension *dimension = &problem->dimension[i];
    DimensionLetters letters = problem_letters(problem->spatial, i);
    if (resolver->spec->lists[SPEC_PAD].count == 2 * problem->spatial) {
        int64_t given = problem_output_extent(dimension, problem->transposed, begin, end);
        if (given == written) return STATUS_OK;
        return fail_at(resolver, letters.output,
                       "%s=%lld contradicts the padding of %lld and %lld, which gives %s=%lld", letters.output,
                       (long long)written, (long long)begin, (long long)end, letters.output, (long long)given);
    }
    int64_t largest = largest_output(dimension, problem->transposed, begin);
    if (written <= largest) return STATUS_OK;
    return fail_at(resolver, letters.output, "%s=%lld is too large: outputs beyond %lld have no input of %s=%lld",
                   letters.output, (long long)written, (long long)largest, letters.input, (long long)dimension->input);
}

static Status resolve_dimensions(const Resolver *resolver) {
    const LayerSpec *spec = resolver->spec;
    Problem *problem = &resolver->spec->problem;
    int64_t stride[PROBLEM_MAX_SPATIAL] = {0}, dilation[PROBLEM_MAX_SPATIAL] = {0};
    int64_t begin[PROBLEM_MAX_SPATIAL] = {0}, end[PROBLEM_MAX_SPATIAL] = {0};
    TRY(expand_list(resolver, SPEC_STRIDE, "stride", stride));
    TRY(expand_list(resolver, SPEC_DILATION, "dilation", dilation));
    TRY(expand_padding(resolver, begin, end));
    for (int i = 0; i < problem->spatial; i++) {
        int letter = PROBLEM_MAX_SPATIAL - problem->spatial + i;
        int64_t kernel = spec->numbers[SPEC_KERNEL + letter], written = spec->numbers[SPEC_OUTPUT + letter];
        Dimension *dimension = &problem->dimension[i];
        *dimension = (Dimension){.input = spec->numbers[SPEC_INPUT + letter],
                                 .kernel = kernel > 0 ? kernel : 1,
                                 .stride = stride[i],
                                 .dilation = dilation[i],
                                 .pad_begin = begin[i]};
        if (written > 0) TRY(check_output(resolver, i, written, begin[i], end[i]));
        dimension->output =
            written > 0 ? written : problem_output_extent(dimension, problem->transposed, begin[i], end[i]);
    }
    problem_derive_padding(problem);
    return STATUS_OK;
}

/* The layout that was written, if it is one of so many dimensions. */
static Status resolve_layout(const Resolver *resolver, const char *key, const SpecLayout *written,
                             ActivationLayout *out) {
    int spatial = resolver->spec->problem.spatial;
    if (written->spatial == 0) return STATUS_OK;
    if (written->spatial != spatial)
        return fail_at(resolver, key, "the layout of %s is for %d-D, but the sizes are those of a %d-D layer", key,
                       written->spatial, spatial);
    *out = written->layout;
    return STATUS_OK;
}

Status layer_spec_problem(Context *context, const Source *source, LayerSpec *spec) {
    Resolver resolver = {context, source, spec};
    Problem *problem = &spec->problem;
    problem->spatial = count_dimensions(spec);
    TRY(require_sizes(&resolver));
    problem->n = spec->numbers[SPEC_N] > 0 ? spec->numbers[SPEC_N] : 1;
    problem->g = spec->numbers[SPEC_G] > 0 ? spec->numbers[SPEC_G] : 1;
    problem->c = spec->numbers[SPEC_C];
    problem->k = spec->numbers[SPEC_K];
    TRY(resolve_dimensions(&resolver));
    TRY(resolve_layout(&resolver, "x", &spec->x_layout, &problem->x_layout));
    TRY(resolve_layout(&resolver, "y", &spec->y_layout, &problem->y_layout));
    return problem_check_at(context, source, &spec->places, problem);
}
