/* SPDX-License-Identifier: Apache-2.0 */
/* Regions on cores that may run at the same time, and others. */
#include <string.h>

#include "ir/nest_cores.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

typedef struct Case {
    const char *body; /* two loops, i and j, that are regions */
    bool apart;
} Case;

static const Case cases[] = {
    /* copies of a loop, of one in tiles, of rows that hold the other axis whole */
    {"for i 5: y[i, 0] = x[i]\nfor j in 5..8: y[j, 0] = x[j]", true},
    {"for i 3, k 2: y[i*2 + k, 0] = x[i]\nfor j in 3..4, k 2: y[j*2 + k, 0] = x[j]", true},
    {"for i 8: y[7, i] = x[i]\nfor j 7, k 8: y[j, k] = x[j]", true},
    /* one row too many; a last tile that was moved inwards */
    {"for i 5: y[i, 0] = x[i]\nfor j in 4..8: y[j, 0] = x[j]", false},
    {"for i 2, k 3: y[i*3 + k, 0] = x[i]\nfor j 1, k 3: y[j + k + 5, 0] = x[j]", false},
    /* two fused loops of 8 and 8: the copies meet in a row and in columns, and not in both */
    {"for i 20: y[i div 8, i mod 8] = 1\nfor j in 20..24: y[j div 8, j mod 8] = 1", true},
    {"for i 20: y[i div 8, i mod 8] = 1\nfor j in 20..24: y[2, j - 16] = 1", true},
    {"for i 20: y[i div 8, i mod 8] = 1\nfor j in 19..24: y[2, j - 16] = 1", false},
    /* what one writes and the other one reads; what both read */
    {"for i 4: y[i, 0] = x[i]\nfor j in 4..8: y[j, 0] = y[j - 1, 0]", false},
    {"for i 4: y[i, 0] = y[i + 1, 0]\nfor j in 4..8: y[j, 0] = x[j]", false},
    {"for i 4: y[i, 0] = x[0]\nfor j in 4..8: y[j, 0] = x[0]", true},
    /* under a guard; never; a buffer of each tile */
    {"for i 8: if (i < 4) y[i, 0] = x[i]\nfor j 8: if (j >= 4) y[j, 0] = x[j]", true},
    {"for i 4: y[i, 0] = x[i]\nfor j 0: y[j, 0] = x[j]", true},
    {"for i 4 {\nbuf f32 [k 1] in stack\nbuf[0] = x[i]\ny[i, 0] = buf[0]\n}\nfor j in 4..8: y[j, 0] = x[j]", true},
};

static const Stmt *mark_cores(void *data, Context *context, const Stmt *stmt) {
    (void)data;
    if (stmt->kind != STMT_FOR || strchr("ij", stmt->loop.var->name[0]) == NULL) return stmt;
    return stmt_loop(context, stmt->loop.var, stmt->loop.lower, stmt->loop.upper, MARK_CORES, 0, stmt->loop.body);
}

static Status check_case(Context *context, void *data) {
    const Case *expected = data;
    const char *text = arena_format(context, "tensor x f32 [i 8]\ntensor y f32 [i 8, j 8]\n%s\n", expected->body);
    const Source source = {.name = "nest", .text = text, .length = strlen(text)};
    const Nest *nest = NULL;
    Status status = nest_parse(context, &source, &nest);
    ck_assert_msg(status == STATUS_OK, "%s", diag_message(context));
    const Stmt *block = stmt_rewrite(context, nest->body, mark_cores, NULL);
    ck_assert_int_eq(block->kind, STMT_BLOCK);
    const Stmt *a = block->block.items[0], *b = block->block.items[1];
    ck_assert(stmt_is_on_cores(a) && stmt_is_on_cores(b));
    ck_assert_msg(cores_are_apart(context, nest, NULL, a, b) == expected->apart, "%s", expected->body);
    ck_assert_msg(cores_are_apart(context, nest, NULL, b, a) == expected->apart, "%s", expected->body);
    return STATUS_OK;
}

START_TEST(test_which_are_apart) {
    Case expected = cases[_i];
    run_in_context(check_case, &expected);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("nest_cores_apart");
    tcase_add_loop_test(tests, test_which_are_apart, 0, sizeof cases / sizeof cases[0]);
    return run_tests(tests);
}
