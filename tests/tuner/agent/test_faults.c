/* SPDX-License-Identifier: Apache-2.0 */
/* Faulty candidates: objects made by hand, each with one fault, measured by one agent. Each gets its status and cause,
 * and the agent goes on: after every one of them a right one is measured. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compiler/frontend/frontend.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tuner/agent/agent.h"
#include "tuner/cross_build.h"

static const char layer[] = "c=16 h=16 w=16 k=64 r=1 s=1";

/* Kernels get no library: what faults need of the system they ask for themselves. */
static const char system_source[] =
    "#include <sys/syscall.h>\n"
    "#include <time.h>\n"
    "static long ask(long number, long a, long b, long c, long d, long e, long f) {\n"
    "#ifdef __aarch64__\n"
    "    register long x8 __asm__(\"x8\") = number, x0 __asm__(\"x0\") = a, x1 __asm__(\"x1\") = b;\n"
    "    register long x2 __asm__(\"x2\") = c, x3 __asm__(\"x3\") = d, x4 __asm__(\"x4\") = e;\n"
    "    register long x5 __asm__(\"x5\") = f;\n"
    "    __asm__ volatile(\"svc 0\" : \"+r\"(x0) : \"r\"(x8), \"r\"(x1), \"r\"(x2), \"r\"(x3), \"r\"(x4), "
    "\"r\"(x5) : \"memory\");\n"
    "    return x0;\n"
    "#else\n"
    "    register long r10 __asm__(\"r10\") = d, r8 __asm__(\"r8\") = e, r9 __asm__(\"r9\") = f;\n"
    "    __asm__ volatile(\"syscall\" : \"+a\"(number) : \"D\"(a), \"S\"(b), \"d\"(c), \"r\"(r10), \"r\"(r8), "
    "\"r\"(r9) : \"rcx\", \"r11\", \"memory\");\n"
    "    return number;\n"
    "#endif\n"
    "}\n"
    "static void end(int status) { ask(SYS_exit_group, status, 0, 0, 0, 0, 0); }\n"
    "static void say(int file, const char *text, long bytes) { ask(SYS_write, file, (long)text, bytes, 0, 0, 0); }\n"
    "static int new_process(void) { return ask(SYS_clone, 17, 0, 0, 0, 0, 0); }\n"
    "static void leave_group(void) { ask(SYS_setsid, 0, 0, 0, 0, 0, 0); }\n"
    "static void sleep_a_bit(void) {\n"
    "    struct timespec time = {0, 1000000};\n"
    "    ask(SYS_nanosleep, (long)&time, 0, 0, 0, 0, 0);\n"
    "}\n"
    "static volatile char *take_memory(void) {\n"
    "    return (volatile char *)ask(SYS_mmap, 0, 1 << 24, 3, 34, -1, 0);\n"
    "}\n";

/* A right kernel of the layer, with places for a fault: before it computes, and behind. */
static const char kernel_source[] = "%s"
                                    "enum { C = 16, K = 64, PIXELS = 256, TAG_FLOATS = 16 };\n"
                                    "int measured_supported(void) { return 1; }\n"
                                    "const void *measured_info(void) { return 0; }\n"
                                    "int measured_pack(const float *w, float *packed) {\n"
                                    "    for (int i = 0; i < C * K; i++) packed[TAG_FLOATS + i] = w[i];\n"
                                    "    return 0;\n"
                                    "}\n"
                                    "int measured(const float *x, const float *packed, float *y, void *workspace) {\n"
                                    "    const float *w = packed + TAG_FLOATS;\n"
                                    "    (void)workspace;\n"
                                    "    " /* fault */
                                    "%s\n"
                                    "    for (int p = 0; p < PIXELS; p++)\n"
                                    "        for (int k = 0; k < K; k++) {\n"
                                    "            float sum = 0;\n"
                                    "            for (int c = 0; c < C; c++) sum += x[p * C + c] * w[k * C + c];\n"
                                    "            if (%s) y[p * K + k] = sum;\n"
                                    "        }\n"
                                    "    %s\n"
                                    "    return 0;\n"
                                    "}\n";

