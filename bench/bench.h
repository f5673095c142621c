/* SPDX-License-Identifier: Apache-2.0 */
/* The one way in which layers are timed: our kernels, a loop of multiply-adds and, if there is one, a peer take turns
 * in one process. Each layer is visited several times, with memory of its own on both sides each time: where its pages
 * lie in the caches decides about a kernel's time, and is chance. */
#ifndef SEPTET_BENCH_BENCH_H
#define SEPTET_BENCH_BENCH_H

#include "bench/peer.h"
#include "cli/command.h"

/* The options that bench_run understands, for the option set of a program. */
#define BENCH_OPTIONS                                                                                                  \
    REQUEST_OPTIONS, OPTION_FILTER, OPTION_COLD_WEIGHTS, OPTION_VISITS, OPTION_QUICK, OPTION_JSON, OPTION_HELP

/* Times the layers that the command names and prints each, and a summary behind each list of several; `peer` may be
 * NULL. STATUS_UNSUPPORTED when this machine cannot run the target, and after all others when a layer could not be
 * timed; STATUS_WRONG when our results and the peer's differ. */
Status bench_run(Command *command, const PeerLibrary *peer);

#endif
