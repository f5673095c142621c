/* SPDX-License-Identifier: Apache-2.0 */
/* septet tune: searches for faster schedules of layers, measures them, and stores everything measured. */
#include "cli/tune.h"
#include "cli/place.h"

static Status run(Command *command) {
    Request request;
    SessionOptions options;
    TRY(place_check(command));
    TRY(request_read_layers(command, &request));
    TRY(request_check_clashes(command, &request));
    TRY(tune_read(command, &request, &options));
    if (command->arguments.option[OPTION_DRY_RUN] != NULL) return tune_dry_run(command, &options);
    return tune_measure(command, &options);
}

static const OptionKind options[] = {
    OPTION_MINUTES,      OPTION_TRIALS,   OPTION_UNTIL,  OPTION_CONV,     OPTION_LAYER,
    OPTION_TARGET,       OPTION_EPILOGUE, OPTION_LAYOUT, OPTION_ACCURACY, OPTION_THREADS,
    OPTION_COLD_WEIGHTS, OPTION_STRATEGY, OPTION_SEED,   OPTION_SCHEDULE, OPTION_UNPROMISING,
    OPTION_MISSING,      OPTION_STALE,    OPTION_FRESH,  OPTION_SHARD,    OPTION_ON,
    OPTION_DB,           OPTION_DRY_RUN,  OPTION_JSON,   OPTION_HELP,     OPTION_COUNT};

const Verb verb_tune = {
    .name = "tune",
    .program = "septet tune",
    .summary = "search for faster schedules by measuring",
    .synopsis = "SPEC... [--minutes M] [--trials N] [--until HH:MM] [options]",
    .text =
        "Measures candidate 0 of each layer (the schedule of --schedule, else the best recorded one, else the\n"
        "default), the schedules of the nearest problems, then what the strategy asks for, more of the layers that\n"
        "promise most; and in the end the best few in turn with candidate 0. Every measurement is stored in the\n"
        "database at once, so the same command goes on where it ended, by Ctrl-C or otherwise. Prints a line a layer:\n"
        "time of candidate 0, of the best, their ratio, candidates measured and failed; on standard error what is\n"
        "new while it runs. --dry-run measures nothing: it prints the knobs of each layer's recipe with their values,\n"
        "how many points there are, and the candidates that a search begins with.",
    .example = "septet tune bench/layers/resnet50.txt --epilogue 'bias relu' --minutes 10",
    .takes_specs = true,
    .options = options,
    .run = run,
};
