#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The compiled layers of all lists compute what the reference computes, on every target.
set -u
. "$SEPTET_SOURCE_DIR/tests/cli/check_lists.bash"
for target in scalar x86-64-v2 x86-64-v3 x86-64-v4; do
    check_lists $target alexnet mobilenet_v1 mobilenet_v2 resnet50 vgg16 resnet50_mb16
done
exit $failed
