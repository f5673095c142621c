/* SPDX-License-Identifier: Apache-2.0 */
/* nest_print of ir/nest.h: golden files of whole nests, statements of every shape, and the promise that a text belongs
 * to one tree only. */
#include "ir/nest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/vector.h"
#include "tests/support/golden_nest.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

static const Var i = {.name = "i", .stage = "y", .id = 0}, j = {.name = "j", .stage = "y", .id = 1},
                 r = {.name = "r", .stage = "y", .id = 2, .reduction = true}, t = {.name = "i", .stage = "T", .id = 3};

static const Tensor x = {.name = "x", .rank = 2, .axes = {{"i", 8}, {"j", 8}}, .layout = {.rank = 2}},
                    y = {.name = "y", .rank = 2, .axes = {{"i", 8}, {"j", 8}}, .layout = {.rank = 2}},
                    acc = {.name = "acc",
                           .type = TYPE_F32,
                           .scope = SCOPE_REGISTERS,
                           .rank = 1,
                           .axes = {{"j", 8}},
                           .layout = {.rank = 1}};

START_TEST(test_that_golden_nests_print_as_recorded) {
    golden_nest_check_all("ir", "print_");
}
END_TEST

static const Stmt *store(Context *context, const Tensor *tensor, const Var *var, bool add) {
    const Affine *index[] = {affine_variable(context, var), affine_constant(context, 0)};
    return stmt_store(context, tensor, index, add, expr_number(context, 1));
}

static const Stmt *loop(Context *context, const Var *var, int64_t extent, Mark mark, const Stmt *body) {
    return stmt_loop(context, var, bound_constant(context, 0), bound_constant(context, extent), mark, 0, body);
}

static void check_text(Context *context, const Stmt *stmt, const char *expected) {
    Text text = text_new(context);
    stmt_print(stmt, 0, &text);
    ck_assert_str_eq(text_string(&text), expected);
}

static Status print_ranges(Context *context, void *data) {
    (void)data;
    const Stmt *body = store(context, &y, &i, true);
    const Affine *row = affine_variable(context, &i);
    Bound lower = {2, {affine_constant(context, 0), affine_subtract(context, affine_constant(context, 1), row)}};
    Bound upper = {2, {affine_constant(context, 3), affine_offset(context, row, 5)}};
    check_text(context, stmt_loop(context, &r, lower, upper, MARK_NONE, 0, body),
               "for r in max(0, 1 - i)..min(3, i + 5): y[i, 0] += 1\n");
    check_text(context,
               stmt_loop(context, &j, bound_of(row), bound_of(affine_offset(context, row, 2)), MARK_UNROLL, 4, body),
               "unroll j in i..(i + 2) by 4: y[i, 0] += 1\n");
    check_text(context,
               stmt_loop(context, &j, bound_constant(context, -2), bound_constant(context, 3), MARK_CORES, 0, body),
               "cores j in -2..3: y[i, 0] += 1\n");
    Bound zero = bound_constant(context, 0);
    check_text(context, stmt_loop(context, &j, zero, bound_of(affine_div(context, row, 2)), MARK_TILE, 0, body),
               "tile j in 0..(i div 2): y[i, 0] += 1\n");
    return STATUS_OK;
}

START_TEST(test_that_ranges_print_as_extents_where_they_can) {
    run_in_context(print_ranges, NULL);
}
END_TEST

static Status print_structure(Context *context, void *data) {
    (void)data;
    const Stmt *one = store(context, &y, &i, false), *two = store(context, &y, &j, true);
    const Stmt *both = stmt_block(context, 2, (const Stmt *const[]){one, two}), *nothing = stmt_block(context, 0, NULL);
    const Stmt *buffer = stmt_alloc(context, &acc, store(context, &acc, &j, false));
    check_text(context, nothing, "");
    check_text(context, loop(context, &i, 8, MARK_NONE, loop(context, &j, 8, MARK_LANES, one)),
               "for i 8; lanes j 8: y[i, 0] = 1\n");
    check_text(context, loop(context, &i, 8, MARK_NONE, nothing), "for i 8 { }\n");
    check_text(context, loop(context, &i, 8, MARK_NONE, both), "for i 8 {\n    y[i, 0] = 1\n    y[j, 0] += 1\n}\n");
    check_text(context, stmt_block(context, 2, (const Stmt *const[]){buffer, two}),
               "{\n    acc f32 [j 8] in registers\n    acc[j] = 1\n}\ny[j, 0] += 1\n");
    check_text(context, stmt_block(context, 2, (const Stmt *const[]){two, buffer}),
               "y[j, 0] += 1\nacc f32 [j 8] in registers\nacc[j] = 1\n");
    check_text(context, stmt_block(context, 2, (const Stmt *const[]){both, nothing}),
               "{\n    y[i, 0] = 1\n    y[j, 0] += 1\n}\n{ }\n");
    check_text(context, stmt_reduce(context, one, loop(context, &r, 3, MARK_NONE, both), nothing),
               "init: y[i, 0] = 1\nfor r 3 {\n    y[i, 0] = 1\n    y[j, 0] += 1\n}\n");
    return STATUS_OK;
}

START_TEST(test_that_braces_show_the_structure) {
    run_in_context(print_structure, NULL);
}
END_TEST

