/* SPDX-License-Identifier: Apache-2.0 */
/* time_kernel: our kernels alone, next to the machine's peaks. */
#include "bench/bench.h"
#include "cli/request.h"

static Status run(Command *command) {
    return bench_run(command, NULL);
}

static const OptionKind options[] = {BENCH_OPTIONS, OPTION_COUNT};

static const Verb verb_time_kernel = {
    .name = "time_kernel",
    .program = "time_kernel",
    .summary = "time compiled kernels next to the multiply-add peak",
    .synopsis = "SPEC... [options]",
    .text =
        "Compiles each layer, runs its kernel on --threads cores, taking turns with a loop of nothing but "
        "multiply-adds of\n"
        "the target's kind, and prints median time, GFLOP/s, the share of the peak measured in the same run, and that\n"
        "of the roofline: the larger of the flops at the peak and of the bytes at the measured speeds of memory.",
    .example = "time_kernel bench/layers/resnet50.txt --epilogue 'bias relu'",
    .takes_specs = true,
    .options = options,
    .run = run,
};

int main(int argc, char **argv) {
    return command_run_verb(&verb_time_kernel, argc - 1, argv + 1);
}
