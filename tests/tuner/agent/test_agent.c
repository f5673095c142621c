/* SPDX-License-Identifier: Apache-2.0 */
/* A session with its agent: what is refused, racing, drift, and agents that end too soon. No time is tested, and on a
 * busy machine a candidate may be too noisy to have one. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tuner/agent/agent.h"

static const char problem[] = "conv2d n=1 g=1 c=8 h=8 w=8 k=16 p=8 q=8 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 "
                              "type=f32,f32,f32 layout=nhwc,nhwc epilogue=none";

enum { MAX_BATCH = 3 };

typedef struct Batch {
    Candidate candidates[MAX_BATCH];
    size_t count;
    MeasureOptions options;
    Measurement measurements[MAX_BATCH];
    size_t reported;
    Status sink_status;
} Batch;

static Candidate candidate(const char *schedule) {
    return (Candidate){.problem = problem, .target = target_host()->name, .schedule = schedule, .workers = 1};
}

static Batch batch_of(Candidate first) {
    Batch batch = {.candidates = {first}, .count = 1, .options = measure_options_default()};
    batch.options.quick = true;
    batch.options.visits = 1;
    return batch;
}

static Status keep(void *data, size_t index, const Measurement *measurement) {
    Batch *batch = data;
    ck_assert_uint_eq(index, batch->reported++);
    batch->measurements[index] = *measurement;
    return batch->sink_status;
}

static Status measure(Context *context, Agent *agent, Batch *batch) {
    batch->reported = 0;
    return agent_measure(agent, context, batch->candidates, batch->count, &batch->options, keep, batch);
}

/* A test's body, with an agent. */
typedef struct AgentTest {
    Status (*body)(Context *context, Agent *agent);
    const char *command;
} AgentTest;

static Status run_with_agent(Context *context, void *data) {
    const AgentTest *test = data;
    Agent *agent;
    TRY(agent_start(context, test->command, &agent));
    Status status = test->body(context, agent);
    agent_stop(agent);
    return status;
}

static void with_agent(Status (*body)(Context *context, Agent *agent)) {
    run_in_context(run_with_agent, &(AgentTest){.body = body});
}

static bool has_time(const Measurement *measurement) {
    bool right = measurement->status == MEASUREMENT_OK || measurement->status == MEASUREMENT_NOISY;
    ck_assert_msg(right, "%s: %s", measurement_status_name(measurement->status), measurement->detail);
    return measurement->status == MEASUREMENT_OK;
}

static Status measure_impossible(Context *context, Agent *agent) {
    Batch batch = batch_of(candidate("split q 4 -> qo qi\nunroll nothing\n"));
    batch.count = MAX_BATCH;
    batch.candidates[1] = candidate("");
    batch.candidates[1].workers = 4000;
    batch.candidates[2] = candidate("");
    batch.candidates[2].problem = "conv2d n=0";
    TRY(measure(context, agent, &batch));
    static const char *const details[MAX_BATCH] = {"unroll nothing", "a kernel of 4000 threads", "conv2d n=0"};
    ck_assert_uint_eq(batch.reported, MAX_BATCH);
    for (size_t i = 0; i < MAX_BATCH; i++) {
        ck_assert_int_eq(batch.measurements[i].status, MEASUREMENT_REFUSED);
        ck_assert_msg(strstr(batch.measurements[i].detail, details[i]) != NULL, "%s", batch.measurements[i].detail);
        ck_assert_str_eq(batch.measurements[i].object_sha256, "");
        ck_assert_int_eq(batch.measurements[i].code_bytes, -1);
    }
    return STATUS_OK;
}

START_TEST(what_cannot_be_is_refused_with_the_reason) {
    with_agent(measure_impossible);
}
END_TEST

static Status measure_nothing(Context *context, Agent *agent) {
    Batch batch = batch_of(candidate(""));
    batch.count = 0;
    TRY(measure(context, agent, &batch));
    ck_assert_uint_eq(batch.reported, 0);
    return STATUS_OK;
}

