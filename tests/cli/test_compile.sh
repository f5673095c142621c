#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# septet compile: which files it writes, that it writes all or none, and that the same input gives the same bytes.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
layer='c=8 h=9 w=9 k=20 r=3 s=3 pad=1 bias relu'
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

# expect STATUS COMMAND...: runs it, its output in out and err.
expect() {
    local wanted=$1 status
    shift
    "$@" >out 2>err
    status=$?
    [ "$status" = "$wanted" ] || { fail "$* exits with $status instead of $wanted"; cat err; }
}

# files FOLDER: the names in it, on one line.
files() {
    [ -d "$1" ] || return
    (cd "$1" && find . -type f | sort | sed 's,^\./,,' | tr '\n' ' ' | sed 's, $,,')
}

# same WHAT GOT WANTED
same() {
    [ "$2" = "$3" ] || fail "$1: got '$2', wanted '$3'"
}

# The line a kernel, and the files.
expect 0 "$SEPTET" compile --conv "$layer" --name small -o plain
same 'files' "$(files plain)" 'small.h small.o'
grep -q '^small: plain/small.o plain/small.h, [0-9]* bytes, .*, default schedule$' out || { fail 'line'; cat out; }
expect 0 "$SEPTET" compile --conv "$layer" --name small -o plain --json
grep -q '"kernel":"small".*"schedule_source":"default"' out || { fail 'JSON line'; cat out; }

# Every kind of file, and nothing else.
expect 0 "$SEPTET" compile --conv "$layer" --name small -o kinds --emit obj,asm,llvm,loops,tensor,header
same 'kinds' "$(files kinds)" 'small.h small.ll small.loops small.o small.s small.tensor'
grep -q '^define.*@small(' kinds/small.ll || fail 'LLVM IR has no function small'
grep -q '^small:' kinds/small.s || fail 'assembly has no label small'
grep -q 'sum\[' kinds/small.tensor || fail 'tensor expression has no sum'
grep -q 'init:' kinds/small.loops || fail 'loop nest has no init'
expect 0 "$SEPTET" compile --conv "$layer" --name small -o only --emit asm
same 'only assembly' "$(files only)" 'small.s'

# The same input gives the same bytes, from another folder too.
mkdir elsewhere
(cd elsewhere && "$SEPTET" compile --conv "$layer" --name small -o again >/dev/null)
cmp plain/small.o elsewhere/again/small.o || fail 'objects differ'
cmp plain/small.h elsewhere/again/small.h || fail 'headers differ'

# Specs from files and standard input, in any number; the schedule from a file.
printf 'layer one c=4 h=5 w=5 k=6\nlayer two c=4 h=5 w=5 k=7\n' >two.txt
expect 0 "$SEPTET" compile two.txt --conv "$layer" --epilogue bias -o many
same 'lines' "$(wc -l <out | tr -d ' ')" 3
expect 0 "$SEPTET" compile two.txt --layer two -o some
same 'one layer' "$(files some)" 'two.h two.o'
"$SEPTET" compile - -o piped <two.txt >/dev/null || fail 'standard input'
same 'standard input' "$(files piped)" 'one.h one.o two.h two.o'
printf 'split q 3 -> qo qi\n' >split.txt
expect 0 "$SEPTET" compile --conv "$layer" --name small --schedule split.txt -o scheduled
grep -q 'file schedule$' out || { fail 'schedule source'; cat out; }
cmp -s plain/small.o scheduled/small.o && fail 'the schedule changed nothing'

# What the compiler does on the way goes to standard error.
expect 0 "$SEPTET" compile --conv "$layer" --name small --schedule split.txt -o dumped --dump-after split --time-passes
grep -q 'after step 1: split q 3 -> qo qi' err || { fail '--dump-after a step'; cat err; }
grep -q 'pass fold_guards' err || { fail '--time-passes'; cat err; }
expect 0 "$SEPTET" compile --conv "$layer" --name small -o dumped --dump-after fold_guards
grep -q 'after pass fold_guards' err || { fail '--dump-after a pass'; cat err; }

# One impossible layer among good ones: nothing is written.
printf 'layer good c=4 h=5 w=5 k=6\nlayer odd c=4 h=5 w=5 k=6 requant\n' >odd.txt
expect 1 "$SEPTET" compile odd.txt -o none
grep -q 'odd' err || { fail 'message names no layer'; cat err; }
[ -e none ] && fail 'the folder of a failed compile is there'
expect 1 "$SEPTET" compile odd.txt -o none/a/b
[ -e none ] && fail 'the folders of a failed compile are there'
expect 0 "$SEPTET" compile --conv "$layer" --name small -o deep/a/b
[ -e deep/a/b/small.o ] || fail 'folders are not made with their parents'
: >file
expect 1 "$SEPTET" compile --conv "$layer" -o file/a
grep -q 'cannot make the folder file/a: Not a directory' err || { fail 'no word of the folder'; cat err; }

exit $failed
