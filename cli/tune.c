/* SPDX-License-Identifier: Apache-2.0 */
/* septet tune: what a search for faster schedules of layers would try. */
#include "cli/tune.h"

static Status run(Command *command) {
    Request request;
    SessionOptions options;
    TRY(request_read(command, &request));
    TRY(tune_read(command, &request, &options));
    if (command->arguments.option[OPTION_DRY_RUN] != NULL) return tune_dry_run(command, &options);
    return command_misused(command, "this version does not measure yet; --dry-run shows what it would search");
}

static const OptionKind options[] = {OPTION_DRY_RUN,  OPTION_CONV,   OPTION_LAYER,    OPTION_TARGET,
                                     OPTION_EPILOGUE, OPTION_LAYOUT, OPTION_ACCURACY, OPTION_THREADS,
                                     OPTION_STRATEGY, OPTION_SEED,   OPTION_SHARD,    OPTION_UNPROMISING,
                                     OPTION_JSON,     OPTION_HELP,   OPTION_COUNT};

const Verb verb_tune = {
    .name = "tune",
    .program = "septet tune",
    .summary = "show what a search for faster schedules would try",
    .synopsis = "SPEC... --dry-run [options]",
    .text =
        "Prints the knobs of each layer's recipe with their values, how many points have a schedule that applies and\n"
        "how many of them are worth measuring, and the candidates that a search begins with.",
    .example = "septet tune bench/layers/resnet50.txt --layer res2a_branch2b --dry-run",
    .takes_specs = true,
    .options = options,
    .run = run,
};
