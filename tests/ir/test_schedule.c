/* SPDX-License-Identifier: Apache-2.0 */
/* ir/schedule.h: every step reads, prints and reads again as itself; whatever is wrong is said at its place; nothing
 * that is fed to the parser makes it fail in another way. */
#include "ir/schedule.h"

#include <stdio.h>
#include <string.h>

#include "tests/base/failing_allocator.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

/* Trace (a) of the design, with one step of every other kind. */
static const char every_step[] = "split k 32 -> ko ki\n"
                                 "split ki 16 tail=guard -> kv kl\n"
                                 "split y.q 14 tail=peel -> qo qi\n"
                                 "split p 4 tail=shift -> ty pi\n"
                                 "split w 58 tail=pad -> wo wi\n"
                                 "tile p 4 q 7 -> po pi qo qi\n"
                                 "fuse r s c -> j\n"
                                 "reorder n ko p qo r s c kv qi kl\n"
                                 "spatial_for kl on lanes\n"
                                 "spatial_for fr kl on tile\n"
                                 "spatial_for n on cores\n"
                                 "unroll kv qi\n"
                                 "unroll c by 4\n"
                                 "unroll s in qo_first qo_last\n"
                                 "unroll s by 3 in y.qo_first\n"
                                 "accumulate y at qo in registers\n"
                                 "accumulate y at ko in tile\n"
                                 "accumulate y at ko in registers copies cu s\n"
                                 "clip r\n"
                                 "clip r in qo_mid\n"
                                 "peel qo 1 0 -> qo_first qo_mid qo_last\n"
                                 "pack w as [k/32 r s c k%32] -> wp ahead\n"
                                 "pack x as [n h c/16%2 w c] -> xp\n"
                                 "place T V M Z at tb in workspace\n"
                                 "place xh xl at fo store n\n"
                                 "place L at y.po\n"
                                 "distribute cb -> t1 t2 t3\n"
                                 "tensorize fr kl ci amx.tdpbf16ps\n"
                                 "tensorize pi transpose16\n"
                                 "pipeline xh at fo\n"
                                 "prefetch wp at r by 2\n"
                                 "prefetch wp at r\n"
                                 "prefetch x at qo by 3 in c s into l2\n"
                                 "prefetch x at qo into l1\n";

static Source source_of(const char *text) {
    return (Source){.name = "test.schedule", .text = text, .length = strlen(text)};
}

static Status print_parsed(Context *context, const char *text, const char **out) {
    Source *source = ARENA_NEW(context, Source);
    *source = source_of(text);
    const Schedule *schedule = NULL;
    TRY(schedule_parse(context, source, &schedule));
    Text printed = text_new(context);
    schedule_print(schedule, &printed);
    *out = text_string(&printed);
    return STATUS_OK;
}

/* What the text prints as is the text. */
static Status check_canonical(Context *context, const char *text) {
    const char *printed = NULL;
    TRY(print_parsed(context, text, &printed));
    ck_assert_str_eq(printed, text);
    return STATUS_OK;
}

static Status check_every_step(Context *context, void *data) {
    (void)data;
    return check_canonical(context, every_step);
}

START_TEST(test_that_every_step_prints_as_it_was_read) {
    run_in_context(check_every_step, NULL);
}
END_TEST

START_TEST(test_that_every_kind_of_step_is_in_this_test) {
    for (int kind = 0; kind < STEP_COUNT; kind++) {
        char line[32];
        snprintf(line, sizeof line, "%s ", step_name((StepKind)kind));
        ck_assert_msg(strstr(every_step, line) != NULL, "no step %s", line);
    }
}
END_TEST

static Status check_blanks(Context *context, void *data) {
    (void)data;
    const char *printed = NULL;
    TRY(print_parsed(
        context, "\n  # a kernel\r\n\tsplit  k 32->ko ki # tiles\n\n\nfuse y . p q->f\n pack w as[k / 4 c k %4]->wp",
        &printed));
    ck_assert_str_eq(printed, "split k 32 -> ko ki\nfuse y.p q -> f\npack w as [k/4 c k%4] -> wp\n");
    TRY(print_parsed(context, " # nothing", &printed));
    ck_assert_str_eq(printed, "");
    return STATUS_OK;
}

