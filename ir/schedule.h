/* SPDX-License-Identifier: Apache-2.0 */
/* Schedules: a list of steps, each one primitive applied once; text, one step a line (grammar in ir/README.md and
 * steps.def). parse(print(s)) equals s. What a step means is in compiler/schedule/. */
#ifndef SEPTET_IR_SCHEDULE_H
#define SEPTET_IR_SCHEDULE_H

#include "ir/nest.h"

typedef enum StepKind {
#define STEP(id, word, form, available) STEP_##id,
#include "ir/steps.def"
#undef STEP
    STEP_COUNT
} StepKind;

typedef enum Tail { TAIL_NONE, TAIL_GUARD, TAIL_PEEL, TAIL_SHIFT, TAIL_PAD } Tail;

typedef struct LoopName {
    const char *stage; /* NULL when left out */
    const char *name;
    size_t offset; /* in the schedule's source, for messages */
} LoopName;

/* An axis of a pack layout, by name, in the order of memory: k/32 */
typedef struct PackAxis {
    const char *name;
    int op_count;
    struct {
        bool modulo;
        int64_t divisor;
    } ops[LAYOUT_MAX_OPS];
    size_t offset;
} PackAxis;

/* One step; which fields are used is the step's form in steps.def, the others are zero. No loop, new name or tensor
 * occurs twice in one list. */
typedef struct Step {
    StepKind kind;
    size_t offset; /* of its first word in the source */
    int loop_count;
    const LoopName *loops;
    int size_count;
    const int64_t *sizes; /* `pairs`: one a loop; `size`: one; `count count`: two */
    int name_count;
    const char *const *names;   /* new loops, or the new tensor of pack */
    const size_t *name_offsets; /* where they stand in the source */
    int within_count;
    const LoopName *within; /* after "in" or "copies" */
    Tail tail;
    int64_t factor; /* after "by"; 0 when left out */
    int tensor_count;
    const char *const *tensors;
    const size_t *tensor_offsets;
    const char *tensor; /* the first of them */
    Mark level;         /* MARK_LANES, MARK_TILE, MARK_CORES */
    Scope scope;        /* SCOPE_ARGUMENT when left out */
    int axis_count;
    const PackAxis *axes;  /* pack */
    bool ahead;            /* pack */
    const LoopName *store; /* place: after "store"; NULL when left out */
    int cache;             /* prefetch: after "into", its level, 1 or 2; 0 when left out */
    const char *intrinsic; /* tensorize: "amx.tdpbf16ps" */
} Step;

typedef struct Schedule {
    const Source *source; /* its text, for messages */
    int count;
    const Step *steps;
} Schedule;

/* Reads a schedule; `source` is kept by reference. An error names line, column and what was expected. Call it inside
 * context_run. */
Status schedule_parse(Context *context, const Source *source, const Schedule **out);

/* One step without newline; the whole with a newline after each step. */
void step_print(const Step *step, Text *text);
void schedule_print(const Schedule *schedule, Text *text);

/* The step's word, "split"; its form in steps.def. */
const char *step_name(StepKind kind);
const char *step_form(StepKind kind);

/* "guard", …; "none". */
const char *tail_name(Tail tail);

#endif