typedef struct Fault {
    const char *before, *condition, *behind; /* NULL: nothing, always, nothing */
    MeasurementStatus status;
    const char *phase, *detail; /* the second is part of it */
    double run_limit_s;         /* 0: the default */
} Fault;

static const Fault faults[] = {
    {.before = "*(volatile int *)0 = 1;", .status = MEASUREMENT_CRASHED, .phase = "run", .detail = "signal 11"},
    {.before = "__builtin_trap();", .status = MEASUREMENT_CRASHED, .phase = "run", .detail = "ended by signal"},
    {.before = "end(3);", .status = MEASUREMENT_CRASHED, .phase = "run", .detail = "ended the process with status 3"},
    {.before = "end(0);", .status = MEASUREMENT_CRASHED, .phase = "run", .detail = "returned 0"},
    {.before = "return 1;", .status = MEASUREMENT_CRASHED, .phase = "run", .detail = "misaligned"},
    {.before = "for (;;) sleep_a_bit();",
     .status = MEASUREMENT_RUN_TIMEOUT,
     .phase = "run",
     .detail = "did not end within 2 s",
     .run_limit_s = 2},
    {.before = "for (;;) say(1, \"more and more \", 14);",
     .status = MEASUREMENT_CRASHED,
     .phase = "run",
     .detail = "wrote more than 1024 KiB of output; its last output: "},
    {.before = "say(2, \"last words\", 10); *(volatile int *)0 = 1;",
     .status = MEASUREMENT_CRASHED,
     .phase = "run",
     .detail = "last words"},
    {.behind = "*(volatile float *)(x + C * PIXELS);",
     .status = MEASUREMENT_CRASHED,
     .phase = "run",
     .detail = "reads or writes outside its buffers"},
    {.behind = "y[K * PIXELS] = 0;",
     .status = MEASUREMENT_CRASHED,
     .phase = "run",
     .detail = "reads or writes outside its buffers"},
    {.behind = "*(float *)(unsigned long)x = 0;", .status = MEASUREMENT_CRASHED, .phase = "run", .detail = "signal 11"},
    {.behind = "y[700] += 1;", .status = MEASUREMENT_WRONG, .phase = "check", .detail = "k 60, p 0, q 10] is "},
    {.condition = "p * K + k != 700",
     .status = MEASUREMENT_WRONG,
     .phase = "check",
     .detail = "k 60, p 0, q 10] was not written"},
    {.before = "for (;;) { volatile char *more = take_memory(); for (int i = 0; i < 1 << 24; i += 4096) "
               "more[i] = 1; sleep_a_bit(); }",
     .status = MEASUREMENT_OUT_OF_MEMORY,
     .phase = "run",
     .detail = "took more than 1024 MiB"},
    {.behind = "if (new_process() == 0) for (;;) sleep_a_bit();",
     .status = MEASUREMENT_WRONG,
     .phase = "run",
     .detail = "left a process behind"},
    {.behind = "if (new_process() == 0) { leave_group(); for (;;) sleep_a_bit(); }",
     .status = MEASUREMENT_WRONG,
     .phase = "run",
     .detail = "left a process behind"},
    {.before = "extern int puts(const char *); puts(\"\");",
     .status = MEASUREMENT_CRASHED,
     .phase = "link",
     .detail = "it needs puts, which kernels do not get"},
    {.before = "static int calls; if (calls++ > 0) return 0;",
     .status = MEASUREMENT_TOO_FAST,
     .phase = "time",
     .detail = "at the peak of"},
};

enum { FAULT_COUNT = sizeof faults / sizeof faults[0] };

static const char *or_text(const char *text, const char *otherwise) {
    return text != NULL ? text : otherwise;
}

static Status compile(Context *context, const Fault *fault, AgentObject *out) {
    static const char *const arguments[] = {
        "-c", "-O1", "-fPIC", "-w", "-fno-stack-protector", "-fno-tree-loop-distribute-patterns", "tuner/faulty.c",
        NULL};
    const char *source = arena_format(context, kernel_source, system_source, or_text(fault->before, ""),
                                      or_text(fault->condition, "1"), or_text(fault->behind, ""));
    const FileContent file = {"faulty.c", source, strlen(source)};
    int object;
    TRY(cross_build(context, &(CrossBuild){"cc", arguments, &file, 1}, &object));
    off_t length = lseek(object, 0, SEEK_END);
    char *bytes = arena_alloc(context, (size_t)length);
    ck_assert_int_eq(pread(object, bytes, (size_t)length, 0), length);
    close(object);
    *out = (AgentObject){.bytes = bytes, .length = (size_t)length};
    return STATUS_OK;
}