START_TEST(an_empty_batch_ends) {
    with_agent(measure_nothing);
}
END_TEST

static Status build_in_no_time(Context *context, Agent *agent) {
    Batch batch = batch_of(candidate(""));
    batch.options.build_limit_s = 0;
    TRY(measure(context, agent, &batch));
    ck_assert_int_eq(batch.measurements[0].status, MEASUREMENT_BUILD_TIMEOUT);
    ck_assert_str_eq(batch.measurements[0].phase, "build");
    return STATUS_OK;
}

START_TEST(a_build_that_takes_too_long_is_a_timeout) {
    with_agent(build_in_no_time);
}
END_TEST

/* Against an incumbent of no time at all everything loses; without one, as many visits as wished. */
static Status race(Context *context, Agent *agent) {
    Batch batch = batch_of(candidate(""));
    batch.options.visits = 2;
    batch.options.incumbent_ns = 1e-3;
    TRY(measure(context, agent, &batch));
    if (has_time(&batch.measurements[0])) {
        ck_assert(batch.measurements[0].raced);
        ck_assert_double_nan(batch.measurements[0].spread);
    }
    batch.options.incumbent_ns = NAN;
    TRY(measure(context, agent, &batch));
    if (has_time(&batch.measurements[0])) {
        ck_assert(!batch.measurements[0].raced);
        ck_assert_int_ge(batch.measurements[0].visit_count, 1);
    }
    return STATUS_OK;
}

START_TEST(a_candidate_that_loses_clearly_is_given_up) {
    with_agent(race);
}
END_TEST

/* The first candidate with a time has drift 1; behind eight more it is timed again, and its time is not quite the same.
 * On a busy machine there may be none, or none that counts. */
static Status drift(Context *context, Agent *agent) {
    Batch first = batch_of(candidate(""));
    TRY(measure(context, agent, &first));
    if (!has_time(&first.measurements[0])) return STATUS_OK;
    ck_assert_double_eq(first.measurements[0].drift, 1);
    for (int i = 0; i < 8; i++) {
        Batch next = batch_of(candidate(""));
        TRY(measure(context, agent, &next));
        if (next.measurements[0].visit_count > 0) ck_assert_double_gt(next.measurements[0].drift, 0);
        if (i < 7) ck_assert_double_eq(next.measurements[0].drift, 1);
    }
    return STATUS_OK;
}

START_TEST(drift_is_known_once_there_was_a_time) {
    with_agent(drift);
}
END_TEST

/* Each visit of a round stands for its round, disturbed or not; one that fails its check has none. */
static Status measure_in_rounds(Context *context, Agent *agent) {
    enum { ROUNDS = 3 };
    Batch batch = batch_of(candidate(""));
    batch.count = MAX_BATCH;
    batch.candidates[1] = candidate("split q 4 -> qo qi\nunroll nothing\n");
    batch.candidates[2] = candidate("split q 4 -> qo qi\n");
    batch.options.visits = ROUNDS;
    batch.options.interleaved = true;
    TRY(measure(context, agent, &batch));
    ck_assert_uint_eq(batch.reported, MAX_BATCH);
    ck_assert_int_eq(batch.measurements[1].status, MEASUREMENT_REFUSED);
    ck_assert_int_eq(batch.measurements[1].visit_count, 0);
    for (size_t i = 0; i < MAX_BATCH; i += 2) {
        has_time(&batch.measurements[i]);
        ck_assert_int_eq(batch.measurements[i].visit_count, ROUNDS);
    }
    return STATUS_OK;
}

START_TEST(candidates_are_compared_in_rounds) {
    with_agent(measure_in_rounds);
}
END_TEST

static Status measure_cold(Context *context, Agent *agent) {
    Batch batch = batch_of(candidate(""));
    batch.candidates[0].cold_weights = true;
    TRY(measure(context, agent, &batch));
    has_time(&batch.measurements[0]);
    ck_assert_int_gt(batch.measurements[0].visit_count, 0);
    return STATUS_OK;
}

