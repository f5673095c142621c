#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/database.md: the questions to the database, as commands.bash checks it.
exec bash "$SEPTET_SOURCE_DIR/tests/docs/commands.bash" database.md 14
