/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of septet db that print a view of their name: failures, noise, coverage, stale, progress; and list, which
 * prints the view record. With --json all columns, in a table those that fit people. */
#include <string.h>

#include "cli/db/db.h"

typedef struct View {
    const Verb *verb;
    const char *view, *columns, *order, *nothing;
} View;

static const View views[] = {
    {&verb_db_list, "record",
     "measured_at, status, kind, time_ns / 1e6 AS time_ms, spread, visit_count, target, problem, recipe, knobs, uuid",
     "measured_at DESC, uuid", "no measurements"},
    {&verb_db_failures, "failures", "status, phase, signal, target, problem, detail, reproduce, uuid",
     "measured_at DESC, uuid", "no measurement has failed"},
    {&verb_db_noise, "noise", "*", "mean_spread DESC", "no measurement with more than one visit"},
    {&verb_db_coverage, "coverage",
     "problem, target, workers, regime, measurements, schedules, ok, failed, fastest_seen_ms, confirmed,"
     " last_measured_at",
     "problem, target", "no measurements"},
    {&verb_db_stale, "stale", "state, problem, target, workers, regime, time_ms, build, uuid", "problem, target",
     "no stale records"},
    {&verb_db_progress, "progress", "*", "started_at DESC", "no sessions"},
};

static const View *find_view(const Verb *verb) {
    const View *view = views;
    while (view->verb != verb) view++;
    return view;
}

static Status body(Command *command, Database *database) {
    const View *view = find_view(command->verb);
    const char *where, *limit;
    TRY(db_where(command, &where));
    TRY(db_limit(command, &limit));
    const char *columns = command->arguments.option[OPTION_JSON] != NULL ? "*" : view->columns;
    const char *sql = arena_format(command->context, "SELECT %s FROM %s%s ORDER BY %s%s", columns, view->view, where,
                                   view->order, limit);
    return db_print(command, database, sql, NULL, 0, view->nothing);
}

static Status run(Command *command) {
    return db_run(command, DATABASE_READ, body);
}

static const OptionKind options[] = {OPTION_WHERE, OPTION_LIMIT, DB_OPTIONS};

#define VIEW_VERB(word, about, explanation, how)                                                                       \
    const Verb verb_db_##word = {                                                                                      \
        .name = #word,                                                                                                 \
        .program = "septet db " #word,                                                                                 \
        .summary = (about),                                                                                            \
        .synopsis = "[options]",                                                                                       \
        .text = (explanation),                                                                                         \
        .example = (how),                                                                                              \
        .options = options,                                                                                            \
        .run = run,                                                                                                    \
    }

VIEW_VERB(list, "the measurements, newest first",
          "Each row is one measurement. --where takes any of the columns that\n"
          "--json shows, which are those of the view record.",
          "septet db list --where \"status = 'ok' AND problem LIKE '%k=64%'\" --limit 20");
VIEW_VERB(failures, "what failed and why, and how to see it again",
          "detail is the reason in words, reproduce a line for a shell. A failure has no time.",
          "septet db failures --where \"status = 'wrong'\"");
VIEW_VERB(
    noise, "how far times of one object lie apart",
    "Spreads are between visits (processes, placements of the buffers); max_drift is how far the first candidate\n"
    "moved during a session.",
    "septet db noise --limit 10");
VIEW_VERB(
    coverage, "what was tried for each problem",
    "fastest_seen_ms is over all rows that were not given up, and may be luck; confirmed says whether there is a\n"
    "record.",
    "septet db coverage --where 'NOT confirmed'");
VIEW_VERB(stale, "best records whose time may not hold any more",
          "state: 'different' when a later build compiles the schedule to another object, 'refused' when it does not\n"
          "compile it any more, 'not known' when no later build has looked.",
          "septet db stale");
VIEW_VERB(progress, "how far tuning sessions came", "One row a session.", "septet db progress --limit 1");