START_TEST(test_that_blanks_and_comments_do_not_matter) {
    run_in_context(check_blanks, NULL);
}
END_TEST

static Status check_fields(Context *context, void *data) {
    (void)data;
    Source source = source_of("split k 4 tail=guard -> a b\nunroll y.c by 2 in q1 q2\npack w as [k/8%4 c] -> wp ahead\n"
                              "place xh xl at fo store n in tile\ntensorize fr ci amx.dp\npeel q 1 0 -> a b c");
    const Schedule *schedule = NULL;
    TRY(schedule_parse(context, &source, &schedule));
    ck_assert_int_eq(schedule->count, 6);
    ck_assert_ptr_eq(schedule->source, &source);
    const Step *split = &schedule->steps[0], *unroll = &schedule->steps[1], *pack = &schedule->steps[2];
    const Step *place = &schedule->steps[3], *tensorize = &schedule->steps[4], *peel = &schedule->steps[5];
    ck_assert(split->kind == STEP_SPLIT && split->tail == TAIL_GUARD && split->sizes[0] == 4 && split->name_count == 2);
    ck_assert(split->offset == 0 && split->loops[0].offset == 6 && split->name_offsets[1] == 26);
    ck_assert_str_eq(unroll->loops[0].stage, "y");
    ck_assert(unroll->factor == 2 && unroll->within_count == 2 && split->loops[0].stage == NULL && split->factor == 0);
    ck_assert_str_eq(unroll->within[1].name, "q2");
    ck_assert(pack->ahead && pack->axis_count == 2 && pack->axes[0].op_count == 2 && pack->axes[0].ops[1].modulo);
    ck_assert(pack->axes[0].ops[0].divisor == 8 && !pack->axes[0].ops[0].modulo && pack->axes[1].op_count == 0);
    ck_assert_str_eq(pack->tensor, "w");
    ck_assert(place->tensor_count == 2 && place->scope == SCOPE_TILE && place->store != NULL && place->loop_count == 1);
    ck_assert_str_eq(tensorize->intrinsic, "amx.dp");
    ck_assert(tensorize->loop_count == 2 && peel->size_count == 2 && peel->sizes[1] == 0 && peel->name_count == 3);
    return STATUS_OK;
}

START_TEST(test_that_steps_hold_what_was_written) {
    run_in_context(check_fields, NULL);
}
END_TEST

