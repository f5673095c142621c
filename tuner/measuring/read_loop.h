/* SPDX-License-Identifier: Apache-2.0 */
/* The measuring stick of memory: a loop of nothing but loads, of the widest kind that a target has. One file an
 * architecture; CMake chooses it. */
#ifndef SEPTET_TUNER_MEASURING_READ_LOOP_H
#define SEPTET_TUNER_MEASURING_READ_LOOP_H

#include <stdint.h>

#include "targets/target.h"

enum { READ_LOOP_STEP_BYTES = 512 };

/* Reads `bytes`, a multiple of READ_LOOP_STEP_BYTES, from `data`, aligned to 64 bytes, `passes` times; returns a number
 * that depends on every byte, so that nothing can be left out. */
typedef uint32_t ReadLoop(const void *data, int64_t bytes, int64_t passes);

/* The loop for a target, which this machine must be able to run. */
ReadLoop *read_loop(const Target *target);

#endif
