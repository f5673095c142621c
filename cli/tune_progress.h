/* SPDX-License-Identifier: Apache-2.0 */
/* What `septet tune` shows while it runs, on standard error, and in the end, on standard output: on a terminal a table
 * that is drawn again after each candidate, else a line for what is new; with --json every measurement and the results
 * as JSON lines on standard output, and nothing else. */
#ifndef SEPTET_CLI_TUNE_PROGRESS_H
#define SEPTET_CLI_TUNE_PROGRESS_H

#include "cli/command.h"
#include "tuner/session/session.h"

typedef struct TuneProgress {
    Context *context;
    const SessionOptions *options;
    const Session *session;            /* set when it begins */
    const char *uuid;                  /* of the session */
    bool json, live;                   /* neither: plain lines */
    int drawn;                         /* lines of the table on the screen */
    int64_t trials, failed, disturbed; /* measured, so far */
} TuneProgress;

/* `live` when standard error is a terminal that understands it, unless with --json. */
TuneProgress tune_progress_new(const Command *command, const SessionOptions *options, const char *uuid);

/* Shows a measurement of a layer, whose best time is best_ns by now (NAN: none). Called when the measurer is about to
 * build or check the next candidate; it times nothing while this draws. */
Status tune_progress_show(TuneProgress *progress, size_t layer, const Measurement *measurement, double best_ns);

/* The results: a line a layer, and one for all of them. */
Status tune_progress_end(TuneProgress *progress);

#endif
