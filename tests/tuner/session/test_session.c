/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions with a measurer that computes times from knobs: budgets, sharing, failures, stopping, continuing. */
#include "tuner/session/session.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

/* A slow layer that occurs often, a fast one, and one that no recipe knows. */
static const char *const texts[] = {
    "conv2d n=1 g=1 c=64 h=56 w=56 k=64 p=56 q=56 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "
    "layout=nhwc,nhwc epilogue=bias,relu",
    "conv2d n=1 g=1 c=16 h=7 w=7 k=16 p=7 q=7 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 type=f32,f32,f32 "
    "layout=nhwc,nhwc epilogue=none",
    "conv2d n=1 g=2 c=24 h=8 w=8 k=24 p=8 q=8 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 type=f32,f32,f32 "
    "layout=nChw16c,nChw16c epilogue=none"};
enum { LAYERS = sizeof texts / sizeof texts[0], CONFIRM_VISITS = 5 };

/* The world of a session: what time it is, what was measured, what goes wrong.
 */
typedef struct World {
    Context *context;
    double now_s, seconds_a_candidate, seconds_a_look;
    int64_t calls, most_calls; /* candidates measured; from the latter on the user
                                  wishes to end */
    int slow_comparisons;      /* so many of the first are made on a slow machine */
    bool all_crash, measurer_dies;
    int64_t of_layer[LAYERS], confirmed;
    VECTOR(Measurement) log;
} World;

static int64_t knob_of(const char *knobs, const char *name) {
    const char *found = strstr(knobs, name);
    return found == NULL ? 0 : strtoll(found + strlen(name), NULL, 10);
}

/* The more accumulators below 28 the better; unrolling c by 4 crashes. */
static void run_candidate(const World *world, const Candidate *candidate, Measurement *out) {
    *out = (Measurement){.candidate = *candidate, .status = MEASUREMENT_OK, .time_ns = 1e6, .spread = 0, .drift = NAN};
    if (candidate->knobs != NULL) {
        int64_t tile = knob_of(candidate->knobs, "vectors=") * knob_of(candidate->knobs, "columns=");
        out->time_ns = 1e6 + 1e4 * (double)llabs(24 - tile) + 100 * (double)knob_of(candidate->knobs, "image_rows=");
    }
    bool crashes = candidate->knobs != NULL && knob_of(candidate->knobs, "unroll_c=") == 4;
    if (!crashes && !world->all_crash) return;
    out->status = MEASUREMENT_CRASHED;
    out->time_ns = NAN;
}

static Status measure(void *self, Context *context, const Candidate *batch, size_t count, const MeasureWish *wish,
                      MeasurerSink *sink, void *data) {
    World *world = self;
    for (size_t i = 0; i < count; i++) {
        Measurement measurement;
        if (world->measurer_dies) return diag_error(context, STATUS_IO, "the measurer is gone");
        run_candidate(world, &batch[i], &measurement);
        measurement.visit_count = wish->visits;
        if (wish->interleaved && world->slow_comparisons > 0) measurement.time_ns *= 1.5;
        for (int visit = 0; visit < wish->visits; visit++) measurement.visits[visit].median_ns = measurement.time_ns;
        if (world->most_calls > 0 && world->calls >= world->most_calls) measurement.status = MEASUREMENT_INTERRUPTED;
        world->now_s += world->seconds_a_candidate;
        world->calls++;
        TRY(sink(data, i, &measurement));
    }
    if (wish->interleaved && world->slow_comparisons > 0) world->slow_comparisons--;
    return STATUS_OK;
}

static double clock_s(void *data) {
    World *world = data;
    return world->now_s += world->seconds_a_look;
}

static bool stopped(void *data) {
    const World *world = data;
    return world->most_calls > 0 && world->calls >= world->most_calls;
}

static Status watch(void *data, size_t layer, const Measurement *measurement, double best_ns) {
    World *world = data;
    (void)best_ns;
    VECTOR_PUSH(world->context, &world->log, *measurement);
    if (measurement->visit_count == CONFIRM_VISITS)
        world->confirmed++;
    else
        world->of_layer[layer]++;
    return STATUS_OK;
}

static const Problem *problem_of(Context *context, const char *text) {
    const Source source = {.name = "problem", .text = text, .length = strlen(text)};
    Problem *problem = ARENA_NEW(context, Problem);
    ck_assert_int_eq(problem_parse(context, &source, problem), STATUS_OK);
    return problem;
}

