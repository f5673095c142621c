/* SPDX-License-Identifier: Apache-2.0 */
/* The search of one layer, and how layers share a budget. */
#ifndef SEPTET_TUNER_SESSION_INTERNAL_H
#define SEPTET_TUNER_SESSION_INTERNAL_H

#include "tuner/session/session.h"

/* Searched candidates that are measured again in the end. */
enum { SEARCH_TOP = 3 };

typedef struct Search {
    Context *context;
    const SessionLayer *layer;
    const RecipeSpace *recipe;
    Space space; /* empty when no recipe knows the problem: then there is candidate 0 alone */
    Strategy *strategy;
    Candidate frame; /* what all candidates have in common */
    int64_t measured, failed;
    bool exhausted;
    double gain; /* log(time before / after) expected of one more turn */
    const Measurement *start;
    int top_count;
    const Measurement *top[SEARCH_TOP]; /* the fastest first */
    bool confirmed;                     /* start and top[0] are of the last comparison */
} Search;

/* A search of a layer of these options. STATUS_INVALID: no such strategy. */
Status search_new(Context *context, const SessionOptions *options, size_t layer, Search *out);

/* Candidate 0, and that of a point. */
Candidate search_start(const Search *search);
Candidate search_candidate(const Search *search, const Point *point);

/* Takes a measurement of a point into account. */
void search_tell(Search *search, const Point *point, const Measurement *measurement);

/* Reads the point of a measurement that was made earlier; false when it is not one of this search. */
bool search_recognise(const Search *search, const Measurement *measurement, Point *out);

/* The fastest time so far; NAN without. */
double search_best_ns(const Search *search);

/* Is a time to be believed: ok, not given up early? */
bool search_counts(const Measurement *measurement);

/* After a turn that began with best time `before` (NAN: none): what the next one promises. */
void search_note_turn(Search *search, double before);

/* The search that promises most, by expected gain, time and count in the network; NULL when all have ended. */
Search *search_share(Search *searches, size_t count);

#endif
