/* SPDX-License-Identifier: Apache-2.0 */
/* bench_peers: our kernels and oneDNN's, side by side. */
#include "bench/bench.h"
#include "bench/onednn.h"
#include "cli/request.h"

enum { VERSION_BYTES = 32 };

static Status run(Command *command) {
    char version[VERSION_BYTES];
    PeerLibrary peer = onednn_library(version);
    return bench_run(command, &peer);
}

static const OptionKind options[] = {BENCH_OPTIONS, OPTION_COUNT};

static const Verb verb_bench_peers = {
    .name = "bench_peers",
    .program = "bench_peers",
    .summary = "time compiled kernels next to those of oneDNN",
    .synopsis = "SPEC... [options]",
    .text =
        "Measures the peaks of the machine, then for each layer runs oneDNN's kernel, ours and a loop of multiply-adds "
        "in\n"
        "turn, on the same numbers; results that differ are an error. Each of --visits (5; 3 with --quick) gives both\n"
        "sides new memory and runs five such rounds; the ratio is the median of the rounds' ratios, the times are "
        "medians\n"
        "of all samples. The weights are packed ahead on both sides. With\n"
        "--layout nhwc (the default) x and y are NHWC on both sides; in other layouts oneDNN's reordering of x and y\n"
        "counts, if it is faster with it. The epilogue is fused on both sides. With --threads N a kernel for one "
        "thread is\n"
        "timed beside those for N. Best on a machine at rest; `chrt -r 5 bench_peers ...` keeps others off the cores.",
    .example = "bench_peers bench/layers/resnet50.txt --epilogue 'bias relu' --quick",
    .takes_specs = true,
    .options = options,
    .run = run,
};

int main(int argc, char **argv) {
    return command_run_verb(&verb_bench_peers, argc - 1, argv + 1);
}