/* Text that is refused, and what the message must hold. */
static const char *const refused[][2] = {
    {"split k 32", "test.schedule:1:11: expected 'tail', or '->' and the names of the new loops, found the end"},
    {"split k 32\nfuse a b -> c",
     "1:11: expected 'tail', or '->' and the names of the new loops, found the end of the line"},
    {"split k 32 tail=guard ko ki", "1:23: expected '->' and the names of the new loops, found 'ko'\n"
                                    "    split k 32 tail=guard ko ki\n"
                                    "                          ^"},
    {"split k 32 -> ko", "1:17: expected the name of the new loop, found the end"},
    {"split k 32 -> ko ki kx", "1:21: expected the end of the line, found 'kx'"},
    {"split k -> ko ki", "1:9: expected a size, found '->'"},
    {"split k 0 -> ko ki", "1:9: a size must be in 1..2147483647, not 0"},
    {"split k -4 -> ko ki", "1:9: a size must be in 1..2147483647, not -4"},
    {"split k 2147483648 -> ko ki", "a size must be in 1..2147483647, not 2147483648"},
    {"split k 99999999999999999999 -> ko ki", "1:9: number out of range"},
    {"split k 1.5 -> ko ki", "1:9: expected a size, found '1.5'"},
    {"split k 4 -> ki ki", "1:17: the name 'ki' is given twice"},
    {"split k 4 -> at ki", "1:14: 'at' is a word of schedules; choose another name"},
    {"split 4 k -> ko ki", "1:7: expected a loop, found '4'"},
    {"split y. 4 -> ko ki", "1:10: expected a loop of this stage, found '4'"},
    {"split k 4 tail guard -> ko ki", "1:16: expected '=', found 'guard'"},
    {"split k 4 tail=gaurd -> ko ki",
     "1:16: expected guard, peel, shift or pad (did you mean 'guard'?), found 'gaurd'"},
    {"split k 4 tail=3 -> ko ki", "1:16: expected guard, peel, shift or pad, found '3'"},
    {"\n\nspilt k 4 -> ko ki", "test.schedule:3:1: unknown step 'spilt'; did you mean 'split'?"},
    {"interchange k", "1:1: unknown step 'interchange'; the steps are split tile fuse reorder"},
    {"-> k", "1:1: expected a step such as split or reorder, found '->'"},
    {"split k 4 -> a b; fuse a b -> k", "1:17: expected the end of the line, found ';'"},
    {"tile p 4 q -> a b c d", "1:12: expected a size, found '->'"},
    {"tile p 4 p 7 -> a b c d", "1:10: loop 'p' is named twice"},
    {"tile p 4 q 7 -> a b c", "1:22: expected 4 names of new loops, an outer and an inner one of each; found 3"},
    {"tile p 4 q 7 -> a b c d e", "1:25: expected the end of the line, found 'e'"},
    {"fuse p -> f", "1:8: expected a loop, found '->'"},
    {"fuse p q", "1:9: expected '->' and the name of the new loop, found the end"},
    {"reorder", "1:8: expected a loop, found the end"},
    {"reorder n k n", "1:13: loop 'n' is named twice"},
    {"reorder n 4", "1:11: expected the end of the line, found '4'"},
    {"unroll", "1:7: expected a loop, found the end"},
    {"unroll k 4", "1:10: expected 'by', 'in' or the end of the line, found '4'"},
    {"unroll k by 0", "1:13: a factor must be in 1..2147483647, not 0"},
    {"unroll k in", "1:12: expected a loop, found the end"},
    {"unroll k in q by 4", "1:15: expected the end of the line, found 'by'"},
    {"spatial_for k lanes", "1:20: expected 'on' and lanes, tile or cores, found the end"},
    {"spatial_for k on lane", "1:18: expected lanes, tile or cores (did you mean 'lanes'?), found 'lane'"},
    {"spatial_for k", "1:14: expected 'on' and lanes, tile or cores, found the end"},
    {"accumulate y in registers", "1:14: expected 'at' and a loop, found 'in'"},
    {"accumulate y at q", "1:18: expected 'in' and registers, tile, stack or workspace, found the end"},
    {"accumulate y at q in argument", "1:22: expected registers, tile, stack or workspace, found 'argument'"},
    {"accumulate at q in tile", "1:12: 'at' is a word of schedules; choose another name"},
    {"clip r by 3", "1:8: expected 'in' or the end of the line, found 'by'"},
    {"peel q 1 -> a b c", "1:10: expected a number of tiles, found '->'"},
    {"peel q 1 -1 -> a b c", "1:10: a number of tiles must be in 0..2147483647, not -1"},
    {"pack w [k c] -> wp", "1:8: expected 'as' and a layout such as [k/32 c k%32], found '['"},
    {"pack w as k c -> wp", "1:11: expected a layout such as [k/32 c k%32], found 'k'"},
    {"pack w as [] -> wp", "1:12: expected an axis, found ']'"},
    {"pack w as [k/32 c", "1:18: expected an axis or ']', found the end"},
    {"pack w as [k/0] -> wp", "1:14: a divisor must be in 1..2147483647, not 0"},
    {"pack w as [k/8/4/2/2] -> wp", "1:19: an axis has at most 3 of '/' and '%'"},
    {"pack w as [a b c d e f g h i j k l m] -> wp", "1:36: a layout has at most 12 axes"},
    {"pack w as [k] ahead", "1:15: expected '->' and the name of the packed tensor, found 'ahead'"},
    {"pack w as [k] -> wp behind", "1:21: expected 'ahead' or the end of the line, found 'behind'"},
    {"place xh store n", "1:10: expected 'at' and a loop, found 'store'"},
    {"place xh at n xl", "1:15: expected 'store', 'in' or the end of the line, found 'xl'"},
    {"tensorize amx.tdpbf16ps", "1:24: expected the name of an intrinsic, found the end"},
    {"distribute cb ->", "1:17: expected the names of the new loops, found the end"},
    {"split k\xC3\xA4 4 -> a b", "1:8: character that is not ASCII"},
};

