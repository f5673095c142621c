/* SPDX-License-Identifier: Apache-2.0 */
/* The data sets of a check and their reference results. The data depends on the problem alone, so that the error
 * figures of a schedule are the same in every run. */
#include <math.h>

#include "ir/reference.h"
#include "tuner/check_internal.h"

/* Bias and residual together reach OPERAND_LIMIT. */
enum { DATA_SEED = 7, BIAS_LIMIT = 64, OPERAND_LIMIT = 2 * BIAS_LIMIT, INTEGER_LIMIT = 15 };

/* Sums of f32 integers up to here are exact. */
static const int64_t exact_limit = (int64_t)1 << 24;

static int64_t count_taps(const Problem *problem) {
    int64_t taps = problem->c / problem->g;
    for (int i = 0; i < problem->spatial; i++) taps *= problem->dimension[i].kernel;
    return taps;
}

/* The largest magnitude m with taps * m^2 + OPERAND_LIMIT <= exact_limit, at most INTEGER_LIMIT. */
static int64_t integer_magnitude(int64_t taps) {
    double largest = floor(sqrt((double)(exact_limit - OPERAND_LIMIT) / (double)taps));
    if (largest < 1) return 1;
    return largest < INTEGER_LIMIT ? (int64_t)largest : INTEGER_LIMIT;
}

static void fill_integers(Random *random, int64_t magnitude, int64_t count, float *out) {
    for (int64_t i = 0; i < count; i++) out[i] = (float)random_integer(random, -magnitude, magnitude);
}

static void fill_normal(Random *random, double scale, int64_t count, float *out) {
    for (int64_t i = 0; i < count; i++) out[i] = (float)(scale * random_normal(random));
}

static void fill_uniform(Random *random, int64_t count, float *out) {
    for (int64_t i = 0; i < count; i++) out[i] = (float)random_uniform(random);
}

/* In a sum too long to be exact even with numbers of magnitude 1, only as many taps as are exact count. */
static void cut_long_sums(int64_t taps, int64_t count, float *weights) {
    for (int64_t i = 0; i < count; i++) {
        if (i % taps >= exact_limit - OPERAND_LIMIT) weights[i] = 0;
    }
}

static void fill_set(const Problem *problem, DataKind kind, int64_t taps, DataSet *set) {
    Random random = random_new(DATA_SEED, (uint64_t)kind);
    int64_t x_count = problem_x_elements(problem), w_count = problem_w_elements(problem), magnitude;
    switch (kind) {
    case DATA_INTEGER:
        magnitude = integer_magnitude(taps);
        fill_integers(&random, magnitude, x_count, set->x);
        fill_integers(&random, magnitude, w_count, set->weights);
        fill_integers(&random, BIAS_LIMIT, problem->k, set->bias);
        if (set->residual != NULL) fill_integers(&random, BIAS_LIMIT, problem_y_elements(problem), set->residual);
        cut_long_sums(taps, w_count, set->weights);
        break;
    case DATA_NORMAL:
        fill_normal(&random, 1, x_count, set->x);
        for (int64_t i = 0; i < x_count; i++) set->x[i] = fmaxf(set->x[i], 0);
        fill_normal(&random, 1 / sqrt((double)taps), w_count, set->weights);
        fill_normal(&random, 1, problem->k, set->bias);
        if (set->residual != NULL) fill_normal(&random, 1, problem_y_elements(problem), set->residual);
        break;
    default:
        fill_uniform(&random, x_count, set->x);
        fill_uniform(&random, w_count, set->weights);
        fill_uniform(&random, problem->k, set->bias);
        if (set->residual != NULL) fill_uniform(&random, problem_y_elements(problem), set->residual);
    }
}

/* Poison where no kernel may read. */
static void poison_filling(const Problem *problem, DataSet *set) {
    int64_t x_count = problem_x_elements(problem), y_count = problem_y_elements(problem);
    for (int64_t i = 0; i < x_count; i++)
        if (problem_x_is_filling(problem, i)) set->x[i] = check_poison();
    for (int64_t i = 0; set->residual != NULL && i < y_count; i++)
        if (problem_y_is_filling(problem, i)) set->residual[i] = check_poison();
}

/* One output at random out of each of CHECK_SAMPLES equal parts; NULL, meaning all, when there are not that many. */
static const int64_t *draw_samples(Context *context, int64_t total) {
    if (total <= CHECK_SAMPLES) return NULL;
    Random random = random_new(DATA_SEED, DATA_COUNT);
    int64_t *indices = ARENA_ARRAY(context, int64_t, CHECK_SAMPLES);
    for (int64_t i = 0; i < CHECK_SAMPLES; i++) {
        int64_t first = i * total / CHECK_SAMPLES, next = (i + 1) * total / CHECK_SAMPLES;
        indices[i] = first + (int64_t)(random_uniform(&random) * (double)(next - first));
    }
    return indices;
}

static void compute_set(Context *context, const Problem *problem, DataKind kind, int64_t taps, DataSet *set) {
    set->x = ARENA_ARRAY(context, float, (size_t)problem_x_elements(problem));
    set->weights = ARENA_ARRAY(context, float, (size_t)problem_w_elements(problem));
    set->bias = ARENA_ARRAY(context, float, (size_t)problem->k);
    if (problem_has(problem, EPILOGUE_ADD))
        set->residual = ARENA_ARRAY(context, float, (size_t)problem_y_elements(problem));
    fill_set(problem, kind, taps, set);
    poison_filling(problem, set);
    set->values = ARENA_ARRAY(context, double, (size_t)set->count);
    set->magnitudes = ARENA_ARRAY(context, double, (size_t)set->count);
    const float *bias = problem_has(problem, EPILOGUE_BIAS) ? set->bias : NULL;
    reference_convolve(problem, set->x, set->weights, bias, set->residual, set->exact, set->indices, set->count,
                       set->values, set->magnitudes);
}

bool check_exact_problem(const Problem *problem, Problem *out) {
    *out = *problem;
    out->epilogue_count = 0;
    for (int i = 0; i < problem->epilogue_count; i++) {
        if (epilogue_is_exact(problem->epilogue[i].kind)) out->epilogue[out->epilogue_count++] = problem->epilogue[i];
    }
    return out->epilogue_count != problem->epilogue_count;
}

/* A kernel's constants are f32 numbers, so the reference is computed with those. */
static void round_constants(Problem *problem) {
    for (int i = 0; i < problem->epilogue_count; i++) {
        for (int j = 0; j < epilogue_parameters(problem->epilogue[i].kind); j++)
            problem->epilogue[i].parameters[j] = (float)problem->epilogue[i].parameters[j];
    }
}

const CheckReference *check_reference_new(Context *context, const Problem *problem, bool all_outputs) {
    static const char *const names[DATA_COUNT] = {"integer", "normal", "uniform"};
    CheckReference *reference = ARENA_NEW(context, CheckReference);
    reference->problem = *problem;
    round_constants(&reference->problem);
    reference->taps = count_taps(problem);
    reference->bound = (double)(reference->taps + 3) * 0x1p-24;
    int64_t total = problem_output_count(problem);
    const int64_t *samples = all_outputs ? NULL : draw_samples(context, total);
    for (int i = 0; i < DATA_COUNT; i++) {
        DataSet *set = &reference->sets[i];
        set->name = names[i];
        set->exact = i == DATA_INTEGER;
        set->indices = set->exact ? NULL : samples;
        set->count = set->indices != NULL ? CHECK_SAMPLES : total;
        compute_set(context, &reference->problem, (DataKind)i, reference->taps, set);
    }
    return reference;
}
