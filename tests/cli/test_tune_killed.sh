#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Session, agent or child of septet tune are killed at random moments: a few times.
set -u
. "$SEPTET_SOURCE_DIR/tests/cli/tune_killed.bash"
kill_sessions 6
exit $failed
