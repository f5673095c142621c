#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# commands.bash DOCUMENT LEAST: every command of a page in docs/ runs and prints what is quoted below it; at least LEAST
# outputs are compared.
#
# A fenced block marked `sh` is run, all in this one shell and folder, because later ones use files and variables of
# earlier ones. The block after it is what it must print (standard output and errors), from a line's beginning to a
# line's end: marked `output` when the command must succeed, `refused` when it must fail. In it, … stands for anything.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir bin && ln -s "$SEPTET" bin/septet
PATH=$work/bin:$PATH
document=$SEPTET_SOURCE_DIR/docs/$1
block='' marked='' start=0 number=0 commands='' printed='' status=0 ran=0 compared=0 failed=0

fail() {
    echo "FAILED: ${document##*/}:$start: $*"
    failed=1
}

# contains TEXT EXCERPT: do lines of the text look like the excerpt?
contains() {
    local pattern
    pattern=$(sed -e 's/[][\\*?(){}|!+@]/\\&/g' -e 's/…/*/g' <<<"$2")
    # shellcheck disable=SC2053 # it is a pattern
    [[ $'\n'$1$'\n' == *$'\n'$pattern$'\n'* ]]
}

run_commands() {
    commands=$block
    ran=$((ran + 1))
    eval "$commands" >"$work/printed" 2>&1
    status=$?
    printed=$(cat "$work/printed")
}

# compare WANTED_STATUS: the block with what the last commands printed.
compare() {
    compared=$((compared + 1))
    [ "$status" = "$1" ] || fail "exit status $status instead of $1"
    contains "$printed" "$block" && return
    fail "the command below does not print this any more"
    printf '%s\n--- quoted\n%s\n--- printed\n%s\n\n' "$commands" "$block" "$printed"
}

end_block() {
    case $marked in
    sh) run_commands ;;
    output) compare 0 ;;
    refused) compare 1 ;;
    *) fail "a block marked '$marked'; known are sh, output, refused" ;;
    esac
}

while IFS= read -r line; do
    number=$((number + 1))
    if [[ $line == '```'* && -z $marked ]]; then
        marked=${line#'```'} block='' start=$number
        [ -n "$marked" ] || { fail 'a block without a mark'; break; }
    elif [[ $line == '```' ]]; then
        end_block
        marked=''
    elif [ -n "$marked" ]; then
        block+=${block:+$'\n'}$line
    fi
done <"$document"

# The comparison itself must be able to fail.
contains $'one\ntwo' 'one' && contains $'one\ntwo\nthree' $'one\n…\nthree' && contains 'a[1] = b*c' 'a[1] … b*c' ||
    fail 'comparison: finds nothing'
contains $'one\ntwo' 'tw' && fail 'comparison: takes a part of a line'
contains 'a1 = bbc' 'a[1] = b*c' && fail 'comparison: takes brackets and stars as patterns'
[ "$compared" -ge "$2" ] || fail "only $compared blocks were compared"
echo "$ran commands run, $compared outputs compared"
exit $failed