static SessionOptions options_of(World *world, size_t layer_count) {
    static const int64_t counts[LAYERS] = {3, 1, 1};
    SessionLayer *layers = ARENA_ARRAY(world->context, SessionLayer, LAYERS);
    for (size_t i = 0; i < LAYERS; i++)
        layers[i] =
            (SessionLayer){.label = "layer", .count = counts[i], .problem = problem_of(world->context, texts[i])};
    SessionOptions options = {.layers = layers,
                              .layer_count = layer_count,
                              .threads = 1,
                              .strategy = "descent",
                              .seed = 1,
                              .trials = 100,
                              .measurer = {measure, world},
                              .clock_s = clock_s,
                              .stopped = stopped,
                              .watch = watch,
                              .data = world};
    ck_assert_int_eq(target_find(world->context, "x86-64-v4", &options.target), STATUS_OK);
    return options;
}

static Session *session_of(World *world, const SessionOptions *options) {
    Session *session = NULL;
    ck_assert_int_eq(session_new(world->context, options, &session), STATUS_OK);
    return session;
}

static Session *run(World *world, const SessionOptions *options) {
    Session *session = session_of(world, options);
    Status status = session_run(session);
    ck_assert_msg(status == STATUS_OK, "%s", diag_message(world->context));
    return session;
}

static Status check_search(Context *context, void *data) {
    World world = {.context = context};
    (void)data;
    SessionOptions options = options_of(&world, LAYERS);
    Session *session = run(&world, &options);
    int64_t measured = 0;
    for (size_t i = 0; i < LAYERS; i++) {
        SessionResult result = session_result(session, i);
        measured += result.measured;
        ck_assert_int_eq(result.measured, world.of_layer[i]);
        ck_assert(result.confirmed);
        ck_assert(result.best->time_ns <= result.start->time_ns);
        ck_assert_int_eq(result.best->kind, MEASURED_CONFIRM);
        ck_assert_int_eq(result.best->visit_count, CONFIRM_VISITS);
    }
    ck_assert_int_eq(measured, options.trials);
    ck_assert(session_result(session, 2).exhausted);
    ck_assert_int_eq(session_result(session, 2).measured, 1);
    ck_assert_double_lt(session_result(session, 0).best->time_ns, 1.011e6);
    return STATUS_OK;
}

START_TEST(test_that_a_session_uses_its_trials_and_confirms) {
    run_in_context(check_search, NULL);
}
END_TEST

/* Of what step 3 measured, the fastest confirmed one is the winner, and candidate 0 the baseline unless it won. */
static Status check_kinds(Context *context, void *data) {
    World world = {.context = context};
    (void)data;
    SessionOptions options = options_of(&world, 1);
    SessionResult result = session_result(run(&world, &options), 0);
    const Measurement *fastest = NULL;
    int baselines = 0;
    for (size_t i = 0; i < world.log.count; i++) {
        const Measurement *one = &world.log.items[i];
        ck_assert(one->kind == MEASURED_SEARCH || one->visit_count == CONFIRM_VISITS);
        baselines += one->kind == MEASURED_BASELINE;
        if (one->kind == MEASURED_CONFIRM && (fastest == NULL || one->time_ns < fastest->time_ns)) fastest = one;
    }
    ck_assert_int_eq(baselines, 1);
    ck_assert_ptr_nonnull(fastest);
    if (fastest == NULL) return STATUS_INVALID;
    ck_assert_str_eq(fastest->candidate.knobs, result.best->candidate.knobs);
    ck_assert_str_ne(result.start->candidate.knobs, result.best->candidate.knobs);
    ck_assert_int_eq(result.start->kind, MEASURED_BASELINE);
    return STATUS_OK;
}

START_TEST(test_kinds_of_what_is_compared) {
    run_in_context(check_kinds, NULL);
}
END_TEST

/* A session that finds nothing left to do compares nothing again, and knows its winner. */
static Status check_nothing_left(Context *context, void *data) {
    World first = {.context = context}, second = {.context = context, .seconds_a_look = 1};
    (void)data;
    SessionOptions options = options_of(&first, 1);
    double best_ns = session_result(run(&first, &options), 0).best->time_ns;
    options = options_of(&second, 1);
    options.seconds = 1e-9;
    Session *session = session_of(&second, &options);
    for (size_t i = 0; i < first.log.count; i++) session_recall(session, 0, &first.log.items[i]);
    TRY(session_run(session));
    ck_assert_int_eq(second.calls, 0);
    ck_assert(session_result(session, 0).confirmed);
    ck_assert_double_eq(session_result(session, 0).best->time_ns, best_ns);
    return STATUS_OK;
}

