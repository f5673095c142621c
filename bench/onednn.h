/* SPDX-License-Identifier: Apache-2.0 */
/* oneDNN as a peer. */
#ifndef SEPTET_BENCH_ONEDNN_H
#define SEPTET_BENCH_ONEDNN_H

#include "bench/peer.h"

/* `version` is a buffer of at least 32 bytes that receives "2.6.3" and lives as long as the result. */
PeerLibrary onednn_library(char *version);

#endif