START_TEST(weights_may_be_cold) {
    with_agent(measure_cold);
}
END_TEST

static Status refuse_results(Context *context, Agent *agent) {
    Batch batch = batch_of(candidate("unroll nothing"));
    batch.candidates[1] = batch.candidates[0];
    batch.count = 2;
    batch.sink_status = STATUS_IO;
    ck_assert_int_eq(measure(context, agent, &batch), STATUS_IO);
    ck_assert_uint_eq(batch.reported, 1);
    Batch next = batch_of(candidate(""));
    TRY(measure(context, agent, &next));
    ck_assert_uint_eq(next.reported, 1);
    has_time(&next.measurements[0]);
    return STATUS_OK;
}

START_TEST(a_sink_that_ends_a_batch_does_not_shift_the_next) {
    with_agent(refuse_results);
}
END_TEST

static Status start_two(Context *context, void *data) {
    (void)data;
    Agent *one, *other;
    TRY(agent_start(context, NULL, &one));
    TRY(agent_start(context, NULL, &other));
    agent_stop(one);
    agent_stop(other);
    return STATUS_OK;
}

START_TEST(agents_end_in_any_order) {
    run_in_context(start_two, NULL);
}
END_TEST

static const struct {
    const char *command, *message;
} bad_commands[] = {
    {"exec /nonexistent/agent 2>/dev/null", "the agent ended before it had answered"},
    {"echo hello", "not a JSON object: hello"},
    {"echo '{\"agent\":1}'; sleep 100", "it speaks protocol 1, and this version speaks 2"},
    {"exit 255", "ssh could not reach the host"},
    {"no_such_program 2>/dev/null", "the program was not found there"},
};

static Status start_bad(Context *context, void *data) {
    const int *i = data;
    Agent *agent;
    ck_assert_int_ne(agent_start(context, bad_commands[*i].command, &agent), STATUS_OK);
    ck_assert_ptr_null(agent);
    ck_assert_msg(strstr(diag_message(context), bad_commands[*i].message) != NULL, "%s", diag_message(context));
    return STATUS_OK;
}

START_TEST(a_command_that_is_no_agent_is_said_so) {
    run_in_context(start_bad, &_i);
}
END_TEST

/* Greets, hears the request, and is gone. */
static Status lose_agent(Context *context, Agent *agent) {
    Batch batch = batch_of(candidate(""));
    ck_assert_int_eq(measure(context, agent, &batch), STATUS_IO);
    ck_assert_uint_eq(batch.reported, 0);
    ck_assert_ptr_nonnull(strstr(diag_message(context), "ended before it had answered; what it had measured"));
    return STATUS_OK;
}

START_TEST(an_agent_that_dies_is_an_error_and_no_hang) {
    AgentTest test = {lose_agent, "echo '{\"agent\":2,\"builds\":true}'; read line"};
    run_in_context(run_with_agent, &test);
}
END_TEST

int main(void) {
    if (target_host() == NULL) {
        printf("SKIPPED: no target for this machine\n");
        return TEST_SKIPPED;
    }
    TCase *tests = tcase_create("agent");
    tcase_add_test(tests, what_cannot_be_is_refused_with_the_reason);
    tcase_add_test(tests, an_empty_batch_ends);
    tcase_add_test(tests, a_build_that_takes_too_long_is_a_timeout);
    tcase_add_test(tests, a_candidate_that_loses_clearly_is_given_up);
    tcase_add_test(tests, drift_is_known_once_there_was_a_time);
    tcase_add_test(tests, candidates_are_compared_in_rounds);
    tcase_add_test(tests, weights_may_be_cold);
    tcase_add_test(tests, a_sink_that_ends_a_batch_does_not_shift_the_next);
    tcase_add_test(tests, agents_end_in_any_order);
    tcase_add_loop_test(tests, a_command_that_is_no_agent_is_said_so, 0, 5);
    tcase_add_test(tests, an_agent_that_dies_is_an_error_and_no_hang);
    return run_tests(tests);
}
