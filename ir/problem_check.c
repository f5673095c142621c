/* SPDX-License-Identifier: Apache-2.0 */
/* What makes a problem impossible, and what this version does not compile. The order of the tests matters: each may
 * rely on what the ones before it have found in range, so that nothing overflows. */
#include <math.h>

#include "ir/problem.h"

/* Fills in a fault; true, so that a test can end in it. */
static bool fault(ProblemFault *out, const char *field, const char *message) {
    *out = (ProblemFault){field, message};
    return true;
}

static bool in_range(int64_t value, int64_t lo) {
    return value >= lo && value <= PROBLEM_MAX_EXTENT;
}

/* "h=0 must be in 1..2147483647"; `owner` is " of h" for a key that has one value for each dimension. */
static bool find_range_fault(Context *context, const char *key, int64_t value, const char *owner, int64_t lo,
                             ProblemFault *out) {
    if (in_range(value, lo)) return false;
    return fault(out, key,
                 arena_format(context, "%s=%lld%s must be in %lld..%lld", key, (long long)value, owner, (long long)lo,
                              (long long)PROBLEM_MAX_EXTENT));
}

static bool find_channel_fault(Context *context, const Problem *problem, ProblemFault *out) {
    if (find_range_fault(context, "n", problem->n, "", 1, out)) return true;
    if (find_range_fault(context, "g", problem->g, "", 1, out)) return true;
    if (find_range_fault(context, "c", problem->c, "", 1, out)) return true;
    if (find_range_fault(context, "k", problem->k, "", 1, out)) return true;
    int64_t g = problem->g;
    bool c_divides = problem->c % g == 0;
    if (c_divides && problem->k % g == 0) return false;
    return fault(out, c_divides ? "k" : "c",
                 arena_format(context, "%s=%lld is not divisible by g=%lld; c and k count the channels of all groups",
                              c_divides ? "k" : "c", (long long)(c_divides ? problem->k : problem->c), (long long)g));
}

/* The fields of a dimension that the padding at its end is derived from. */
static bool find_given_fault(Context *context, const Dimension *dimension, DimensionLetters letters,
                             ProblemFault *out) {
    const char *of = arena_format(context, " of %s", letters.input);
    return find_range_fault(context, letters.input, dimension->input, "", 1, out) ||
           find_range_fault(context, letters.kernel, dimension->kernel, "", 1, out) ||
           find_range_fault(context, "stride", dimension->stride, of, 1, out) ||
           find_range_fault(context, "dilation", dimension->dilation, of, 1, out) ||
           find_range_fault(context, "pad", dimension->pad_begin, of, 0, out);
}

static const char *no_output_message(Context *context, const Problem *problem, const Dimension *dimension,
                                     DimensionLetters letters) {
    if (problem->transposed)
        return arena_format(context, "%s=%lld is not an output: the padding takes away all that %s=%lld gives",
                            letters.output, (long long)dimension->output, letters.input, (long long)dimension->input);
    return arena_format(context,
                        "%s=%lld is not an output: %s=%lld with its padding is shorter than the filter, which spans "
                        "%lld (%s=%lld at dilation %lld)",
                        letters.output, (long long)dimension->output, letters.input, (long long)dimension->input,
                        (long long)((dimension->kernel - 1) * dimension->dilation + 1), letters.kernel,
                        (long long)dimension->kernel, (long long)dimension->dilation);
}

static bool find_padding_fault(Context *context, const Problem *problem, int index, ProblemFault *out) {
    DimensionLetters letters = problem_letters(problem->spatial, index);
    const Dimension *dimension = &problem->dimension[index];
    Problem derived = *problem;
    problem_derive_padding(&derived);
    int64_t end = derived.dimension[index].pad_end;
    if (dimension->pad_end != end)
        return fault(out, "pad",
                     arena_format(context, "pad=%lld behind %s does not follow from %s=%lld, which makes it %lld",
                                  (long long)dimension->pad_end, letters.input, letters.output,
                                  (long long)dimension->output, (long long)end));
    const char *padded = problem->transposed ? letters.output : letters.input;
    int64_t extent = problem->transposed ? dimension->output : dimension->input;
    if (extent + dimension->pad_begin + (end > 0 ? end : 0) <= PROBLEM_MAX_EXTENT) return false;
    return fault(out, "pad",
                 arena_format(context, "%s=%lld with pad %lld before and %lld behind is longer than %lld", padded,
                              (long long)extent, (long long)dimension->pad_begin, (long long)end,
                              (long long)PROBLEM_MAX_EXTENT));
}

static bool find_dimension_fault(Context *context, const Problem *problem, int index, ProblemFault *out) {
    DimensionLetters letters = problem_letters(problem->spatial, index);
    const Dimension *dimension = &problem->dimension[index];
    if (find_given_fault(context, dimension, letters, out)) return true;
    if (dimension->output < 1)
        return fault(out, letters.output, no_output_message(context, problem, dimension, letters));
    return find_range_fault(context, letters.output, dimension->output, "", 1, out) ||
           find_padding_fault(context, problem, index, out);
}

