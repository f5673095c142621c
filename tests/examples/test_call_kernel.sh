#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# examples/call_kernel.c: the C API compiles a layer, loads it and calls it, and the results are right.
set -u
output=$("$SEPTET_BUILD_DIR/examples/call_kernel") || { echo "FAILED: $output"; exit 1; }
grep -q 'default schedule: status 0, largest error' <<<"$output" || { echo "FAILED: printed '$output'"; exit 1; }
