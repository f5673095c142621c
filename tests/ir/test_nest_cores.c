/* SPDX-License-Identifier: Apache-2.0 */
/* Loops on cores: which nests are proved free of races, and that the interpreter finds the races of others. */
#include <string.h>

#include "ir/interpret.h"
#include "ir/nest_cores.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

typedef struct Case {
    const char *tensors, *body; /* of a nest; its loops named i and j are to be on cores */
    const char *proved;         /* NULL: proved; else a part of what is said */
    const char *raced;          /* NULL: no race at all; else a part of what the interpreter says */
} Case;

#define X "tensor x f32 [i 8]\n"
#define Y "tensor y f32 [i 8]\n"
#define YY "tensor y f32 [i 8, j 8]\n"
#define Y87 "tensor y f32 [i 8, j 7]\n"

static const Case cases[] = {
    /* each its own element, block, digit of an index */
    {X Y, "for i 8: y[i] = x[i]", NULL, NULL},
    {X Y, "for i 4, k 2: y[i*2 + k] = x[i]", NULL, NULL},
    {X Y, "for i 2, j 4: y[i*4 + j] = x[i]", NULL, NULL},
    {X Y, "for i 2; for k 4: y[k*2 + i] = x[i]", NULL, NULL},
    {X YY, "for i 8, k 8: y[k, i] = x[k]", NULL, NULL},
    {X YY, "for i 16, k 4: y[(i*4 + k) div 8, (i*4 + k) mod 8] = 1", NULL, NULL},
    {X YY, "for i 16 {\ny[i div 2, i mod 2*4] = 1\ny[i div 2, i mod 2*4 + 3] = 1\n}", NULL, NULL},
    {X YY, "for i 16 {\ny[i div 2, i mod 2*4] = 1\ny[i div 2, 4 - i mod 2*4] = 1\n}", "may meet", "two tiles"},
    /* copies that lose div and mod in different ways, and are one place in memory; the same with tiles that overlap */
    {X Y87, "for i 3 {\ny[(i*15 + 3) div 7, (i*15 + 3) mod 7] = 1\ny[(i*15 + 5) div 7, (i*15 + 5) mod 7] = 1\n}", NULL,
     NULL},
    {X Y87, "for i 3 {\ny[(i*15 + 3) div 7, (i*15 + 3) mod 7] = 1\ny[(i*15 + 18) div 7, (i*15 + 18) mod 7] = 1\n}",
     "may meet", "two tiles"},
    /* one element, or a part of a block, for two tiles */
    {X Y, "for i 8: y[0] = x[i]", "iterations of 'i' on cores may meet at one element of y", "written by two tiles"},
    {X Y, "for i 4, k 3: if (i*2 + k < 8) y[i*2 + k] = x[i]", "may meet", "written by two tiles"},
    {X YY, "for i 8, j 8: y[i, 0] = x[i]", "iterations of 'j' on cores may meet", "written by two tiles"},
    {X Y, "for i 3, j 4: if (i*2 + j < 8) y[i*2 + j] = 1", "may meet", "written by two tiles"},
    /* disjoint, and beyond the proof */
    {X Y, "for i 2; for k 3: y[k*3 + i] = x[i]", NULL, NULL},
    {X Y, "for i 4: y[(i*3) mod 8] = x[i]", "may meet", NULL},
    /* what one writes and another one reads, in either order */
    {X Y, "for i 8 {\ny[i] = x[i]\ny[i] += y[i]\n}", NULL, NULL},
    {X Y, "for k 8: y[k] = 0\nfor i 7: y[i] += y[i + 1]", "may meet", "by another tile"},
    {X Y, "for k 8: y[k] = 0\nfor i 7: y[i + 1] += y[i]", "may meet", "by another tile"},
    {X Y, "for k 8: y[k] = 0\nfor i 8: if (i >= 1) y[0] += y[i]", "may meet", "at the same time"},
    /* buffers: of each tile, and of all of them */
    {X Y, "for i 8 {\nbuf f32 [k 1] in stack\nbuf[0] = x[i]\ny[i] = buf[0]\n}", NULL, NULL},
    {X Y, "for k 1 {\nbuf f32 [k 1] in stack\nfor i 8 {\nbuf[0] = x[i]\ny[i] = buf[0]\n}\n}", "element of buf",
     "two tiles"},
    /* one region is inside another */
    {X YY, "for i 8 {\ny[i, 0] = 1\nfor j 7: y[i, j + 1] = 1\n}", "loops on cores are inside loops on cores", NULL},
};

static const Stmt *mark_cores(void *data, Context *context, const Stmt *stmt) {
    (void)data;
    if (stmt->kind != STMT_FOR || strchr("ij", stmt->loop.var->name[0]) == NULL) return stmt;
    return stmt_loop(context, stmt->loop.var, stmt->loop.lower, stmt->loop.upper, MARK_CORES, 0, stmt->loop.body);
}

static void check_text(Context *context, Status status, const char *part) {
    if (part == NULL) ck_assert_msg(status == STATUS_OK, "%s", diag_message(context));
    if (part == NULL) return;
    ck_assert_int_eq(status, STATUS_INVALID);
    ck_assert_msg(strstr(diag_message(context), part) != NULL, "%s", diag_message(context));
}

static Status check_case(Context *context, void *data) {
    const Case *expected = data;
    const char *text = arena_format(context, "%s%s\n", expected->tensors, expected->body);
    const Source source = {.name = "nest", .text = text, .length = strlen(text)};
    const Nest *parsed = NULL;
    double x[8] = {1, 2, 3, 4, 5, 6, 7, 8}, y[64];
    InterpretArgument arguments[] = {{"y", y}, {"x", x}};
    Status status = nest_parse(context, &source, &parsed);
    ck_assert_msg(status == STATUS_OK, "%s", diag_message(context));
    Nest *nest = nest_copy(context, parsed);
    nest->body = stmt_rewrite(context, nest->body, mark_cores, NULL);
    check_text(context, nest_verify(context, nest), expected->proved);
    check_text(context, interpret_nest(context, nest, arguments, 2), expected->raced);
    return STATUS_OK;
}

START_TEST(test_proofs_and_races) {
    Case expected = cases[_i];
    run_in_context(check_case, &expected);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("nest_cores");
    tcase_add_loop_test(tests, test_proofs_and_races, 0, sizeof cases / sizeof cases[0]);
    return run_tests(tests);
}
