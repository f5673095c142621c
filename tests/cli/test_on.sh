#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measuring on another machine by septet-agent, through a program in place of ssh that runs the command here: host
# "board" has this machine's agent, "arm" the one for AArch64 boards in an emulator, "weak" one that dies soon.
set -u
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder" || exit 1
failures=0
fail() { echo "FAILED: $*"; cat out err; failures=1; }
has() { grep -qF -- "$2" "$1" || fail "no line of $1 has '$2'"; }
agents=$SEPTET_BUILD_DIR/septet-agent
here=$(uname -m)
[ -x "$agents/$here/septet-agent" ] || { echo "SKIPPED: there is no septet-agent for $here"; exit 77; }

mkdir bin board arm weak old bare
ln -s "$agents/$here/septet-agent" board/septet-agent
printf '#!/bin/sh\nexec qemu-aarch64 -cpu cortex-a72 %s/aarch64/septet-agent\n' "$agents" >arm/septet-agent
printf '#!/bin/sh\n%s/%s/septet-agent | sed -u %dq\n' "$agents" "$here" 3 >weak/septet-agent
printf '#!/bin/sh\necho %s\nexec sleep 100\n' "'{\"agent\":1,\"version\":\"0\"}'" >old/septet-agent
cat >bin/ssh <<SSH
#!/bin/sh
[ -d "$folder/\$1" ] || { echo "ssh: cannot resolve \$1" >&2; exit 255; }
PATH="$folder/\$1:/usr/bin:/bin"
shift
exec sh -c "\$*"
SSH
chmod +x bin/* ./*/septet-agent
export PATH="$folder/bin:$PATH" SEPTET_LOCK=$folder/lock
target=$("$SEPTET" targets | sed -n 's/^host means //p')
# With an activation that is not exact, so that a second object goes along.
conv='c=8 h=6 w=6 k=16 r=3 s=3 pad=1 bias sigmoid'

"$SEPTET" bench --conv "$conv" --target "$target" --quick --visits 1 --json --on ssh:board >out 2>err
grep -qE '"emulated":false,"status":"(ok|noisy)"' out || fail 'bench on a board'
grep -qE '"error_l2":[0-9]' out || fail 'it is checked there'
"$SEPTET" bench --conv "$conv" --target "$target" --quick --visits 1 --json >here 2>err
hash() { grep -o '"object_sha256":"[0-9a-f]*"' "$1"; }
[ "$(hash out)" = "$(hash here)" ] || fail 'the object is the one that is measured here'

"$SEPTET" bench --conv "$conv" --target "$target" --on ssh:nowhere >out 2>err && fail 'no such host'
has err "cannot start the agent by 'exec ssh 'nowhere' septet-agent'"
has err 'ssh could not reach the host'
"$SEPTET" bench --conv "$conv" --target "$target" --on ssh:bare >out 2>err && fail 'a host without an agent'
has err 'the program was not found there'
"$SEPTET" bench --conv "$conv" --target "$target" --on ssh:old >out 2>err && fail 'another version'
has err 'it speaks protocol 1, and this version speaks 2'
"$SEPTET" bench --conv "$conv" --target cortex-a72 --on ssh:board >out 2>err && [ "$here" != aarch64 ] && fail 'target'
"$SEPTET" bench --conv "$conv" --target "$target" --threads 2 --on ssh:board >out 2>err && fail 'two threads'
has err 'kernels of 2 threads cannot be measured there: the agent runs at most 1'
for place in 'ssh:-oProxyCommand=x' 'ssh:a b' board ssh:; do
    "$SEPTET" bench --conv "$conv" --target "$target" --on "$place" >out 2>err
    [ $? = 2 ] || fail "--on '$place'"
done
"$SEPTET" tune --conv "$conv" --on ssh:board --trials 1 >out 2>err
[ $? = 2 ] || fail '--on without --target'

# An agent that dies in the middle: what it had measured is stored, and the same command goes on elsewhere.
export SEPTET_DB=$folder/tuning.db
rows() { "$SEPTET" db sql 'SELECT count(*) FROM record' | tail -1; }
"$SEPTET" tune --conv "$conv" --target "$target" --trials 6 --on ssh:weak >out 2>err && fail 'an agent that dies'
has err 'ended before it had answered; what it had measured before is kept'
[ "$(rows)" -ge 1 ] || fail 'what was measured before is lost'
"$SEPTET" tune --conv "$conv" --target "$target" --trials 2 --on ssh:board >out 2>err || fail 'going on'
has err 'earlier measurements'

# In an emulator: right or wrong is found out, times say nothing, and none is best.
if [ -x "$agents/aarch64/septet-agent" ] && command -v qemu-aarch64 >/dev/null; then
    "$SEPTET" bench --conv "$conv" --target cortex-a72 --on ssh:arm >out 2>err || fail 'bench in an emulator'
    has out 'in an emulator, which says nothing'
    "$SEPTET" bench --conv "$conv" --target neoverse-v1 --on ssh:arm >out 2>err && fail 'a target without SVE'
    has err "neoverse-v1 cannot be measured there: the agent's machine runs cortex-a72"
    "$SEPTET" tune --conv "$conv" --target cortex-a72 --trials 3 --on ssh:arm >out 2>err || fail 'tune in an emulator'
    count() { "$SEPTET" db sql "SELECT count(*) FROM $1 WHERE target = 'cortex-a72' $2" | tail -1 | tr -d ' '; }
    [ "$(count record "AND status = 'ok' AND emulated")" -ge 1 ] || fail 'nothing is right in an emulator'
    [ "$(count record 'AND NOT emulated')" = 0 ] || fail 'a record is not marked as emulated'
    [ "$(count best '')" = 0 ] || fail 'a time of an emulator is best'
else
    echo 'the emulated agent is left out: aarch64-linux-gnu-gcc or qemu-aarch64 is missing'
fi
exit $failures
