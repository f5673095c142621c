/* SPDX-License-Identifier: Apache-2.0 */
/* Compares a kernel's results with the reference, and describes the first that is wrong. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "ir/reference.h"
#include "tuner/check_internal.h"

/* A quiet NaN whose payload no operation makes. */
static const uint32_t poison_bits = 0x7FD5EE57;

float check_poison(void) {
    float poison;
    memcpy(&poison, &poison_bits, sizeof poison);
    return poison;
}

static bool is_poison(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits == poison_bits;
}

typedef struct Place {
    int64_t n, k, position[PROBLEM_MAX_SPATIAL];
} Place;

static Place place_of(const Problem *problem, const DataSet *set, int64_t i) {
    Place place;
    int64_t index = set->indices != NULL ? set->indices[i] : i;
    reference_unpack_index(problem, index, &place.n, &place.k, place.position);
    return place;
}

static float result_at(const Problem *problem, const float *y, const Place *place) {
    return y[problem_y_offset(problem, place->n, place->k, place->position)];
}

/* "y[n 0, k 3, p 1, q 2]" */
static const char *describe(Context *context, const Problem *problem, const Place *place) {
    static const char *const letters[PROBLEM_MAX_SPATIAL] = {"z", "p", "q"};
    Text text = text_new(context);
    text_add(&text, "y[n %" PRId64 ", k %" PRId64, place->n, place->k);
    for (int i = 0; i < problem->spatial; i++) {
        const char *letter = letters[PROBLEM_MAX_SPATIAL - problem->spatial + i];
        text_add(&text, ", %s %" PRId64, letter, place->position[i]);
    }
    text_add_string(&text, "]");
    return text_string(&text);
}

/* May `result` stand for the reference's i-th value? */
static bool agrees(const CheckReference *reference, const DataSet *set, int64_t i, float result) {
    if (set->exact) return result == (float)set->values[i];
    return fabs(result - set->values[i]) <= reference->bound * set->magnitudes[i];
}

/* Running sums of the error figures. */
typedef struct Figures {
    double error_squares, value_squares, largest;
} Figures;

static void add_figures(const DataSet *set, int64_t i, float result, Figures *figures) {
    double error = fabs(result - set->values[i]);
    if (isnan(error)) error = INFINITY;
    figures->error_squares += error * error;
    figures->value_squares += set->values[i] * set->values[i];
    if (error > 0) figures->largest = fmax(figures->largest, error / set->magnitudes[i]);
}

static void raise_figures(const Figures *figures, CheckReport *out) {
    double relative = sqrt(figures->error_squares / figures->value_squares);
    if (figures->error_squares == 0) relative = 0; /* also where all values are 0 */
    out->error_l2 = fmax(out->error_l2, relative);
    out->error_max = fmax(out->error_max, figures->largest);
}

static void report_wrong(Context *context, const CheckReference *reference, const DataSet *set, const float *y,
                         int64_t first, int64_t wrong, CheckReport *out) {
    Place place = place_of(&reference->problem, set, first);
    float result = result_at(&reference->problem, y, &place);
    const char *where = describe(context, &reference->problem, &place);
    const char *what = is_poison(result) ? arena_format(context, "%s was not written", where)
                                         : arena_format(context, "%s is %.9g, expected %.9g", where, (double)result,
                                                        set->values[first]);
    out->verdict = CHECK_WRONG;
    out->detail = arena_format(context, "%s data: %s; %" PRId64 " of %" PRId64 " compared outputs differ", set->name,
                               what, wrong, set->count);
}

/* The first place of a block that is not full and does not hold 0; -1 when all do. */
static int64_t find_wrong_filling(const Problem *problem, const float *y) {
    int64_t count = problem_y_elements(problem);
    for (int64_t i = 0; i < count; i++)
        if (problem_y_is_filling(problem, i) && y[i] != 0) return i;
    return -1;
}

static void check_filling(Context *context, const Problem *problem, const DataSet *set, const float *y,
                          CheckReport *out) {
    int64_t wrong = find_wrong_filling(problem, y);
    if (wrong < 0) return;
    const char *what = is_poison(y[wrong]) ? "was not written" : arena_format(context, "is %.9g", (double)y[wrong]);
    out->verdict = CHECK_WRONG;
    out->detail = arena_format(context, "%s data: element %" PRId64 " of y, which fills up a block, %s, expected 0",
                               set->name, wrong, what);
}

void check_compare(Context *context, const CheckReference *reference, const DataSet *set, const float *y,
                   CheckReport *out) {
    Figures figures = {0};
    int64_t wrong = 0, first = 0;
    for (int64_t i = 0; i < set->count; i++) {
        Place place = place_of(&reference->problem, set, i);
        float result = result_at(&reference->problem, y, &place);
        add_figures(set, i, result, &figures);
        if (agrees(reference, set, i, result)) continue;
        if (wrong++ == 0) first = i;
    }
    check_filling(context, &reference->problem, set, y, out);
    if (wrong > 0) report_wrong(context, reference, set, y, first, wrong, out);
    if (!set->exact) raise_figures(&figures, out);
    if (out->verdict != CHECK_OK) out->phase = "check";
}