static Status check_refused(Context *context, void *data) {
    const char *const *pair = refused[*(const int *)data];
    const char *printed = NULL;
    ck_assert_msg(print_parsed(context, pair[0], &printed) == STATUS_INVALID, "not refused: %s", pair[0]);
    const char *message = diag_message(context);
    ck_assert_msg(strstr(message, pair[1]) != NULL, "%s\nlacks\n%s", message, pair[1]);
    return STATUS_OK;
}

START_TEST(test_that_mistakes_are_shown_at_their_place) {
    int index = _i;
    run_in_context(check_refused, &index);
}
END_TEST

static Status parse_every_step(Context *context, void *data) {
    (void)data;
    const char *printed = NULL;
    return print_parsed(context, every_step, &printed);
}

START_TEST(test_that_memory_may_run_out_anywhere) {
    ck_assert_uint_gt(run_until_memory_suffices(parse_every_step, NULL), 0);
}
END_TEST

/* A line that is far too long is refused in reasonable time. */
static Status check_long_line(Context *context, void *data) {
    (void)data;
    Text text = text_new(context);
    text_add_string(&text, "reorder");
    for (int i = 0; i < 100000; i++) text_add(&text, " k%d", i);
    const char *printed = NULL;
    ck_assert_int_eq(print_parsed(context, text_string(&text), &printed), STATUS_INVALID);
    ck_assert_ptr_nonnull(strstr(diag_message(context), "more than 64 names in one step"));
    return STATUS_OK;
}

START_TEST(test_that_a_line_without_end_is_refused) {
    run_in_context(check_long_line, NULL);
}
END_TEST

/* Numbers that look random; the same in each run. */
static unsigned random_below(unsigned *state, unsigned limit) {
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % limit;
}

static const char *random_loop(unsigned *state) {
    static const char *const loops[] = {"n", "k_o", "p", "y.q", "T.c2", "r", "S", "kl", "qo_first", "_x"};
    return loops[random_below(state, 10)];
}

static void add_random_loops(unsigned *state, unsigned count, Text *text) {
    for (unsigned i = 0; i < count; i++) text_add(text, " l%u_%s", i, strrchr(random_loop(state), 'x') ? "x" : "y");
}

static void add_random_layout(unsigned *state, Text *text) {
    text_add_string(text, " [");
    for (unsigned i = 0, count = 1 + random_below(state, 12); i < count; i++) {
        text_add(text, i > 0 ? " a%u" : "a%u", random_below(state, 4));
        for (unsigned j = random_below(state, 4); j > 0; j--)
            text_add(text, "%c%u", random_below(state, 2) ? '/' : '%', 1 + random_below(state, 64));
    }
    text_add_string(text, "]");
}

