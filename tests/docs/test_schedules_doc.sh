#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/schedules.md: the tutorial on schedules, as commands.bash checks it.
exec bash "$SEPTET_SOURCE_DIR/tests/docs/commands.bash" schedules.md 21
