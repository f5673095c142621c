/* SPDX-License-Identifier: Apache-2.0 */
/* One measurement of one candidate: what the agent reports, the session decides by, and the database stores. Plain
 * data; strings live as long as the arena that the measurement was made in. What is not known is NAN, -1 or NULL, never
 * a made-up number; a measurement that is not MEASUREMENT_OK has no time. */
#ifndef SEPTET_TUNER_MEASUREMENT_H
#define SEPTET_TUNER_MEASUREMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MEASUREMENT_MAX_VISITS = 16, SHA256_HEX_BYTES = 65 };

typedef enum MeasurementStatus {
#define STATUS(id, name, meaning) MEASUREMENT_##id,
#include "tuner/statuses.def"
#undef STATUS
    MEASUREMENT_STATUSES
} MeasurementStatus;

/* The SHA-256 of an object's bytes as hexadecimal digits: what tells whether a record was made by the code of today. */
void measurement_hash_object(const char *bytes, size_t length, char out[SHA256_HEX_BYTES]);

/* "ok", "build_error" */
const char *measurement_status_name(MeasurementStatus status);

/* A sentence for people. */
const char *measurement_status_meaning(MeasurementStatus status);

/* Reads a name; false when there is no such status. */
bool measurement_status_parse(const char *name, MeasurementStatus *out);

/* What is measured: all that the bytes of the object depend on, and how it is run. Texts are canonical. */
typedef struct Candidate {
    const char *problem;  /* problem_print */
    const char *target;   /* name */
    const char *schedule; /* text, one step a line */
    const char *recipe;   /* "register_tile"; NULL: a text that no recipe made */
    const char *knobs;    /* "vectors=2 columns=14 …"; NULL without a recipe */
    int64_t workers;      /* threads that the kernel uses */
    bool cold_weights;    /* regime: weights rotate through more than the last-level cache; else all warm */
} Candidate;

/* Why it was measured. */
typedef enum MeasurementKind { MEASURED_SEARCH, MEASURED_CONFIRM, MEASURED_BASELINE, MEASURED_IMPORT } MeasurementKind;

/* One visit: one child process, one placement of the buffers. */
typedef struct Visit {
    double median_ns, min_ns;
    double spread;    /* (largest - smallest) / median of its samples */
    int64_t samples;  /* each of at least 2 ms */
    double steal;     /* share of CPU time that the host took, 0..1; NAN: not known */
    double others;    /* share that other processes used on this core */
    double throttles; /* how often heat slowed the core down; NAN: not known */
    double ghz;       /* estimate of its clock right behind the samples (tuner/measuring/clock.h); NAN: not known */
    bool disturbed;   /* steal or throttling rose, or others used more than 2 %: repeated */
} Visit;

typedef struct Measurement {
    Candidate candidate;
    MeasurementKind kind;
    MeasurementStatus status;
    const char *phase;     /* "build", "link", "pack", "run", "check", "time": where it failed; NULL when it did not */
    int signal;            /* that ended the child; 0: none */
    const char *detail;    /* what is wrong, in words; the last part of what the child wrote on stderr */
    const char *reproduce; /* one line for a shell */
    /* Of the median visit; NAN unless ok: */
    double time_ns; /* median over visits of their medians */
    double min_ns;  /* smallest sample of all */
    double spread;  /* between visits: (largest - smallest median) / median; NAN with one visit */
    int visit_count;
    Visit visits[MEASUREMENT_MAX_VISITS];
    bool raced;                 /* given up early, clearly slower than the incumbent: never best */
    double drift;               /* of candidate 0 when this was measured, over its first time; NAN: not known */
    double error_l2, error_max; /* the worse data set; NAN: not checked */
    int64_t packed_bytes, workspace_bytes, code_bytes; /* -1: not built */
    char object_sha256[SHA256_HEX_BYTES];              /* "" when not built */
    double build_s, wait_s, run_s;                     /* the three clocks */
} Measurement;

/* One of which nothing is known yet but its candidate: numbers are NAN, sizes -1. Of kind MEASURED_SEARCH. */
Measurement measurement_unknown(MeasurementStatus status, const Candidate *candidate);

#endif
