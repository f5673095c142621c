#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# septet db export --format autotvm: lines that a reader of AutoTVM's logs takes, read here as its record.py and
# space.py say (version 0.2): the shape of each part, and the values behind it.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export SEPTET_DB=$work/a.db
command -v python3 >/dev/null || { echo 'SKIPPED: no python3'; exit 77; }

# row NUMBER PROBLEM STATUS KNOBS SCHEDULE
row() {
    local time='"time_ns":2e6,'
    [ "$3" = ok ] || time=
    printf '{"septet":1,"uuid":"01900000-0000-7000-8000-0000000002%02d","measured_at":"2026-03-01T10:00:00.250Z",' "$1"
    printf '"problem":"%s","target":"%s","machine":"m","workers":2,"regime":"cold-weights","kind":"search",' "$2" "${6:-scalar}"
    printf '"status":"%s",%s"visit_count":5,"schedule":"%s","recipe":"r","knobs":"%s","build":"b"}\n' "$3" "$time" "$5" "$4"
}
grouped='conv2d n=2 g=2 c=24 h=9 w=8 k=16 p=4 q=8 r=3 s=3 stride=2,1 pad=0,1,0,1 dilation=1,1 type=f32,f32,f32 layout=nChw16c,nchw epilogue=bias,relu'
transposed='deconv1d n=1 g=1 c=4 w=8 k=6 q=16 s=2 stride=2 pad=0,0 dilation=1 type=f32,f32,f32 layout=nwc,nwc epilogue=none'
{
    row 1 "$grouped" ok 'lane_loop=k lanes=16 unroll_taps=no fuse=yes' 'split k 2 -> a b\nunroll \"b\"\n'
    row 2 "$grouped" ok 'lane_loop=k lanes=8 unroll_taps=no fuse=yes' ''
    number=3
    for status in refused build_error build_timeout crashed run_timeout wrong too_fast out_of_memory noisy; do
        row $number "$transposed" $status '' '' 'a-target-of-later'
        number=$((number + 1))
    done
    row 50 'conv9d of a later version' ok '' ''
} >rows.jsonl
"$SEPTET" db import "$SEPTET_SOURCE_DIR/tests/cli/db/lines.jsonl" rows.jsonl >/dev/null || exit 1
"$SEPTET" db export --format autotvm >log 2>notes || { cat notes; exit 1; }
grep -q '1 measurements are of problems that this version cannot read' notes || { echo 'FAILED: no note'; exit 1; }
"$SEPTET" db export --format csv 2>err
[ $? = 2 ] && grep -q 'expected septet or autotvm' err || { echo 'FAILED: --format csv'; exit 1; }
[ "$("$SEPTET" db export --format autotvm --where "status = 'wrong'" | wc -l)" = 1 ] || { echo 'FAILED: --where'; exit 1; }

python3 - <<'PYTHON'
import json


def decode(line):
    """What decode() of AutoTVM's record.py does with a line, without TVM's own classes."""
    row = json.loads(line)
    assert "v" not in row and row["version"] == 0.2 and isinstance(row["tvm_version"], str)
    target, name, arguments, keywords = row["input"]
    assert target.startswith("llvm ") and isinstance(name, str) and isinstance(arguments, list) and keywords == {}
    config = row["config"]
    assert isinstance(config["index"], int) and 0 <= config["index"] < 2**31 and config["code_hash"] is None
    entities = {}
    for key, kind, value in config["entity"]:
        assert kind in ("sp", "re", "an", "ot"), kind
        entities[key] = value
    costs, error, all_cost, timestamp = row["result"]
    assert isinstance(costs, list) and costs and all(cost > 0 for cost in costs) and 0 <= error <= 8
    assert all_cost >= 0 and timestamp > 1.7e9
    return target, name, arguments, entities, config["index"], costs, error, timestamp


rows = [decode(line) for line in open("log")]
assert len(rows) == 14, len(rows)

target, name, arguments, entities, index, costs, error, timestamp = rows[0]
assert name == "septet.conv2d" and costs == [2e-05, 2.04e-05] and error == 0, rows[0]
assert rows[1][6] == 4 and rows[1][5] == [1e9] and rows[2][5] == [1.5e-05]

target, name, arguments, entities, index, costs, error, timestamp = rows[3]
assert arguments == [
    ["TENSOR", [2, 2, 9, 8, 16], "float32"], ["TENSOR", [16, 12, 3, 3], "float32"], ["TENSOR", [2, 16, 4, 8], "float32"],
    [2, 1], [[0, 1], [0, 1]], [1, 1], 2, "nChw16c", "nchw", "bias,relu", 2, "cold-weights", "m"], arguments
assert entities == {"recipe": "r", "lane_loop": "k", "lanes": 16, "unroll_taps": False, "fuse": True,
                    "schedule": 'split k 2 -> a b\nunroll "b"\n'}, entities
assert costs == [0.002] and abs(timestamp - 1772359200.25) < 1e-3, (costs, timestamp)
assert rows[4][4] != index  # other knobs

assert [row[6] for row in rows[5:]] == [1, 2, 6, 4, 7, 5, 8, 4, 8], [row[6] for row in rows[5:]]
assert all(row[5] == [1e9] for row in rows[5:])
target, name, arguments = rows[5][:3]
assert target == "llvm -keys=cpu" and name == "septet.conv1d_transpose"
assert arguments[:6] == [["TENSOR", [1, 8, 4], "float32"], ["TENSOR", [4, 6, 2], "float32"],
                         ["TENSOR", [1, 16, 6], "float32"], [2], [[0], [0]], [1]], arguments
PYTHON
