/* SPDX-License-Identifier: Apache-2.0 */
/* The search of one layer: points become candidates, measurements become costs, and the fastest few are kept. */
#include <math.h>
#include <string.h>

#include "compiler/recipes/recipes.h"
#include "tuner/session/internal.h"

static const double first_gain = 0.5;

static bool same_text(const char *a, const char *b) {
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

Candidate search_candidate(const Search *search, const Point *point) {
    Text knobs = text_new(search->context);
    Candidate candidate = search->frame;
    space_print_point(&search->space, point, &knobs);
    candidate.knobs = text_string(&knobs);
    candidate.schedule = recipe_space_schedule(search->context, search->recipe, point);
    return candidate;
}

static Candidate start_of(const Search *search) {
    if (search->space.knob_count > 0) return search_candidate(search, &search->space.start);
    Candidate candidate = search->frame;
    candidate.schedule =
        recipes_default(search->context, search->layer->problem, search->recipe->target, search->recipe->threads);
    return candidate;
}

/* The point of a candidate's knobs; false when they are none of this space, or not legal. */
static bool read_point(const Search *search, const Candidate *candidate, Point *out) {
    Source source = {.name = "knobs", .text = candidate->knobs};
    if (candidate->knobs == NULL || search->frame.recipe == NULL) return false;
    if (!same_text(candidate->recipe, search->frame.recipe)) return false;
    source.length = strlen(source.text);
    if (space_parse_point(search->context, &search->space, &source, out) != STATUS_OK) {
        diag_clear(search->context);
        return false;
    }
    return recipe_space_legal(search->recipe, out);
}

/* The default is worth a try also where candidate 0 is another one; then what was suggested. */
static void suggest(Search *search) {
    const SessionLayer *layer = search->layer;
    Point point = search->recipe->start;
    if (layer->first != NULL && search->space.knob_count > 0) strategy_suggest(search->strategy, &point);
    for (size_t i = 0; i < layer->suggestion_count; i++)
        if (read_point(search, &layer->suggestions[i], &point)) strategy_suggest(search->strategy, &point);
}

/* Candidate 0 that the caller gives: the search begins there when it is a point that the space allows. */
static void begin_at(Search *search, const Candidate *first) {
    Point point;
    search->zero = search->frame;
    search->zero.schedule = first->schedule;
    search->zero.recipe = first->recipe;
    search->zero.knobs = first->knobs;
    if (read_point(search, first, &point) && space_allows(&search->space, &point)) search->space.start = point;
}

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
    out->zero = start_of(out);
    if (out->layer->first != NULL) begin_at(out, out->layer->first);
    TRY(strategy_new(context, options->strategy, &out->space, options->seed, layer, &out->strategy));
    suggest(out);
    return STATUS_OK;
}

double search_best_ns(const Search *search) {
    return search->top_count > 0 ? search->top[0]->time_ns : NAN;
}

Measurement *search_keep(Context *context, const Measurement *measurement) {
    Measurement *copy = ARENA_NEW(context, Measurement);
    *copy = *measurement;
    return copy;
}

/* Takes a schedule that was measured before out of the fastest. */
static void unrank(Search *search, const char *schedule) {
    int place = 0;
    while (place < search->top_count && strcmp(search->top[place]->candidate.schedule, schedule) != 0) place++;
    if (place == search->top_count) return;
    search->top_count--;
    for (int i = place; i < search->top_count; i++) search->top[i] = search->top[i + 1];
}

/* Only a time of two visits makes a candidate the fastest: that of one may be luck. */
static bool is_sure(const Measurement *measurement) {
    return measurement->status == MEASUREMENT_OK && !measurement->raced && isfinite(measurement->spread);
}

/* What the time would have been before the machine became faster or slower. */
static double steady_ns(const Measurement *measurement) {
    bool is_known = isfinite(measurement->drift) && measurement->drift > 0;
    return is_known ? measurement->time_ns / measurement->drift : measurement->time_ns;
}

/* Puts it among the fastest, behind those as fast, with its steady time. */
static void rank(Search *search, const Measurement *measurement) {
    int place = search->top_count;
    double time_ns = steady_ns(measurement);
    while (place > 0 && time_ns < search->top[place - 1]->time_ns) place--;
    if (place == SEARCH_TOP) return;
    if (search->top_count < SEARCH_TOP) search->top_count++;
    for (int i = search->top_count - 1; i > place; i--) search->top[i] = search->top[i - 1];
    Measurement *copy = search_keep(search->context, measurement);
    copy->time_ns = time_ns;
    search->top[place] = copy;
}

/* The fastest that was confirmed, by now. */
static void note_winner(Search *search, const Measurement *measurement) {
    bool is_confirmed = measurement->kind == MEASURED_CONFIRM && measurement->status == MEASUREMENT_OK;
    bool is_again =
        search->winner != NULL && same_text(search->winner->candidate.schedule, measurement->candidate.schedule);
    if (is_confirmed && (search->winner == NULL || is_again || measurement->time_ns < search->winner->time_ns))
        search->winner = search_keep(search->context, measurement);
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
    bool is_start = same_text(measurement->candidate.schedule, search->zero.schedule);
    if (is_start && is_known) search->start = search_keep(search->context, measurement);
    search->searched |= !is_start;
    if (is_known) unrank(search, measurement->candidate.schedule);
    if (is_sure(measurement)) rank(search, measurement);
    note_winner(search, measurement);
    if (point == NULL || !is_known || search->space.knob_count == 0) return;
    strategy_tell(search->strategy, point, is_ok, is_ok ? cost_of(search, steady_ns(measurement)) : NAN);
}

static bool is_of_frame(const Candidate *candidate, const Candidate *frame) {
    return same_text(candidate->problem, frame->problem) && same_text(candidate->target, frame->target) &&
           candidate->workers == frame->workers && candidate->cold_weights == frame->cold_weights;
}

bool search_find_point(const Search *search, const Candidate *candidate, Point *out) {
    return read_point(search, candidate, out) &&
           same_text(recipe_space_schedule(search->context, search->recipe, out), candidate->schedule);
}

bool search_recognise(const Search *search, const Measurement *measurement, Point *point, bool *is_point) {
    const Candidate *candidate = &measurement->candidate;
    if (!is_of_frame(candidate, &search->frame)) return false;
    *is_point = search_find_point(search, candidate, point);
    return *is_point || same_text(candidate->schedule, search->zero.schedule);
}