START_TEST(test_that_what_is_confirmed_is_not_compared_again) {
    run_in_context(check_nothing_left, NULL);
}
END_TEST

/* A comparison during which the machine is slower than before is made again. */
static Status check_slow_comparison(Context *context, void *data) {
    World steady = {.context = context}, slow = {.context = context, .slow_comparisons = 2};
    (void)data;
    SessionOptions options = options_of(&steady, 1);
    double best_ns = session_result(run(&steady, &options), 0).best->time_ns;
    options = options_of(&slow, 1);
    ck_assert_double_eq(session_result(run(&slow, &options), 0).best->time_ns, best_ns);
    ck_assert_int_eq(slow.confirmed, steady.confirmed);
    ck_assert_int_eq(slow.calls - steady.calls, 2 * steady.confirmed);
    return STATUS_OK;
}

START_TEST(test_that_a_comparison_on_a_slow_machine_is_made_again) {
    run_in_context(check_slow_comparison, NULL);
}
END_TEST

/* A session that begins at a known schedule measures it first, then the default and what is suggested; a suggestion
 * that is no point is left out. */
static Status check_first(Context *context, void *data) {
    World first = {.context = context}, second = {.context = context};
    (void)data;
    SessionOptions options = options_of(&first, 1);
    const Candidate *found = &session_result(run(&first, &options), 0).best->candidate;
    const Candidate *zero = &first.log.items[0].candidate, *other = &first.log.items[4].candidate;
    ck_assert_str_ne(zero->knobs, found->knobs);
    options = options_of(&second, 1);
    SessionLayer layer = options.layers[0];
    const Candidate suggestions[] = {{.recipe = "register_tile", .knobs = "speed=11"}, *other};
    layer.first = found;
    layer.suggestions = suggestions;
    layer.suggestion_count = 2;
    options.layers = &layer;
    options.trials = 20;
    run(&second, &options);
    ck_assert_str_eq(second.log.items[0].candidate.knobs, found->knobs);
    ck_assert_str_eq(second.log.items[1].candidate.knobs, zero->knobs);
    ck_assert_str_eq(second.log.items[2].candidate.knobs, other->knobs);
    return STATUS_OK;
}

START_TEST(test_that_known_schedules_come_first) {
    run_in_context(check_first, NULL);
}
END_TEST

/* The layer that occurs three times gets more, the other not nothing. */
static Status check_sharing(Context *context, void *data) {
    World world = {.context = context};
    (void)data;
    SessionOptions options = options_of(&world, 2);
    options.trials = 200;
    run(&world, &options);
    ck_assert_int_gt(world.of_layer[0], world.of_layer[1]);
    ck_assert_int_gt(world.of_layer[1], 16);
    return STATUS_OK;
}

START_TEST(test_that_frequent_layers_get_more) {
    run_in_context(check_sharing, NULL);
}
END_TEST

static Status check_seconds(Context *context, void *data) {
    World world = {.context = context, .seconds_a_candidate = 1};
    (void)data;
    SessionOptions options = options_of(&world, 2);
    options.trials = 0;
    options.seconds = 100;
    run(&world, &options);
    ck_assert_double_ge(world.now_s, 90);
    ck_assert_double_le(world.now_s, 100 + STRATEGY_BATCH);
    return STATUS_OK;
}

START_TEST(test_that_a_session_keeps_its_time) {
    run_in_context(check_seconds, NULL);
}
END_TEST

static Status check_failures(Context *context, void *data) {
    World world = {.context = context, .all_crash = true};
    (void)data;
    SessionOptions options = options_of(&world, LAYERS);
    Session *session = run(&world, &options);
    SessionResult result = session_result(session, 0);
    ck_assert_ptr_null(result.best);
    ck_assert_int_eq(result.start->status, MEASUREMENT_CRASHED);
    ck_assert_int_eq(result.failed, result.measured);
    ck_assert_int_eq(world.confirmed, 0);
    ck_assert_int_eq(world.calls, options.trials);
    return STATUS_OK;
}

START_TEST(test_that_a_session_ends_when_all_fails) {
    run_in_context(check_failures, NULL);
}
END_TEST