/* A random step, in canonical spelling, written without looking at the forms. */
static void add_random_step(unsigned *state, Text *text) {
    static const char *const tails[] = {"", " tail=guard", " tail=peel", " tail=shift", " tail=pad"};
    static const char *const levels[] = {"lanes", "tile", "cores"};
    static const char *const scopes[] = {"registers", "tile", "stack", "workspace"};
    unsigned size = 1 + random_below(state, 100), count = 1 + random_below(state, 5);
    switch (random_below(state, 10)) {
    case 0: text_add(text, "split %s %u%s -> a b", random_loop(state), size, tails[random_below(state, 5)]); break;
    case 1:
        text_add_string(text, "tile");
        for (unsigned i = 0; i < count; i++) text_add(text, " t%u %u", i, size + i);
        text_add_string(text, " ->");
        for (unsigned i = 0; i < 2 * count; i++) text_add(text, " u%u", i);
        break;
    case 2:
        text_add(text, "fuse %s", random_loop(state));
        add_random_loops(state, count, text);
        text_add_string(text, " -> f");
        break;
    case 3:
        text_add_string(text, "reorder");
        add_random_loops(state, 12 * count, text);
        break;
    case 4:
        text_add_string(text, "unroll");
        add_random_loops(state, count, text);
        if (random_below(state, 2)) text_add(text, " by %u", size);
        if (!random_below(state, 2)) break;
        text_add_string(text, " in");
        add_random_loops(state, count, text);
        break;
    case 5:
        text_add_string(text, "spatial_for");
        add_random_loops(state, count, text);
        text_add(text, " on %s", levels[random_below(state, 3)]);
        break;
    case 6: text_add(text, "accumulate y at %s in %s", random_loop(state), scopes[random_below(state, 4)]); break;
    case 7: text_add(text, "clip %s%s", random_loop(state), random_below(state, 2) ? " in a.b c" : ""); break;
    case 8: text_add(text, "peel %s %u %u -> a b c", random_loop(state), size - 1, random_below(state, 3)); break;
    default:
        text_add_string(text, "pack w as");
        add_random_layout(state, text);
        text_add(text, " -> wp%s", random_below(state, 2) ? " ahead" : "");
        break;
    }
    text_add_string(text, "\n");
}

static Status check_round_trips(Context *context, void *data) {
    unsigned *state = data;
    Text text = text_new(context);
    for (unsigned i = random_below(state, 20); i > 0; i--) add_random_step(state, &text);
    return check_canonical(context, text_string(&text));
}

START_TEST(test_that_random_schedules_survive_the_round_trip) {
    unsigned state = 7;
    for (int i = 0; i < 500; i++) run_in_context(check_round_trips, &state);
}
END_TEST

/* Spoils some bytes; then either the text is refused, or what it prints is canonical. */
static Status check_mutant(Context *context, void *data) {
    unsigned *state = data;
    static const char pieces[] = "-> .[]/%=#\n0123456789 abck tail in at by as\t,;\x80";
    char text[sizeof every_step];
    memcpy(text, every_step, sizeof text);
    for (unsigned i = random_below(state, 4) + 1; i > 0; i--)
        text[random_below(state, sizeof text - 1)] = pieces[random_below(state, sizeof pieces - 1)];
    size_t start = random_below(state, sizeof text - 1);
    text[start + random_below(state, (unsigned)(sizeof text - start))] = '\0';
    const char *once = NULL;
    Status status = print_parsed(context, text + start, &once);
    if (status != STATUS_OK) {
        ck_assert_int_eq(status, STATUS_INVALID);
        ck_assert_str_ne(diag_message(context), "");
        return STATUS_OK;
    }
    return check_canonical(context, once);
}

START_TEST(test_that_spoilt_schedules_are_read_or_refused) {
    unsigned state = 11;
    for (int i = 0; i < 3000; i++) run_in_context(check_mutant, &state);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("schedule");
    tcase_add_test(tests, test_that_every_step_prints_as_it_was_read);
    tcase_add_test(tests, test_that_every_kind_of_step_is_in_this_test);
    tcase_add_test(tests, test_that_blanks_and_comments_do_not_matter);
    tcase_add_test(tests, test_that_steps_hold_what_was_written);
    tcase_add_loop_test(tests, test_that_mistakes_are_shown_at_their_place, 0, (int)(sizeof refused / sizeof *refused));
    tcase_add_test(tests, test_that_memory_may_run_out_anywhere);
    tcase_add_test(tests, test_that_a_line_without_end_is_refused);
    tcase_add_test(tests, test_that_random_schedules_survive_the_round_trip);
    tcase_add_test(tests, test_that_spoilt_schedules_are_read_or_refused);
    return run_tests(tests);
}