/* A loop of stage T inside one of stage y that has the same name. */
static Status print_guests(Context *context, void *data) {
    (void)data;
    const Affine *index[] = {affine_variable(context, &i), affine_variable(context, &t)};
    const Stmt *inner = stmt_store(context, &x, index, false, expr_number(context, 2));
    const Stmt *items[] = {loop(context, &t, 4, MARK_NONE, inner), store(context, &y, &i, false)};
    const Tensor *tensors[] = {&x, &y};
    Nest nest = {.tensor_count = 2, .tensors = tensors, .var_count = 4};
    nest.body = loop(context, &i, 8, MARK_NONE, stmt_block(context, 2, items));
    nest.ahead = items[0];
    Text text = text_new(context);
    nest_print(&nest, &text);
    const char *begin = strstr(text_string(&text), "ahead");
    ck_assert_ptr_nonnull(begin);
    ck_assert_str_eq(begin, "ahead {\n"
                            "    for T.i 4: x[i, T.i] = 2\n"
                            "}\n"
                            "for i 8 {\n"
                            "    for T.i 4: x[i, T.i] = 2\n"
                            "    y[i, 0] = 1\n"
                            "}\n");
    return STATUS_OK;
}

START_TEST(test_that_loops_of_a_placed_stage_carry_its_name) {
    run_in_context(print_guests, NULL);
}
END_TEST

/* A random small tree over few words, so that equal texts turn up by chance. */
static const Stmt *random_tree(Context *context, Random *random, int depth) {
    int kind = (int)random_integer(random, 0, depth == 0 ? 1 : 6);
    const Var *var = random_once_in(random, 2) ? &i : &j;
    const Stmt *parts[3] = {0};
    int count = (int)random_integer(random, 0, 3);
    for (int part = 0; part < 3 && kind > 1; part++) parts[part] = random_tree(context, random, depth - 1);
    Cond cond = {.expr = affine_variable(context, var)};
    switch (kind) {
    case 0: return store(context, &y, var, random_once_in(random, 2));
    case 1: return stmt_block(context, 0, NULL);
    case 2:
        return loop(context, var, random_integer(random, 1, 2), random_once_in(random, 2) ? MARK_NONE : MARK_LANES,
                    parts[0]);
    case 3: return stmt_guard(context, 1, &cond, parts[0]);
    case 4: return stmt_alloc(context, &acc, parts[0]);
    case 5: return stmt_reduce(context, parts[0], parts[1], parts[2]);
    default: return stmt_block(context, count, parts);
    }
}

/* The tree with one letter and a pair of parentheses for every node. */
static void add_shape(void *data, const Stmt *stmt) {
    Text *text = data;
    text_add(text, "%c", "fibras"[stmt->kind]);
    if (stmt->kind == STMT_FOR)
        text_add(text, "%d%d%lld", (int)stmt->loop.mark, stmt->loop.var->id,
                 (long long)stmt->loop.upper.terms[0]->constant);
    if (stmt->kind == STMT_IF) affine_print(stmt->guard.conds[0].expr, text);
    if (stmt->kind == STMT_STORE)
        text_add(text, "%d%s", (int)stmt->store.add, stmt->store.index[0]->terms[0].var->name);
    text_add_string(text, "(");
    stmt_visit_children(stmt, add_shape, text);
    text_add_string(text, ")");
}

typedef struct Sample {
    const char *text, *shape;
} Sample;

static int compare_texts(const void *a, const void *b) {
    return strcmp(((const Sample *)a)->text, ((const Sample *)b)->text);
}

/* The text without line breaks and indentation. */
static const char *print_flat(Context *context, const Stmt *stmt) {
    Text text = text_new(context), flat = text_new(context);
    stmt_print(stmt, 0, &text);
    for (const char *c = text_string(&text); *c != '\0'; c++)
        if (!isspace((unsigned char)*c)) text_add(&flat, "%c", *c);
    return text_string(&flat);
}

static Status check_unambiguous(Context *context, void *data) {
    (void)data;
    enum { SAMPLES = 20000 };
    Random random = random_new(3, 0);
    Sample *samples = ARENA_ARRAY(context, Sample, SAMPLES);
    for (int sample = 0; sample < SAMPLES; sample++) {
        const Stmt *stmt = random_tree(context, &random, 3);
        Text shape = text_new(context);
        add_shape(&shape, stmt);
        samples[sample] = (Sample){print_flat(context, stmt), text_string(&shape)};
    }
    qsort(samples, SAMPLES, sizeof *samples, compare_texts);
    int met_again = 0;
    for (int sample = 1; sample < SAMPLES; sample++) {
        if (strcmp(samples[sample - 1].text, samples[sample].text) != 0) continue;
        ck_assert_msg(strcmp(samples[sample - 1].shape, samples[sample].shape) == 0, "%s is both %s and %s",
                      samples[sample].text, samples[sample - 1].shape, samples[sample].shape);
        met_again++;
    }
    ck_assert_int_gt(met_again, SAMPLES / 10);
    return STATUS_OK;
}

START_TEST(test_that_different_trees_have_different_texts) {
    run_in_context(check_unambiguous, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("nest_print");
    tcase_add_test(tests, test_that_golden_nests_print_as_recorded);
    tcase_add_test(tests, test_that_ranges_print_as_extents_where_they_can);
    tcase_add_test(tests, test_that_braces_show_the_structure);
    tcase_add_test(tests, test_that_loops_of_a_placed_stage_carry_its_name);
    tcase_add_test(tests, test_that_different_trees_have_different_texts);
    return run_tests(tests);
}
