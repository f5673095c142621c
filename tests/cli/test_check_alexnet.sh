#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The compiled layers of alexnet compute what the reference computes, on the best target of this machine.
set -u
. "$SEPTET_SOURCE_DIR/tests/cli/check_lists.bash"
host=$("$SEPTET" targets --json | grep '"host":true' | grep -o '"name":"[^"]*"' | cut -d '"' -f 4)
check_lists "$host" alexnet
exit $failed
