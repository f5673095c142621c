/* SPDX-License-Identifier: Apache-2.0 */
/* The search of one layer: points become candidates, measurements become costs, and the fastest few are kept. */
#include <math.h>
#include <string.h>

#include "compiler/recipes/recipes.h"
#include "tuner/session/internal.h"

static const double first_gain = 0.5;

Status search_new(Context *context, const SessionOptions *options, size_t layer, Search *out) {
    Text problem = text_new(context);
    *out = (Search){.context = context, .layer = &options->layers[layer], .gain = first_gain};
    out->recipe = recipe_space_new(context, out->layer->problem, options->target, options->threads);
    out->space = space_of_recipe(out->recipe, options->any_legal);
    problem_print(out->layer->problem, &problem);
    out->frame = (Candidate){.problem = text_string(&problem),
                             .target = options->target->name,
                             .recipe = out->recipe->recipe,
                             .workers = options->threads,
                             .cold_weights = options->cold_weights};
    return strategy_new(context, options->strategy, &out->space, options->seed, layer, &out->strategy);
}

Candidate search_candidate(const Search *search, const Point *point) {
    Text knobs = text_new(search->context);
    Candidate candidate = search->frame;
    space_print_point(&search->space, point, &knobs);
    candidate.knobs = text_string(&knobs);
    candidate.schedule = recipe_space_schedule(search->context, search->recipe, point);
    return candidate;
}

Candidate search_start(const Search *search) {
    if (search->space.knob_count > 0) return search_candidate(search, &search->space.start);
    Candidate candidate = search->frame;
    candidate.schedule =
        recipes_default(search->context, search->layer->problem, search->recipe->target, search->recipe->threads);
    return candidate;
}

bool search_counts(const Measurement *measurement) {
    return measurement->status == MEASUREMENT_OK && !measurement->raced && isfinite(measurement->time_ns);
}

double search_best_ns(const Search *search) {
    return search->top_count > 0 ? search->top[0]->time_ns : NAN;
}

static const Measurement *keep(Context *context, const Measurement *measurement) {
    Measurement *copy = ARENA_NEW(context, Measurement);
    *copy = *measurement;
    return copy;
}

/* Puts it among the fastest, behind those as fast. */
static void rank(Search *search, const Measurement *measurement) {
    int place = search->top_count;
    while (place > 0 && measurement->time_ns < search->top[place - 1]->time_ns) place--;
    if (place == SEARCH_TOP) return;
    if (search->top_count < SEARCH_TOP) search->top_count++;
    for (int i = search->top_count - 1; i > place; i--) search->top[i] = search->top[i - 1];
    search->top[place] = keep(search->context, measurement);
}

/* The logarithm of the time over that of one flop a nanosecond, which compares across layers; 1 flop where there is
 * none. */
static double cost_of(const Search *search, double time_ns) {
    return log(time_ns / fmax(problem_flops(search->layer->problem), 1));
}

/* A machine that was disturbed says nothing about the point. */
void search_tell(Search *search, const Point *point, const Measurement *measurement) {
    bool is_ok = measurement->status == MEASUREMENT_OK;
    bool is_known = measurement->status != MEASUREMENT_NOISY && measurement->status != MEASUREMENT_INTERRUPTED;
    bool is_start = memcmp(point, &search->space.start, sizeof *point) == 0;
    if (is_start && search->start == NULL && is_known) search->start = keep(search->context, measurement);
    if (search_counts(measurement)) rank(search, measurement);
    if (!is_known || search->space.knob_count == 0) return;
    strategy_tell(search->strategy, point, is_ok, is_ok ? cost_of(search, measurement->time_ns) : NAN);
}

static bool same_text(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* The knobs must also make the schedule still: a recipe may have changed since. */
bool search_recognise(const Search *search, const Measurement *measurement, Point *out) {
    const Candidate *candidate = &measurement->candidate, *frame = &search->frame;
    Source source = {.name = "knobs", .text = candidate->knobs};
    if (!same_text(candidate->problem, frame->problem) || !same_text(candidate->target, frame->target)) return false;
    if (candidate->workers != frame->workers || candidate->cold_weights != frame->cold_weights) return false;
    if (candidate->knobs == NULL || !same_text(candidate->recipe, frame->recipe)) return false;
    source.length = strlen(source.text);
    if (space_parse_point(search->context, &search->space, &source, out) != STATUS_OK) {
        diag_clear(search->context);
        return false;
    }
    return recipe_space_legal(search->recipe, out) &&
           same_text(recipe_space_schedule(search->context, search->recipe, out), candidate->schedule);
}
