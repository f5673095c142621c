/* SPDX-License-Identifier: Apache-2.0 */
/* Each step that can be applied is explained, with the names that it uses. */
#include "cli/explain.h"

#include <string.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"

typedef struct Case {
    const char *step, *sentence; /* the sentence's beginning */
} Case;

static const Case cases[] = {
    {"split k 32 -> ko ki", "Cuts k into blocks of 32: ko counts the blocks, ki runs inside one."},
    {"split k 32 tail=guard -> ko ki",
     "Cuts k into blocks of 32: ko counts the blocks, ki runs inside one. The last block is not full: a guard"},
    {"split k 32 tail=peel -> ko ki",
     "Cuts k into blocks of 32: ko counts the blocks, ki runs inside one. The last block is not full: it becomes"},
    {"split k 32 tail=shift -> ko ki",
     "Cuts k into blocks of 32: ko counts the blocks, ki runs inside one. The last block is not full: it moves"},
    {"tile p 2 q 7 tail=pad -> po pi qo qi",
     "Cuts p into blocks of 2: po counts the blocks, pi runs inside one; q into blocks of 7: qo counts the blocks, qi "
     "runs inside one. The last block is filled up"},
    {"tile p 2 q 7 -> po pi qo qi",
     "Cuts p into blocks of 2: po counts the blocks, pi runs inside one; q into blocks of 7: qo counts"},
    {"fuse p q -> f", "Merges p and q into one loop, f, "},
    {"reorder n k p q", "Nests the loops in this order, outermost first: n, k, p and q."},
    {"unroll kv qi", "Marks kv and qi to be written out, one copy of the body an iteration:"},
    {"unroll c by 2", "Marks c to be written out 2 iterations at a time:"},
    {"unroll s in qo_first qo_last",
     "Marks s to be written out, one copy of the body an iteration (inside qo_first and qo_last only):"},
    {"spatial_for kl on lanes", "Runs the iterations of kl at the same time, one on each lane of vector registers."},
    {"accumulate y at qo in registers",
     "Keeps the sums of y that are under way in one iteration of qo in registers: y is written once"},
    {"accumulate y at qo in stack", "Keeps the sums of y that are under way in one iteration of qo in stack memory:"},
    {"accumulate y at ko in registers copies cu",
     "Keeps the sums of y that are under way in one iteration of ko in registers: y is written once, when its sums are "
     "complete. Each iteration of cu has sums of its own,"},
    {"clip r", "Shortens r to the iterations that read inside the image:"},
    {"clip y.r in po", "Shortens y.r inside po to the iterations that read inside the image:"},
    {"peel qo 1 2 -> a b c",
     "Separates the first 1 and the last 2 iterations of qo, as a and c, from those in between, b."},
    {"pack y as [n p q k] -> yt",
     "Computes y in yt, in whose memory the axes lie as [n p q k], innermost last, and copies it to its place behind "
     "all else."},
    {"pack w as [k/32 r s c k%32] -> wp ahead", "Copies w into wp, in whose memory the axes lie as [k/32 r s c k%32], "
                                                "innermost last, so that the inner loops read "
                                                "it in order. This is done once, ahead of all runs."},
    {"place T V M at y.u", "Computes T, V and M in each iteration of y.u, the part of it that is read there, in "
                           "workspace memory of its own:"},
    {"pack x as [n h w c] -> xp",
     "Copies x into xp, in whose memory the axes lie as [n h w c], innermost last, so that "
     "the inner loops read it in order. This is done in each run;"},
    {"place xp at p store n", "Computes xp in each iteration of p, the part of it that is read there, in workspace "
                              "memory that lasts for an iteration of n: only what the iteration before has not"},
    {"distribute cb -> t1 t2", "Gives each product of the sum inside cb a copy of that loop: t1, t2."},
    {"tensorize q kl transpose16", "Runs q and kl as one operation on whole vectors, transpose16, which"},
    {"prefetch x at qo in co",
     "Asks the first cache for the part of x that the next iteration of qo uses, spread over the iterations of co: it"},
    {"prefetch wp at co by 4 into l2",
     "Asks the second cache for the part of wp that the iteration of co 4 further on uses: it comes"},
    {"place L at p in stack", "Computes L in each iteration of p, the part of it that is read there, in stack memory"},
};

static Status check_case(Context *context, void *data) {
    const Case *test = data;
    const Source source = {.name = "step", .text = test->step, .length = strlen(test->step)};
    const Schedule *schedule;
    TRY(schedule_parse(context, &source, &schedule));
    Text text = text_new(context);
    explain_step(&schedule->steps[0], &text);
    ck_assert_msg(strncmp(text_string(&text), test->sentence, strlen(test->sentence)) == 0, "%s", text_string(&text));
    return STATUS_OK;
}

START_TEST(test_sentences) {
    Case test = cases[_i];
    run_in_context(check_case, &test);
}
END_TEST

/* Every kind of step that is available stands in the table above. */
START_TEST(test_that_all_steps_are_explained) {
    static const struct {
        const char *word;
        bool available;
    } steps[] = {
#define STEP(id, word, form, available) {#word, available},
#include "ir/steps.def"
#undef STEP
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        bool found = !steps[i].available;
        for (size_t j = 0; j < sizeof cases / sizeof cases[0]; j++)
            found |= strncmp(cases[j].step, steps[i].word, strlen(steps[i].word)) == 0;
        ck_assert_msg(found, "%s has no case", steps[i].word);
    }
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("explain");
    tcase_add_loop_test(tests, test_sentences, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(tests, test_that_all_steps_are_explained);
    return run_tests(tests);
}
