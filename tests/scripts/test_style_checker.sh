#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests scripts/check_style on small trees: a clean one passes, and every rule finds the file that breaks it.
set -u
check=$SEPTET_SOURCE_DIR/scripts/check_style
for tool in clang-format-19 clang-tidy-19 llvm-config-19; do
    command -v $tool >/dev/null || { echo "SKIPPED: $tool is not installed"; exit 77; }
done
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree"/{base,ir,compiler/llvm,compiler/passes,tuner,cli,runtime,tests/ir,scripts,build}
cp "$SEPTET_SOURCE_DIR"/.clang-format "$SEPTET_SOURCE_DIR"/.clang-tidy "$tree"
failures=0

# put FILE: writes standard input there, below the header that every C file has.
put() {
    { printf '/* SPDX-License-Identifier: Apache-2.0 */\n/* A file of the test. */\n'; cat; } >"$tree/$1"
}

# expect LINE: the output of the last run has a line that begins like this.
expect() {
    grep -qF -- "$1" <<<"$output" && return
    echo "not found: $1"
    failures=$((failures + 1))
}

# lines N TEXT: TEXT, N times.
lines() {
    for ((i = 0; i < $1; i++)); do echo "$2"; done
}

put base/good.h <<'END'
#ifndef SEPTET_BASE_GOOD_H
#define SEPTET_BASE_GOOD_H

#include <stddef.h>

extern const int good_table[2];

/* printf("%d") in a comment, malloc( too */
int good(size_t count);

#endif
END
put base/good.c <<'END'
#include "base/good.h"

typedef int (*Operation)(int left, int right);
struct Forward;
enum { SIZE = 2 };

const int good_table[SIZE] = {1, 2};
static const char *const names[] = {"static int x;", "printf("};
static int (*const nothing)(int *value) = NULL;

__attribute__((noinline)) static int helper(struct Forward *forward, Operation operation) {
    static const int two = 2;
    return forward != NULL && operation != NULL && nothing == NULL ? two : names[0][0];
}

int good(size_t count) {
    return count > 0 ? helper(NULL, NULL) : '"';
}
END
{ echo 'int long_switch(int x);'
  echo 'int long_switch(int x) {'; echo '    switch (x) {'
  for ((i = 0; i < 150; i++)); do echo "    case $i: return $((i * 7 % 11));"; done
  echo '    default: return 0;'; echo '    }'; echo '}'; } | put ir/switch.c
put tests/ir/test_fixture.c <<'END'
static int fixture;
int use(void);
int use(void) {
    return fixture++;
}
END

output=$("$check" --root "$tree") || { echo "a clean tree is refused:"; failures=1; echo "$output"; }
expect 'check_style: 4 files, 3 functions (median 3 lines, 99th percentile 4), 0 findings'

echo 'int x;' >"$tree/base/no_header.c"
echo '/* SPDX-License-Identifier: Apache-2.0 */' >"$tree/base/no_purpose.c"
printf '#!/bin/sh\necho\n' >"$tree/scripts/no_header"
put base/long_file.c < <(lines 900 '')
put base/long_function.c < <(echo 'void f(int *x);'; echo 'void f(int *x) {'; lines 119 '    *x = 1;'; echo '}')
put base/longish_function.c < <(echo 'void g(int *x);'; echo 'void g(int *x) {'; lines 90 '    *x = 1;'; echo '}')
put base/long_line.c < <(printf '/* %130s */\n' x)
put base/needs_more.h < <(printf '#ifndef SEPTET_BASE_NEEDS_MORE_H\n#define SEPTET_BASE_NEEDS_MORE_H\n\nsize_t f(void);\n\n#endif\n')
put base/no_guard.h <<<'int f(void);'
put base/arrow.c <<<'#include "ir/problem.h"'
put ir/arrow.c <<<'#include "compiler/llvm/emit.h"'
put compiler/passes/arrow.c <<<'#include "compiler/llvm/emit.h"'
put compiler/passes/wall.c <<<'#include <llvm-c/Core.h>'
put compiler/llvm/fine.c <<<'#include <llvm-c/Core.h>'
put tuner/wall.c < <(printf '#include <cjson/cJSON.h>\n#include <gsl/gsl_math.h>\n#include <sqlite3.h>\n')
put cli/include_c.c <<<'#include "cli/main.c"'
put ir/globals.c <<'END'
int counter;
static int table[2] = {1, 2};
static const char *names[] = {"k"};
static struct Pair {
    int left;
} pair;
static void (*hook)(const int *value);
int f(int x);
int f(int x) {
    static int calls;
    static const int two = 2;
    return calls++ + two + x;
}
END
put ir/calls.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
void f(char *text);
void f(char *text) {
    printf("%s", text);
    fputs(text, stderr);
    strcpy(text, "x");
    free(text);
    exit(1);
}
END
put ir/words.c < <(printf '%s\n' '/* TO''DO */' '/* FIX''ME */' '#if 0' '#endif' '/* /work''/x */' '/* NO''LINT */')
put ir/format.c <<<'int   f( void );'

output=$("$check" --root "$tree") && { echo "the bad tree is accepted"; failures=1; }
for finding in base/no_header.c:1:\ spdx base/no_purpose.c:2:\ purpose scripts/no_header:1:\ spdx \
    base/long_file.c:800:\ file-size base/long_function.c:4:\ function-size:\ f\ has\ 121 \
    base/longish_function.c:4:\ function-size:\ g\ has\ 92 base/long_line.c:3:\ line-length \
    base/needs_more.h:1:\ self-contained base/no_guard.h:1:\ guard \
    base/arrow.c:3:\ arrow:\ base\ must\ not\ know\ ir ir/arrow.c:3:\ arrow compiler/passes/arrow.c:3:\ arrow \
    compiler/passes/wall.c:3:\ wall tuner/wall.c:4:\ wall tuner/wall.c:5:\ wall cli/include_c.c:3:\ include \
    ir/globals.c:3:\ global ir/globals.c:4:\ global ir/globals.c:5:\ global ir/globals.c:6:\ global \
    ir/globals.c:9:\ global ir/globals.c:12:\ global ir/calls.c:8:\ quiet ir/calls.c:9:\ quiet ir/calls.c:10:\ unsafe \
    ir/calls.c:11:\ memory ir/calls.c:12:\ quiet ir/words.c:3:\ unfinished ir/words.c:4:\ unfinished \
    ir/words.c:5:\ unfinished ir/words.c:7:\ paths ir/words.c:8:\ tidy ir/format.c:3:\ format; do
    expect "$finding"
done
for innocent in compiler/llvm/fine.c: tuner/wall.c:3: ir/globals.c:10: ir/globals.c:11: ir/globals.c:13: ir/switch.c:; do
    grep -F "$innocent" <<<"$output" && { echo "wrongly found"; failures=$((failures + 1)); }
done

find "$tree" -name '*.c' -delete
put ir/tidy.c <<'END'
int f(const char *text);
int f(const char *text) {
    return text == 0 ? *text : 0;
}
END
echo "[{\"directory\": \"$tree\", \"command\": \"cc -c -o x.o ir/tidy.c\", \"file\": \"$tree/ir/tidy.c\"}]" \
    >"$tree/build/compile_commands.json"
for run in first cached; do
    output=$("$check" --root "$tree" --tidy "$tree/build")
    expect 'ir/tidy.c:5: tidy: Dereference of null pointer'
done

[ $failures = 0 ] || { echo "$failures failures; the last output was:"; echo "$output"; exit 1; }
