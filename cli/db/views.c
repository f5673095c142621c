/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of septet db that print a view of their name: failures, noise, coverage, stale, borrowed, progress,
 * roofline; and list, which prints the view record. With --json all columns, in a table those that fit people. */
#include <string.h>

#include "cli/db/db.h"

typedef struct View {
    const Verb *verb;
    const char *view, *columns, *order, *nothing;
} View;

/* The newest calibration counts. */
static const char roofline_view[] =
    "(SELECT best.problem, best.target, best.machine, best.workers, best.regime, best.time_ms, best.gflops,"
    " best.gflops / k.peak_gflops AS peak_fraction, roofline_ns(best.problem, best.machine, best.workers, best.regime,"
    " k.peak_gflops, k.l2_gbytes, k.l3_gbytes, k.dram_gbytes) / (best.time_ms * 1e6) AS roofline_fraction,"
    " best.schedule, best.uuid FROM best JOIN machine h ON h.text = best.machine JOIN calibration k ON k.id ="
    " (SELECT id FROM calibration WHERE machine = h.id AND target = best.target AND workers = best.workers"
    " ORDER BY calibrated_at DESC LIMIT 1))";

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
    {&verb_db_borrowed, "borrowed", "problem, lender, target, workers, regime, status, time_ms, ratio, recipe, knobs",
     "problem, measured_at DESC, uuid", "no schedule was borrowed from another problem"},
    {&verb_db_progress, "progress", "*", "started_at DESC", "no sessions"},
    {&verb_db_roofline, roofline_view,
     "problem, target, workers, regime, time_ms, gflops, peak_fraction, roofline_fraction, uuid",
     "roofline_fraction, uuid", "no best record of a machine that septet doctor has calibrated"},
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
VIEW_VERB(
    roofline, "which records are far from what the machine can do",
    "peak_fraction is the share of the peak of multiply-adds, roofline_fraction that of the time that the peak or\n"
    "the speed of memory allow, whichever takes longer; the farthest comes first. Both come from the calibration\n"
    "that septet doctor recorded.",
    "septet db roofline --limit 10");
VIEW_VERB(borrowed, "schedules of one problem that were tried for another",
          "The best recipe and knobs of the lender, measured for the problem too; ratio is its time over that of the\n"
          "problem's own best record.",
          "septet db borrowed --where 'ratio < 1.02'");
VIEW_VERB(progress, "how far tuning sessions came", "One row a session.", "septet db progress --limit 1");
