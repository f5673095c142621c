#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# septet bench through its agent on this machine; test_on.sh has others. What the times are is not tested, and on a busy
# machine there may be none (status noisy).
set -u
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder" || exit 1
failures=0
fail() { echo "FAILED: $*"; cat out err; failures=1; }
conv='c=8 h=6 w=6 k=16 r=3 s=3 pad=1 bias relu'

"$SEPTET" bench --conv "$conv" --quick --visits 1 --json >out 2>err
grep -qE '"status":"(ok|noisy)"' out || fail 'one layer'
grep -q '"error_l2":[0-9]' out || fail 'it is checked'

# The object that was measured is the one that compile writes.
"$SEPTET" show --conv "$conv" >/dev/null 2>&1
python3 - >schedule 2>>err <<'PYTHON'
import json
reproduce = json.loads(open("out").readline())["reproduce"]
text = reproduce.split("printf '", 1)[1].split("' | septet", 1)[0]
print(text.replace("\\n", "\n").replace("%%", "%"), end="")
PYTHON
"$SEPTET" compile --conv "$conv" --schedule schedule --name measured -o . >/dev/null 2>>err
grep -q "\"object_sha256\":\"$(sha256sum measured.o | cut -d' ' -f1)\"" out || fail 'the same object as compile writes'

echo 'split q 3 -> qo qi
unroll nothing' | "$SEPTET" bench --conv "$conv" --schedule - >out 2>err && fail 'a schedule that does not apply'
grep -q 'unroll nothing' err || fail 'says which step'
"$SEPTET" bench --conv "$conv" --target cortex-a72 >out 2>err && fail 'a target that cannot run here'
grep -q 'cortex-a72 cannot be measured on this machine, which runs ' err || fail 'says why'
"$SEPTET" bench --conv "$conv" --filter nothing >out 2>err
[ $? = 2 ] || fail 'a filter that leaves nothing'
grep -q -- '--filter nothing: no layer of 1 has that in its name' err || fail 'says so'

# The protocol by hand.
printf '%s\n' 'nonsense' '{"measure":[{"problem":"x","target":"y","schedule":""}]}' '{"measure":[]}' '{"measure":[{}]}' |
    "$SEPTET" agent >out 2>err || fail 'the agent ends well'
sed 's/:.*//' out | tr '\n' ' ' | grep -qx '{"agent" {"error" {"index" {"done" {"done" {"error" ' || fail 'answers'
exit $failures
