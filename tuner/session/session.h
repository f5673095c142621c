/* SPDX-License-Identifier: Apache-2.0 */
/* A session tunes layers within a budget:
 *
 *     1. candidate 0 of each layer, the analytic default or one that is known to be good, is measured: what all else is
 *        compared with
 *     2. turns: the layer with the largest expected gain is searched further, until the budget is used up, each
 *        search has ended, or the user stops it
 *     3. the best few of each layer are measured again, more carefully, beside candidate 0 and in turn with it
 *        (compare.h says who wins): the best of many quick measurements is often a lucky one
 *
 * Everything measured is handed on at once, so that what ends the session loses only what is in flight; and a
 * session that recalls earlier measurements goes on where they ended. It prints nothing and stores nothing itself. */
#ifndef SEPTET_TUNER_SESSION_H
#define SEPTET_TUNER_SESSION_H

#include "tuner/session/measurer.h"
#include "tuner/strategies/strategy.h"

typedef struct SessionLayer {
    const char *label;
    int64_t count; /* how often the network has it */
    const Problem *problem;
    const Candidate *first; /* candidate 0: its schedule, recipe and knobs count; NULL: the analytic default */
    size_t suggestion_count;
    const Candidate *suggestions; /* recipes and knobs to be tried before others */
} SessionLayer;

/* Told each measurement, and the time of the layer's best so far (NAN: none). */
typedef Status SessionWatch(void *data, size_t layer, const Measurement *measurement, double best_ns);

typedef struct SessionOptions {
    const SessionLayer *layers; /* supported problems */
    size_t layer_count;
    const Target *target;
    int threads;
    bool cold_weights;
    const char *strategy;
    uint64_t seed;
    bool any_legal; /* search points that are not promising too */
    int64_t trials; /* to measure in steps 1 and 2, all layers together, without those recalled; 0: no limit */
    double seconds; /* for all steps; 0: no limit. A part is kept for step 3 */
    Measurer measurer;
    double (*clock_s)(void *data); /* seconds from any moment on; NULL: those of the system */
    bool (*stopped)(void *data);   /* does the user want to end? Asked between batches */
    SessionWatch *watch;
    void *data; /* of these three */
} SessionOptions;

/* What came of a layer. */
typedef struct SessionResult {
    int64_t measured, failed; /* candidates of this session, steps 1 and 2 */
    int64_t disturbed;        /* of those measured: the machine was at fault; they are not among those failed */
    bool exhausted;           /* nothing is left to measure */
    const Measurement *start; /* candidate 0; NULL when it was not measured */
    const Measurement *best;  /* NULL when none is ok */
    bool confirmed;           /* `best` won step 3, of this session or an earlier one */
} SessionResult;

typedef struct Session Session;

/* A new session in the arena; options are copied, what they refer to is not. STATUS_INVALID: no such strategy, no
 * layers. Inside context_run, as all that follows. */
Status session_new(Context *context, const SessionOptions *options, Session **out);

/* Hands over what an earlier session measured for a layer, in any order, before session_run. What is not of this
 * layer's space, or of other threads, weights or target, is left out; returns whether it was used. Its strings are kept
 * by reference. */
bool session_recall(Session *session, size_t layer, const Measurement *measurement);

/* Runs all three steps. What the measurer or the watch returns when it fails is returned, with its message. */
Status session_run(Session *session);

/* Seconds since session_run began, and until it is expected to end (NAN: not known): for the watch. */
double session_elapsed_s(const Session *session);
double session_eta_s(const Session *session);

/* Did the user stop it? */
bool session_was_stopped(const Session *session);

SessionResult session_result(const Session *session, size_t layer);

#endif