/* The user's wish comes in the middle of a batch; what was measured before it was handed on. */
static Status check_stop(Context *context, void *data) {
    World world = {.context = context, .most_calls = 13};
    (void)data;
    SessionOptions options = options_of(&world, 1);
    Session *session = run(&world, &options);
    ck_assert(session_was_stopped(session));
    ck_assert_int_eq(session_result(session, 0).measured, 13);
    ck_assert_int_eq(world.confirmed, 0);
    ck_assert_ptr_nonnull(session_result(session, 0).best);
    return STATUS_OK;
}

START_TEST(test_that_a_user_may_stop_it) {
    run_in_context(check_stop, NULL);
}
END_TEST

/* A session that recalls what was measured measures nothing twice, and gets to the same best as one long session. */
static Status check_continuing(Context *context, void *data) {
    World first = {.context = context, .most_calls = 40}, second = {.context = context}, whole = {.context = context};
    (void)data;
    SessionOptions options = options_of(&first, 1);
    run(&first, &options);
    options = options_of(&second, 1);
    options.trials = 60;
    Session *session = session_of(&second, &options);
    int64_t recalled = 0;
    for (size_t i = 0; i < first.log.count; i++) recalled += session_recall(session, 0, &first.log.items[i]);
    ck_assert_int_eq(recalled, (int64_t)first.log.count);
    TRY(session_run(session));
    for (size_t i = 0; i < second.log.count; i++) {
        const Measurement *now = &second.log.items[i];
        for (size_t j = 0; j < first.log.count && now->visit_count < CONFIRM_VISITS; j++) {
            bool again = strcmp(now->candidate.knobs, first.log.items[j].candidate.knobs) == 0;
            ck_assert(!again || first.log.items[j].status == MEASUREMENT_INTERRUPTED);
        }
    }
    options = options_of(&whole, 1);
    Session *long_session = run(&whole, &options);
    ck_assert_double_eq(session_result(session, 0).best->time_ns, session_result(long_session, 0).best->time_ns);
    return STATUS_OK;
}

START_TEST(test_that_a_session_goes_on_where_another_ended) {
    run_in_context(check_continuing, NULL);
}
END_TEST

/* Measurements of something else are no use. */
static Status check_strangers(Context *context, void *data) {
    World world = {.context = context};
    (void)data;
    SessionOptions options = options_of(&world, 2);
    Session *session = session_of(&world, &options);
    const Candidate known = {.problem = texts[0],
                             .target = "x86-64-v4",
                             .recipe = "register_tile",
                             .workers = 1,
                             .knobs = "lane_loop=k",
                             .schedule = ""};
    Measurement measurement = {.candidate = known, .status = MEASUREMENT_OK, .time_ns = 1};
    ck_assert(!session_recall(session, 1, &measurement));
    ck_assert(!session_recall(session, 0, &measurement));
    measurement.candidate.knobs = "speed=11";
    ck_assert(!session_recall(session, 0, &measurement));
    ck_assert_int_eq(diag_status(context), STATUS_OK);
    return STATUS_OK;
}

START_TEST(test_that_other_measurements_are_left_out) {
    run_in_context(check_strangers, NULL);
}
END_TEST

static Status check_errors(Context *context, void *data) {
    World world = {.context = context, .measurer_dies = true};
    Session *session = NULL;
    (void)data;
    SessionOptions options = options_of(&world, 1);
    ck_assert_int_eq(session_run(session_of(&world, &options)), STATUS_IO);
    options.strategy = "hope";
    ck_assert_int_eq(session_new(context, &options, &session), STATUS_INVALID);
    options.layer_count = 0;
    ck_assert_int_eq(session_new(context, &options, &session), STATUS_INVALID);
    return STATUS_OK;
}

START_TEST(test_errors) {
    run_in_context(check_errors, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("session");
    tcase_add_test(tests, test_that_a_session_uses_its_trials_and_confirms);
    tcase_add_test(tests, test_kinds_of_what_is_compared);
    tcase_add_test(tests, test_that_what_is_confirmed_is_not_compared_again);
    tcase_add_test(tests, test_that_a_comparison_on_a_slow_machine_is_made_again);
    tcase_add_test(tests, test_that_known_schedules_come_first);
    tcase_add_test(tests, test_that_frequent_layers_get_more);
    tcase_add_test(tests, test_that_a_session_keeps_its_time);
    tcase_add_test(tests, test_that_a_session_ends_when_all_fails);
    tcase_add_test(tests, test_that_a_user_may_stop_it);
    tcase_add_test(tests, test_that_a_session_goes_on_where_another_ended);
    tcase_add_test(tests, test_that_other_measurements_are_left_out);
    tcase_add_test(tests, test_errors);
    return run_tests(tests);
}
