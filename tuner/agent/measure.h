/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that measure a batch share. */
#ifndef SEPTET_TUNER_AGENT_MEASURE_H
#define SEPTET_TUNER_AGENT_MEASURE_H

#include "tuner/agent/agent.h"
#include "tuner/agent/child.h"
#include "tuner/check.h"
#include "tuner/measuring/pages.h"
#include "tuner/measuring/subject.h"

/* A candidate on its way. */
typedef struct Trial {
    Measurement measurement; /* MEASUREMENT_OK until something fails */
    Problem problem;
    const Target *target;
    AgentObject object;  /* bytes NULL: to be built */
    int64_t cold_copies; /* of its weights; 1: warm */
} Trial;

/* Drift is looked at after so many trials. */
enum { DRIFT_TRIALS = 8 };

typedef struct Workplace Workplace;

/* Makes the objects of trials that have not failed and bring none: build_all. NULL where there is no compiler. */
typedef Status Builder(Context *context, const Workplace *workplace, Trial *trials, size_t count,
                       const MeasureOptions *options);

/* What lasts from one batch to the next: what is known about the machine, and about the last problem. */
struct Workplace {
    Context *context;
    AgentInfo info;
    int lock;
    Builder *build;
    ChildLimits limits; /* of whom children hear, and what they must not hold */
    Machine machine;    /* of the last target */
    Peaks peaks;        /* of the last target that was calibrated */
    Context *layer;     /* holds the following; NULL: there was no problem yet */
    const char *problem_text;
    const CheckReference *reference;
    LayerData data;         /* every visit of the problem reads the same pages */
    Trial *first;           /* the first that was ok, candidate 0 of the session: its time shows drift; or NULL */
    double first_ns, drift; /* its first time; its newest one over that */
    int since_drift;        /* trials that were timed since then */
};

Status workplace_new(Context *context, const ChildLimits *limits, Builder *build, Workplace *out);
void workplace_free(Workplace *workplace);

/* Lays the data of the last problem, if there was one, into new pages. */
Status workplace_renew_pages(Workplace *workplace);

/* Makes reference and data of a problem, unless they are those of the last one. */
Status workplace_set_problem(Workplace *workplace, const char *text, const Problem *problem);

/* Memory that a child writes and its parent reads; freed with munmap by shared_free. NULL when there is none. */
void *shared_new(size_t bytes);
void shared_free(void *shared, size_t bytes);

/* A trial of a candidate; refused when the candidate makes no sense, or this machine cannot run it with at most so many
 * threads; 0: it is not to run here. `object` may be NULL. */
Status trial_start(Context *context, const Candidate *candidate, const AgentObject *object, int threads, Trial *out);

/* Records how a trial failed; `detail` is of the arena. */
void trial_fail(Trial *trial, MeasurementStatus status, const char *phase, const char *detail);

/* The same from a child that did not return, in phase `phase`; `status` is that of a crash. */
void trial_fail_by_child(Context *context, Trial *trial, const Child *child, MeasurementStatus timeout,
                         MeasurementStatus crash, const char *phase);

/* What the trial's object is to the checker and the visits, and the one for integer data; they refer to the trial. */
KernelObject trial_object(const Trial *trial);
KernelObject trial_exact_object(const Trial *trial);

/* A Builder: as many children at a time as there are cores. */
Status build_all(Context *context, const Workplace *workplace, Trial *trials, size_t count,
                 const MeasureOptions *options);

/* The agent's loop over lines from `in`, with answers on `out`, until `in` ends. */
Status serve(Context *context, Builder *build, int in, int out);

/* Keeps the first good trial of a problem, in the problem's memory. */
Status drift_keep_first(Workplace *workplace, const Trial *trial);

/* Every DRIFT_TRIALS trials, times that first one again, and notes its drift; *jumped: since it was noted last, it has
 * changed so much that what was timed in between is to be timed again. Takes the lock. */
Status drift_look(Context *context, Workplace *workplace, const MeasureOptions *options, bool *jumped);

/* Compares results with the reference. */
Status judge_trial(Context *context, Workplace *workplace, Trial *trial, const MeasureOptions *options);

/* Waits until the machine is free, makes the trial's problem the current one, and runs body, alone on the machine. */
typedef Status TrialBody(Context *context, Workplace *workplace, Trial *trial, const MeasureOptions *options);
Status with_machine(Context *context, Workplace *workplace, Trial *trial, const MeasureOptions *options,
                    TrialBody *body);

/* The check of a trial, with what its visits need. */
Status check_trial(Context *context, Workplace *workplace, Trial *trial, const MeasureOptions *options);

/* Checks and times all trials that have not failed, in rounds. */
Status measure_in_rounds(Context *context, Workplace *workplace, Trial *trials, size_t count,
                         const MeasureOptions *options);

/* Times the trial in as many visits as it takes; judges by the peaks whether its time can be. */
Status time_trial(Context *context, Workplace *workplace, Trial *trial, const MeasureOptions *options);

/* One visit, repeated while it is disturbed: only the last of these is kept. */
Status visit_in_round(Context *context, Workplace *workplace, Trial *trial, const MeasureOptions *options);

/* Is there any visit that counts? Else it failed. */
void fail_if_noisy(Context *context, Trial *trial);

/* One visit of an object that is known to be right, into `out`. */
Status visit_trial(Context *context, const Workplace *workplace, Trial *trial, const MeasureOptions *options,
                   Visit *out);

/* Measures the peaks of so many threads in a child, alone on the machine, unless they are known. */
Status calibrate(Context *context, Workplace *workplace, const Target *target, int threads, bool again);

/* Told each trial, failed or built. */
typedef Status TrialSink(void *data, size_t index, const Trial *trial);

/* Builds a batch, for this machine or another one; tells the sink when all are built. */
Status build_batch(Context *context, const Workplace *workplace, const Candidate *batch, size_t count,
                   const MeasureOptions *options, TrialSink *sink, void *data);

/* The whole batch: measurements go to the sink in groups of DRIFT_TRIALS, as soon as they are known, or all
 * together when they are interleaved. */
Status measure_batch(Context *context, Workplace *workplace, const Candidate *batch, size_t count,
                     const MeasureOptions *options, AgentSink *sink, void *data);

/* Limit of a child that runs kernels: with an incumbent, what so many runs of five times its time take. */
double run_limit_s(const MeasureOptions *options);

#endif
