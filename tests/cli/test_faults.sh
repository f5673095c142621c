#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What goes wrong outside of septet: disks that are full, folders and files that must not be written, signals at any
# moment, output that nobody takes. Each gives a message and exit status 1; nothing is half written, and no temporary is
# left.
set -u
work=$(mktemp -d)
mounted=
trap '[ -z "$mounted" ] || umount "$work/small"; chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 1
layer='c=8 h=9 w=9 k=20 r=3 s=3 pad=1 bias relu'
long=$(printf 'n%.0s' $(seq 253))
failed=0

fail() {
    echo "FAILED: $*" >&2
    failed=1
}

# fails STATUS MESSAGE COMMAND...: it exits so and says so on standard error, '' meaning nothing at all.
fails() {
    local wanted=$1 message=$2 status
    shift 2
    "$@" 2>err </dev/null
    status=$?
    [ "$status" = "$wanted" ] || { fail "$* exits with $status instead of $wanted"; cat err >&2; }
    if [ -n "$message" ]; then
        grep -qF -- "$message" err || { fail "$*: no '$message'"; cat err >&2; }
    elif [ -s err ]; then
        fail "$* does not end quietly: $(cat err)"
    fi
}

# compile FOLDER [ARGUMENT...]
compile() {
    local folder=$1
    shift
    "$SEPTET" compile --conv "$layer" --name small -o "$folder" "$@" >/dev/null
}

# limited COMMAND...: no file may grow beyond 1 KiB.
limited() {
    (ulimit -f 1; exec "$@")
}

# holds FOLDER NAMES: all that is in it, hidden files too; '-' when it is missing.
holds() {
    local got=-
    [ -e "$1" ] && got=$(cd "$1" && find . -mindepth 1 | sort | sed 's,^\./,,' | tr '\n' ' ' | sed 's, $,,')
    [ "$got" = "$2" ] || fail "$1 holds '$got' instead of '$2'"
}

compile plain || fail 'without a fault'

# A full disk: by a limit on the size of files, whose signal must not end the command; then a real one. A folder that
# was made is gone, one that was there stays as it was.
export -f compile
export SEPTET layer
fails 1 'cannot write full/small.o: File too large' limited bash -c 'compile full'
holds full -
cp -r plain kept
fails 1 'cannot write kept/small.o: File too large' limited bash -c 'compile kept --target scalar'
diff -r plain kept || fail 'full disk: old files changed'
mkdir small
if mount -t tmpfs -o size=8k none small 2>/dev/null; then
    mounted=yes
    fails 1 'No space left on device' compile small/out
    holds small ''
    cp plain/small.h small/
    fails 1 'No space left on device' compile small
    holds small 'small.h'
    cmp plain/small.h small/small.h || fail 'full disk: the old header changed'
    mount -o remount,ro small
    fails 1 'Read-only file system' compile small
    umount small
    mounted=
else
    echo 'SKIPPED: a disk of 8 KiB cannot be mounted here; the limit on sizes stands for it'
fi

# A folder that must not be written to, files of others. Root may write everywhere, so another user tries.
mkdir locked open && chmod 555 locked && chmod 1777 open && chmod 755 "$work"
cp plain/small.h open/
as_other=()
[ "$(id -u)" = 0 ] && as_other=(setpriv --reuid 65534 --clear-groups)
if "${as_other[@]}" test -x "$SEPTET" 2>/dev/null; then
    fails 1 'cannot write to the folder locked: Permission denied' "${as_other[@]}" bash -c 'compile locked'
    holds locked ''
    if [ "$(id -u)" = 0 ]; then
        fails 1 'open/small.h: Operation not permitted' "${as_other[@]}" bash -c 'compile open'
        holds open 'small.h'
        cmp plain/small.h open/small.h || fail 'the file of another user changed'
    fi
else
    echo 'SKIPPED: the command cannot be run by another user here'
fi

# Where files can and cannot be: below what is missing, a file, a link to nothing; under a name that is taken or too long.
touch file
ln -s nowhere dangling
mkdir -p real taken/small.h
ln -s real link
compile none/below || fail 'a folder below a missing one'
holds none 'below below/small.h below/small.o'
fails 1 'file is not a folder' compile file
fails 1 'file/below: Not a directory' compile file/below
fails 1 'cannot use the folder dangling: No such file or directory' compile dangling
fails 1 'taken/small.h: something that is no file has that name' compile taken
holds taken 'small.h'
compile link || fail 'a link to a folder'
holds real 'small.h small.o'
fails 1 "cannot make the folder $long" compile "$long$long"
"$SEPTET" compile --conv "$layer" --name "$long" -o names >/dev/null || fail 'a name of 253 characters'
holds names "$long.h $long.o"
fails 1 'File name too long' "$SEPTET" compile --conv "$layer" --name "${long}n" -o names
holds names "$long.h $long.o"

# Standard output that nobody takes. The files are written before that.
if [ -w /dev/full ]; then
    for verb in --help --version targets 'targets --json' show 'check --json'; do
        specs=()
        [[ $verb =~ show|check ]] && specs=(--conv "$layer")
        # shellcheck disable=SC2086
        fails 1 'cannot write standard output: No space left on device' "$SEPTET" $verb "${specs[@]}" >/dev/full
    done
fi
fails 1 'cannot write standard output: File too large' limited "$SEPTET" show --conv "$layer" >shown
fails 1 'cannot write standard output: Bad file descriptor' "$SEPTET" compile --conv "$layer" --name small -o closed >&-
diff -r plain closed || fail 'with standard output closed'
"$SEPTET" compile --conv "$layer" --name small -o silent >/dev/null 2>&- || fail 'with standard error closed'
diff -r plain silent || fail 'with standard error closed'
quietly() {
    env "--$1-signal=PIPE" "$SEPTET" show "$SEPTET_SOURCE_DIR/bench/layers/resnet50.txt" | head -1 >/dev/null
    return "${PIPESTATUS[0]}"
}
fails 141 '' quietly default
fails 1 '' quietly ignore

# Ended by a signal at any moment: a message, exit status 1, and all files or none. While LLVM's library is still being
# loaded, the signal ends the process by itself.
list=$SEPTET_SOURCE_DIR/bench/layers/alexnet.txt
interrupted() {
    "$SEPTET" "$@" >/dev/null 2>err &
    local pid=$! status
    sleep "$moment"
    kill -s "$signal" $pid 2>/dev/null
    wait $pid
    status=$?
    case $status-$(cat err) in
    1-'septet: interrupted') told=yes ;;
    0- | 129- | 130- | 143-) ;;
    *) fail "$signal after $moment s: $status $(cat err)" ;;
    esac
}
told=
set -m # or jobs in the background would ignore SIGINT
for round in $(seq 24); do
    signal=$([ $((round % 2)) = 0 ] && echo INT || echo TERM) moment=$(printf '0.%03d' $((round * round / 2 + 10)))
    interrupted compile "$list" --target scalar -o ended
    [ -e ended ] && [ "$(find ended -mindepth 1 | wc -l)" != 10 ] && fail "$signal leaves $(ls -A ended)"
    rm -rf ended
done
moment=0.5 signal=HUP interrupted check --random 100000
set +m
[ "$told" = yes ] || fail 'no signal gives a message'
nohup "$SEPTET" compile --conv "$layer" --name small -o nohup >/dev/null 2>&1 || fail nohup
left=$(find . -name '*.tmp')
[ -z "$left" ] || fail "temporaries are left: $left"
exit $failed
