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
    Candidate zero;  /* candidate 0 */
    int64_t measured, failed, disturbed;
    bool exhausted;
    double gain;              /* log(time before / after) expected of one more turn */
    const Measurement *start; /* the newest of candidate 0 */
    int top_count;
    const Measurement *top[SEARCH_TOP]; /* the fastest first, each of another schedule */
    const Measurement *winner;          /* of the last comparison; NULL: there was none */
    bool settled;                       /* step 3 is behind it */
    bool searched;                      /* others than candidate 0 were measured, now or earlier */
} Search;

/* A session on its way. */
struct Session {
    Context *context;
    SessionOptions options;
    Search *searches;
    double begin_s;
    int64_t trials;         /* so far */
    double measuring_s;     /* that they took */
    bool stopped, settling; /* settling: in step 3 */
};

/* Does the user want to end? */
bool session_must_stop(Session *session);

/* Seconds that step 3 will take, by what candidates took so far; at most a third of all. */
double session_reserve_s(const Session *session);

/* Step 3 of one layer: compares the fastest few and candidate 0. */
Status session_confirm(Session *session, Search *search);

/* A search of a layer of these options. STATUS_INVALID: no such strategy. */
Status search_new(Context *context, const SessionOptions *options, size_t layer, Search *out);

/* A copy in the arena. */
Measurement *search_keep(Context *context, const Measurement *measurement);

/* The point of a candidate; false when it is none of the search's space, or does not make its schedule any more: a
 * recipe may have changed since. */
bool search_find_point(const Search *search, const Candidate *candidate, Point *out);

/* The candidate of a point. */
Candidate search_candidate(const Search *search, const Point *point);

/* Takes a measurement of a point into account; NULL: of candidate 0 that is none. */
void search_tell(Search *search, const Point *point, const Measurement *measurement);

/* Is a measurement that was made earlier one of this search? *point says of which of its points, *is_point whether it
 * has one: candidate 0 need not. */
bool search_recognise(const Search *search, const Measurement *measurement, Point *point, bool *is_point);

/* The fastest time so far; NAN without. */
double search_best_ns(const Search *search);

/* After a turn that began with best time `before` (NAN: none): what the next one promises. */
void search_note_turn(Search *search, double before);

/* The search that promises most, by expected gain, time and count in the network; NULL when all have ended. */
Search *search_share(Search *searches, size_t count);

#endif