static Status make_candidate(Context *context, Candidate *out) {
    const LayerList *layers;
    Text problem = text_new(context);
    TRY(frontend_read_conv(context, layer, NULL, &layers));
    problem_print(&layers->items[0].problem, &problem);
    *out = (Candidate){.problem = text_string(&problem), .target = target_host()->name, .schedule = "", .workers = 1};
    return STATUS_OK;
}

static Status keep(void *data, size_t index, const Measurement *measurement) {
    Measurement *kept = data;
    kept[index] = *measurement;
    return STATUS_OK;
}

/* On a busy machine a right candidate may be too noisy to have a time. */
static void expect_right(const Measurement *measurement) {
    bool right = measurement->status == MEASUREMENT_OK || measurement->status == MEASUREMENT_NOISY;
    ck_assert_msg(right, "%s: %s", measurement_status_name(measurement->status), measurement->detail);
    ck_assert_double_lt(measurement->error_l2, 1e-6);
    ck_assert_int_gt(measurement->code_bytes, 0);
    ck_assert_int_eq((int)strlen(measurement->object_sha256), SHA256_HEX_BYTES - 1);
    ck_assert_int_gt(measurement->visit_count, 0);
    ck_assert_int_eq(measurement->status == MEASUREMENT_OK, measurement->time_ns > 0);
}

static void expect_fault(const Fault *fault, const Measurement *measurement) {
    ck_assert_msg(measurement->status == fault->status, "%s instead of %s: %s",
                  measurement_status_name(measurement->status), measurement_status_name(fault->status),
                  or_text(measurement->detail, "no detail"));
    ck_assert_str_eq(measurement->phase, fault->phase);
    ck_assert_msg(strstr(measurement->detail, fault->detail) != NULL, "%s", measurement->detail);
    ck_assert_ptr_nonnull(strstr(measurement->reproduce, "septet bench --conv 'conv2d "));
    ck_assert_double_nan(measurement->time_ns);
}

/* The fault, then a right object made by the same hand, then one that the agent builds. */
static Status measure_fault(Context *context, Agent *agent, const Fault *fault) {
    static const Fault none = {.status = MEASUREMENT_OK};
    Candidate batch[3];
    AgentObject objects[3] = {{.bytes = NULL}};
    Measurement measurements[3] = {0};
    MeasureOptions options = measure_options_default();
    TRY(make_candidate(context, &batch[0]));
    batch[1] = batch[2] = batch[0];
    TRY(compile(context, fault, &objects[0]));
    TRY(compile(context, &none, &objects[1]));
    options.quick = true;
    options.visits = 1;
    options.objects = objects;
    options.memory_limit_bytes = (int64_t)1 << 30;
    if (fault->run_limit_s > 0) options.run_limit_s = fault->run_limit_s;
    size_t count = fault->run_limit_s > 0 ? 1 : 3; /* the limit holds for the whole batch */
    TRY(agent_measure(agent, context, batch, count, &options, keep, measurements));
    expect_fault(fault, &measurements[0]);
    for (size_t i = 1; i < count; i++) expect_right(&measurements[i]);
    return STATUS_OK;
}

static Status run_fault(Context *context, void *data) {
    Agent *agent;
    TRY(agent_start(context, NULL, &agent));
    Status status = measure_fault(context, agent, data);
    agent_stop(agent);
    return status;
}

START_TEST(a_fault_has_its_status_and_the_agent_goes_on) {
    run_in_context(run_fault, (void *)&faults[_i]);
}
END_TEST

int main(void) {
    if (target_host() == NULL || !cross_find_program("cc")) {
        printf("SKIPPED: no target for this machine, or no C compiler\n");
        return TEST_SKIPPED;
    }
    TCase *tests = tcase_create("faults");
    tcase_add_loop_test(tests, a_fault_has_its_status_and_the_agent_goes_on, 0, FAULT_COUNT);
    return run_tests(tests);
}
