/* SPDX-License-Identifier: Apache-2.0 */
/* Is a compiled kernel right? Its exact object bytes are linked into a child process, run on three data sets in buffers
 * that catch stray accesses (tuner/guarded.h), and compared with the naive f64 convolution (ir/reference.h):
 *
 *   integer   small integers, so that every order of summation gives the same f32 result: all outputs must be equal
 *             (the sign of a zero aside), and every one must have been written. A kernel with inexact activations is
 *             compiled once more without them for this
 *   normal    x = max(0, N(0,1)), w = N(0,1) / sqrt(CRS), as in a network
 *   uniform   x, w uniform in [0, 1): sums of one sign
 *
 * On the last two each compared output must satisfy |y - y64| <= (CRS + 3) 2^-24 magnitude, the bound of any order of
 * summation in f32 with the epilogue's roundings; magnitude is sum |x w| + |b| + |residual| before activations
 * (ir/reference.h). A residual is given apart, and on integers once more in y's own memory. A crash, a hang or a
 * refusal in the child is a verdict and never ends the caller. */
#ifndef SEPTET_TUNER_CHECK_H
#define SEPTET_TUNER_CHECK_H

#include "base/random.h"
#include "ir/schedule.h"
#include "tuner/kernel.h"
#include "tuner/machine.h"

typedef enum CheckVerdict {
    CHECK_OK,
    CHECK_WRONG,   /* a result differs, was not written, or lies outside its buffer */
    CHECK_CRASHED, /* ended by a signal, or its functions reported an error */
    CHECK_TIMEOUT  /* did not end within a generous limit */
} CheckVerdict;

/* "ok", "wrong", "crashed", "run_timeout" */
const char *check_verdict_name(CheckVerdict verdict);

typedef struct CheckReport {
    CheckVerdict verdict;
    const char *detail; /* what is wrong, "" when nothing; in the context's arena */
    const char *phase;  /* in which it went wrong: "link", "pack", "run", "check"; NULL when nothing did */
    int signal;         /* that ended the kernel's process; 0: none */
    /* The worse of the data sets normal and uniform: */
    double error_l2;  /* |y - y64|_2 / |y64|_2 over the compared outputs */
    double error_max; /* largest |y - y64| / magnitude of one output */
    double bound;     /* (CRS + 3) 2^-24, which error_max must not exceed */
} CheckReport;

/* The inputs of a problem and its reference results: made once, then any number of kernels are compared with it. */
typedef struct CheckReference CheckReference;

/* Compares random data on CHECK_SAMPLES outputs spread over all, or on every one with `all_outputs`. In the arena;
 * takes the time of one naive convolution (two more with `all_outputs`). */
enum { CHECK_SAMPLES = 4096 };
const CheckReference *check_reference_new(Context *context, const Problem *problem, bool all_outputs);

/* The problem without its inexact activations: what integer data is compared on. True when that is another problem. */
bool check_exact_problem(const Problem *problem, Problem *out);

/* Compares an object with the reference of its problem, on a machine that can run it; `exact` is the same schedule
 * compiled for check_exact_problem, which may be the same object (tuner/compile_object.h makes both from a plan).
 * STATUS_OK when there is a verdict. */
Status check_object_on(Context *context, const Machine *machine, const CheckReference *reference,
                       const KernelObject *given, const KernelObject *exact, CheckReport *out);

/* Draws a small legal problem: all kinds of groups, strides, dilations, paddings (asymmetric, negative, wider than the
 * image), tails, layouts and epilogues. */
void check_draw_problem(Random *random, Problem *out);

/* Draws a schedule: the point of a recipe, or a list of random steps, each of which applies to the nest that the ones
 * before it leave. */
Status check_draw_schedule(Context *context, Random *random, const Problem *problem, const Target *target,
                           const Schedule **out);

#endif