static bool product_below_limit(int64_t first, int64_t second, const int64_t *extents, int count) {
    int64_t product;
    if (__builtin_mul_overflow(first, second, &product)) return false;
    for (int i = 0; i < count; i++) {
        if (__builtin_mul_overflow(product, extents[i], &product)) return false;
    }
    return product < PROBLEM_MAX_ELEMENTS;
}

static bool find_size_fault(const Problem *problem, ProblemFault *out) {
    int64_t input[PROBLEM_MAX_SPATIAL], output[PROBLEM_MAX_SPATIAL], kernel[PROBLEM_MAX_SPATIAL];
    for (int i = 0; i < problem->spatial; i++) {
        input[i] = problem->dimension[i].input;
        output[i] = problem->dimension[i].output;
        kernel[i] = problem->dimension[i].kernel;
    }
    if (!product_below_limit(problem->n, problem->c, input, problem->spatial))
        return fault(out, NULL, "x has 2^48 elements or more; the limit is below");
    if (!product_below_limit(problem->c / problem->g, problem->k, kernel, problem->spatial))
        return fault(out, NULL, "the weights have 2^48 elements or more; the limit is below");
    if (!product_below_limit(problem->n, problem->k, output, problem->spatial))
        return fault(out, NULL, "y has 2^48 elements or more; the limit is below");
    return false;
}

static bool find_layout_fault(Context *context, const char *tensor, ActivationLayout layout, ProblemFault *out) {
    bool blocked = layout.order == LAYOUT_CHANNELS_BLOCKED;
    if (blocked ? layout.block >= 2 && layout.block <= LAYOUT_MAX_BLOCK : layout.block == 0) return false;
    return fault(out, tensor,
                 arena_format(context, "layout of %s: blocks of %lld channels; a blocked layout has 2..%d, others 0",
                              tensor, (long long)layout.block, LAYOUT_MAX_BLOCK));
}

/* Operations that read an argument of the kernel, of which there is one. */
static bool reads_operand(EpilogueKind kind) {
    return kind == EPILOGUE_BIAS || kind == EPILOGUE_ADD || kind == EPILOGUE_REQUANT;
}

static bool find_operation_fault(Context *context, const EpilogueOp *op, ProblemFault *out) {
    const char *name = epilogue_name(op->kind);
    for (int i = 0; i < epilogue_parameters(op->kind); i++) {
        if (!isfinite(op->parameters[i]))
            return fault(out, "epilogue", arena_format(context, "a parameter of '%s' is not a finite number", name));
    }
    if (op->kind == EPILOGUE_CLAMP && op->parameters[0] > op->parameters[1])
        return fault(out, "epilogue", "the limits of 'clamp' are LO,HI with LO <= HI");
    return false;
}

static bool find_epilogue_fault(Context *context, const Problem *problem, ProblemFault *out) {
    int seen[EPILOGUE_COUNT] = {0};
    if (problem->epilogue_count > PROBLEM_MAX_EPILOGUE)
        return fault(out, "epilogue", arena_format(context, "an epilogue has at most %d words", PROBLEM_MAX_EPILOGUE));
    for (int i = 0; i < problem->epilogue_count; i++) {
        const EpilogueOp *op = &problem->epilogue[i];
        if (find_operation_fault(context, op, out)) return true;
        if (seen[op->kind]++ > 0 && reads_operand(op->kind))
            return fault(out, "epilogue",
                         arena_format(context, "'%s' occurs twice in the epilogue", epilogue_name(op->kind)));
    }
    return false;
}

bool problem_find_fault(Context *context, const Problem *problem, ProblemFault *out) {
    if (problem->spatial < 1 || problem->spatial > PROBLEM_MAX_SPATIAL)
        return fault(out, NULL,
                     arena_format(context, "a layer has 1 to 3 spatial dimensions, not %d", problem->spatial));
    if (find_channel_fault(context, problem, out)) return true;
    for (int i = 0; i < problem->spatial; i++) {
        if (find_dimension_fault(context, problem, i, out)) return true;
    }
    return find_size_fault(problem, out) || find_layout_fault(context, "x", problem->x_layout, out) ||
           find_layout_fault(context, "y", problem->y_layout, out) || find_epilogue_fault(context, problem, out);
}

Status problem_check(Context *context, const Problem *problem) {
    ProblemFault found;
    if (!problem_find_fault(context, problem, &found)) return STATUS_OK;
    return diag_error(context, STATUS_INVALID, "%s", found.message);
}

static Status unsupported(Context *context, const char *what) {
    return diag_error(context, STATUS_UNSUPPORTED, "%s is not supported in this version", what);
}

static Status check_type_supported(Context *context, const char *tensor, ScalarType type) {
    if (type == TYPE_F32) return STATUS_OK;
    return unsupported(context, arena_format(context, "type %s of %s", type_name(type), tensor));
}

Status problem_check_supported(Context *context, const Problem *problem) {
    TRY(check_type_supported(context, "x", problem->x_type));
    TRY(check_type_supported(context, "the weights", problem->w_type));
    TRY(check_type_supported(context, "y", problem->y_type));
    for (int i = 0; i < problem->epilogue_count; i++) {
        const char *name = epilogue_name(problem->epilogue[i].kind);
        if (!epilogue_is_supported(problem->epilogue[i].kind))
            return unsupported(context, arena_format(context, "epilogue '%s'", name));
    }
    return STATUS_OK;
}
