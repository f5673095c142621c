#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Some minutes of libFuzzer, for all harnesses in turn; SEPTET_FUZZ_SECONDS for each (60).
exec "$SEPTET_SOURCE_DIR/scripts/fuzz" --seconds "${SEPTET_FUZZ_SECONDS:-60}"
