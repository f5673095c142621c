#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs scripts/check_style over septet's own sources (without clang-tidy, which scripts/test adds).
command -v clang-format-19 >/dev/null || { echo "SKIPPED: clang-format-19 is not installed"; exit 77; }
exec "$SEPTET_SOURCE_DIR"/scripts/check_style
