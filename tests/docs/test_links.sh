#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The documentation names files that exist: links of every .md file, and paths in backquotes. A path is what has a slash
# and no capital letter, which stand for names to be chosen (`compiler/passes/PASS.c`), from the root or from the
# document's folder; * is a pattern as in the shell.
set -u
cd "$SEPTET_SOURCE_DIR" || exit 1
checked=0 failed=0

# expect_file DOCUMENT PATH PATTERN...: one of the patterns must match.
expect_file() {
    local document=$1 path=$2 pattern
    shift 2
    checked=$((checked + 1))
    for pattern; do
        compgen -G "$pattern" >/dev/null && return
    done
    echo "FAILED: $document names $path, which does not exist"
    failed=1
}

for document in *.md */*.md */*/*.md; do
    case $document in build/*) continue ;; esac
    while read -r link; do
        case $link in http*) continue ;; esac
        expect_file "$document" "$link" "$(dirname "$document")/${link%%#*}"
    done < <(grep -o '](\([^)]*\))' "$document" | sed 's/^](//; s/)$//')
    while read -r path; do
        case $path in build/* | out/* | /*) continue ;; esac
        expect_file "$document" "$path" "$path" "$(dirname "$document")/$path"
    done < <(grep -o '`[a-z_.*-]*/\([a-z_.*][a-z0-9_./*-]*\)\?`' "$document" | tr -d '`')
done
[ "$checked" -gt 40 ] || { echo "FAILED: only $checked names were checked"; failed=1; }
echo "$checked names of files checked"
exit $failed
