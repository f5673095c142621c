# SPDX-License-Identifier: Apache-2.0
# kill_sessions N: N times a session is started, and after a random while it, its agent, or a child of the agent is
# killed. Every event that was printed is in the database, the database is whole, no process stays behind, and the same
# command goes on where it ended.
kill_sessions() {
    local kills=$1 i victim session events=0 rows mark
    export SEPTET_DB=$work/tuning.db SEPTET_LOCK=$work/lock
    RANDOM=1
    for ((i = 0; i < kills; i++)); do
        mark=$work/mark_$i
        rows=$("$SEPTET" db sql "SELECT count(*) FROM record WHERE status <> 'noisy'" 2>/dev/null | tail -1 | tr -d ' ')
        SEPTET_TEST_MARK=$mark "$SEPTET" tune --conv 'c=8 h=6 w=6 k=16 r=3 s=3 pad=1' --strategy random --trials 5000 \
            --json >events 2>messages &
        session=$!
        [ $((i % 2)) = 0 ] || wait_until '[ -s events ]' # on a busy machine the first event takes long
        sleep "$((RANDOM % 4)).$((RANDOM % 90 + 10))"
        kill_one $((i % 3)) $session
        if [ $((i % 3)) = 2 ]; then # a child of the agent: the session lives on
            sleep 0.5
            kill -0 $session 2>/dev/null || { fail "kill $i: the session does not outlive a child of its agent"; cat messages; }
            kill -9 $session
        fi
        wait $session 2>/dev/null
        [ ! -s events ] || [ "${rows:-0}" = 0 ] || grep -q 'goes on behind' messages ||
            { fail "kill $i: the session did not go on"; cat messages; }
        check_events
        events=$((events + $(wc -l <printed)))
        wait_until "! has_processes $mark" || fail "kill $i: processes stay behind"
    done
    if [ $events = 0 ]; then
        echo 'SKIPPED: the machine is too busy to measure'
        [ $failed = 1 ] || exit 77
        return
    fi
    "$SEPTET" tune --conv 'c=8 h=6 w=6 k=16 r=3 s=3 pad=1' --strategy random --trials 1 >results 2>messages
    grep -q 'goes on behind' messages || { fail 'the last session did not go on'; cat messages; }
    echo "$kills kills, $events events"
}

# 0: the session, 1: its agent, 2: a child of that, or none when there is none at the moment.
kill_one() {
    victim=$2
    for ((depth = 0; depth < $1; depth++)); do
        victim=$(ps -o pid= --ppid "$victim" | head -1 | tr -d ' ')
        [ -n "$victim" ] || return
    done
    kill -9 "$victim" 2>/dev/null
}

# The events of the session that have a whole line are rows of it, and the database is whole.
check_events() {
    grep '"kind":.*}$' events | sed -E 's/.*"session":"([^"]*)".*"status":"([^"]*)".*"knobs":"([^"]*)".*/\1 \2 \3/' |
        sort >printed
    [ -s printed ] || return
    "$SEPTET" db sql "SELECT session || ' ' || status || ' ' || knobs AS row FROM record" | sort >stored
    comm -23 printed stored >lost
    [ ! -s lost ] || { fail 'events that are not in the database:'; cat lost; }
    ! command -v sqlite3 >/dev/null || [ "$(sqlite3 "$SEPTET_DB" 'PRAGMA integrity_check')" = ok ] ||
        fail 'integrity_check'
}

has_processes() {
    grep -lsz "^SEPTET_TEST_MARK=$1\$" /proc/[0-9]*/environ >/dev/null 2>&1
}

wait_until() { # CONDITION, for at most 30 s
    for _ in $(seq 300); do
        eval "$1" && return 0
        sleep 0.1
    done
    return 1
}

fail() {
    echo "FAILED: $*"
    failed=1
}

failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
