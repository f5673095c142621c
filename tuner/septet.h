/* SPDX-License-Identifier: Apache-2.0 */
/* septet's C API: from the text of a convolution layer to an object file, or to a kernel that can be called at once;
 * the tuning database; sessions that measure what is faster.
 *
 *     septet_context *septet = septet_new();
 *     septet_layers *layers;    septet_layers_parse(septet, "c=64 h=56 w=56 k=64 r=3 s=3 pad=1 bias relu", &layers);
 *     septet_object *object;    septet_compile(septet, layers, 0, NULL, &object);
 *     septet_object_write(septet, object, "out");                    writes out/NAME.o and out/NAME.h
 *     septet_kernel *kernel;    septet_kernel_load(septet, object, &kernel);
 *     septet_kernel_pack(kernel, weights, packed);                   once
 *     septet_kernel_call(kernel, x, packed, bias, residual, y, workspace);     as often as you like
 *
 * Results. Functions that can fail return SEPTET_DONE (0) or another septet_result; septet_last_error() has the words.
 * What they hand out through their last argument is then yours, to be freed with the function of its kind; it stays
 * valid when the context or what it was made from is freed.
 *
 * Threads. A context, and what is called with it, is used by one thread at a time; different contexts are independent.
 * Layers, objects, kernels and records are constant once made: any number of threads may read them and call a kernel at
 * the same time, each call with a y and a workspace of its own. A database is used by one thread at a time, in the
 * process that opened it. No function ends the process, prints, or leaves global state. */
#ifndef SEPTET_H
#define SEPTET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SEPTET_VERSION_MAJOR 0
#define SEPTET_VERSION_MINOR 1
#define SEPTET_VERSION_PATCH 0

/* Shared with the headers that septet writes beside its objects: same text, same guard. */
#ifndef SEPTET_KERNEL_ABI
#define SEPTET_KERNEL_ABI 1
/* What a kernel and its _pack return. */
enum septet_kernel_status { SEPTET_OK, SEPTET_MISALIGNED, SEPTET_UNSUPPORTED, SEPTET_WRONG_PACKED };
struct septet_kernel_info {
    uint64_t struct_bytes;
    const char *name, *problem, *algorithm, *schedule, *schedule_source, *target, *features, *versions, *x_layout,
        *y_layout;
    uint64_t packed_bytes, workspace_bytes, workers, flops; /* flops of taps that are not in the padding */
    double error_l2;                                        /* -1: not measured */
};
/* Arguments of NAME_call, which every kernel has: for tables of kernels. */
struct septet_args {
    uint64_t struct_bytes; /* sizeof(struct septet_args) */
    const void *x, *packed, *bias, *scales, *zero_points, *residual;
    void *y, *workspace;
};
#elif SEPTET_KERNEL_ABI != 1
#error "this header and a kernel's header come from incompatible versions of septet"
#endif

typedef enum septet_result {
    SEPTET_DONE = 0,
    SEPTET_INVALID,       /* the text or an argument is malformed or impossible */
    SEPTET_REFUSED,       /* a schedule step does not apply */
    SEPTET_NOT_SUPPORTED, /* legal, but not in this version or on this machine */
    SEPTET_NO_MEMORY,
    SEPTET_IO /* a file could not be read or written */
} septet_result;

/* "0.1.0" */
const char *septet_version(void);

/* Context: holds the last error. NULL when there is no memory; freeing NULL is allowed everywhere. */
typedef struct septet_context septet_context;
septet_context *septet_new(void);
void septet_free(septet_context *context);

/* The words of the last failure, with file, line, column and the place where there is text; "" when there was none.
 * Valid until the next call with the context. */
const char *septet_last_error(const septet_context *context);

/* Layers: read from a file ("-" is standard input) of layer specs or benchdnn descriptors or an ONNX model, or from the
 * text of one layer as septet's --conv takes it. */
typedef struct septet_layers septet_layers;
septet_result septet_layers_read(septet_context *context, const char *path, septet_layers **out);
septet_result septet_layers_parse(septet_context *context, const char *text, septet_layers **out);
void septet_layers_free(septet_layers *layers);

size_t septet_layers_count(const septet_layers *layers);
/* Of layer `index` < count: its name as written ("" when unnamed), how often it occurs, its canonical text. They live
 * as long as the layers. */
const char *septet_layers_name(const septet_layers *layers, size_t index);
int64_t septet_layers_occurrences(const septet_layers *layers, size_t index);
const char *septet_layers_problem(const septet_layers *layers, size_t index);

/* Names of the targets, in order; NULL past the end. septet_target_runs_here: 1 or 0. */
const char *septet_target_name(size_t index);
int septet_target_runs_here(size_t index);

/* The tuning database: what was measured, in one SQLite file (docs/database.md). path NULL: the one that the command
 * `septet` uses. For writing, a missing file and its folders are made; for reading, a missing file is SEPTET_IO when
 * `path` names it, else an empty database. Errors of all functions that take one: SEPTET_IO when the file is locked for
 * ten seconds, damaged, read-only, or its disk full; SEPTET_NOT_SUPPORTED when a newer septet wrote it, or it lies on a
 * network file system. Nothing that was stored before is lost by any of them. */
typedef struct septet_database septet_database;
septet_result septet_database_open(septet_context *context, const char *path, int writable, septet_database **out);
void septet_database_close(septet_database *database);

/* Choices of a compilation. Start from SEPTET_OPTIONS_DEFAULT, so that fields of later versions have their default. */
typedef struct septet_options {
    size_t struct_bytes;       /* sizeof(septet_options) */
    const char *target;        /* NULL: "host", the best target that this machine runs */
    const char *schedule;      /* text of a schedule; NULL: the one that septet chooses */
    const char *name;          /* of the kernel, a C identifier; NULL: made from the layer's name */
    int threads;               /* that the kernel uses, through septet_parallel_for; its info says how many those are */
    septet_database *database; /* where a schedule is looked for; NULL: the one that the command `septet` uses */
    int no_database; /* 1: a schedule is looked for nowhere: it depends on the layer and these options alone */
} septet_options;
#define SEPTET_OPTIONS_DEFAULT {sizeof(septet_options), NULL, NULL, NULL, 1, NULL, 0}

/* Compiles one layer (index < count). options NULL: all defaults. Without a given schedule it gets the best one that
 * was recorded, else a default; the info of the kernel and the header say which (schedule_source). Measures nothing. */
typedef struct septet_object septet_object;
septet_result septet_compile(septet_context *context, const septet_layers *layers, size_t index,
                             const septet_options *options, septet_object **out);
void septet_object_free(septet_object *object);

/* What was compiled; valid as long as the object. */
const char *septet_object_name(const septet_object *object);
const void *septet_object_bytes(const septet_object *object, size_t *length);
const char *septet_object_header(const septet_object *object);

/* Writes NAME.o and NAME.h, both or none, into a folder, which is made with its parents where they are missing. */
septet_result septet_object_write(septet_context *context, const septet_object *object, const char *folder);

/* Links the object's bytes into this process. SEPTET_NOT_SUPPORTED when this machine cannot run them. */
typedef struct septet_kernel septet_kernel;
septet_result septet_kernel_load(septet_context *context, const septet_object *object, septet_kernel **out);

/* Unloads it: no call may be under way, and its function and info are gone. */
void septet_kernel_free(septet_kernel *kernel);

/* Layouts, bytes, flops, schedule, … Valid as long as the kernel. */
const struct septet_kernel_info *septet_kernel_get_info(const septet_kernel *kernel);

/* NAME_pack and NAME. packed and workspace are aligned to 64 bytes and have the bytes that info says; bias and residual
 * are NULL when the layer has none, workspace when it needs 0 bytes. The residual may be y. Return an enum
 * septet_kernel_status. */
int septet_kernel_pack(const septet_kernel *kernel, const float *weights, void *packed);
int septet_kernel_call(const septet_kernel *kernel, const float *x, const void *packed, const float *bias,
                       const float *residual, float *y, void *workspace);

/* NAME itself, to be cast to its prototype in septet_object_header(). */
typedef void (*septet_function)(void);
septet_function septet_kernel_function(const septet_kernel *kernel);

/* The best recorded schedule of a layer and what is known of it: what septet_compile takes with the same options, as
 * long as it still applies. Numbers that are not known are -1, texts "". */
typedef struct septet_record {
    const char *schedule; /* text, one step a line: may be given to septet_options */
    const char *recipe, *knobs;
    const char *source; /* "record": measured on this machine; "similar": on another; or either with " (shipped)" */
    double time_ms;     /* median over visits, which are processes with their own placement of buffers */
    double spread;      /* of the visits: (largest - smallest) / median */
    int64_t visits;
    int confirmed;   /* 1: timed again outside of the search that found it; 0: it may have been lucky */
    double error_l2; /* relative, against float64 */
    int64_t workspace_bytes;
    const char *machine, *build, *measured_at, *object_sha256, *uuid;
} septet_record;

/* *out is NULL, and the result SEPTET_DONE, when nothing was recorded. options NULL: all defaults; of them only target
 * and threads matter. */
septet_result septet_database_best(septet_context *context, septet_database *database, const septet_layers *layers,
                                   size_t index, const septet_options *options, septet_record **out);
void septet_record_free(septet_record *record);

/* Writes measurements as JSON lines, those for which an SQL expression over the columns of the view `record` holds
 * ("status = 'ok'"); where NULL: all, and what was pruned. Adds the lines of such a file, all or none; `name` names it
 * in messages; *added (may be NULL): those that were new. The files stay the caller's. */
septet_result septet_database_export(septet_context *context, septet_database *database, const char *where, FILE *out);
septet_result septet_database_import(septet_context *context, septet_database *database, FILE *in, const char *name,
                                     int64_t *added);

/* A measurement of a session. Texts live until the callback returns; numbers that are not known are -1, texts "". */
typedef struct septet_measurement {
    size_t layer;       /* its index */
    const char *kind;   /* "search"; then "confirm", the best few beside each other, with the default: "baseline" */
    const char *status; /* "ok", or why there is no time: "wrong", "crashed", ... (docs/agent.md) */
    const char *detail; /* what failed, in words */
    const char *schedule, *knobs;
    double time_ms, best_ms; /* of this one; of the layer's best so far */
    int64_t visits;
} septet_measurement;

/* Told each measurement when it is stored. Returns 0, or another number to end the session: what is being measured then
 * still comes. It must not call septet with the session's context or database. */
typedef int (*septet_watch)(void *data, const septet_measurement *measurement);

/* Choices of a session. Start from SEPTET_TUNE_OPTIONS_DEFAULT and give it a budget. */
typedef struct septet_tune_options {
    size_t struct_bytes;  /* sizeof(septet_tune_options) */
    int64_t trials;       /* schedules to search, all layers together; 0: no limit */
    double minutes;       /* 0: no limit, if there is one of trials */
    const char *target;   /* NULL: "host" */
    int threads;          /* that kernels use */
    int cold_weights;     /* 1: weights rotate through more than the last-level cache; 0: all stays in the caches */
    const char *strategy; /* as septet tune --strategy; NULL: the default */
    uint64_t seed;        /* the same seed asks for the same schedules, as long as times agree */
    int fresh;            /* 1: does not go on behind what the database knows */
    const char *agent;    /* a shell command that measures: "septet agent"; NULL: a child of this process */
    septet_watch watch;   /* NULL: none */
    void *data;           /* for it */
} septet_tune_options;
#define SEPTET_TUNE_OPTIONS_DEFAULT {sizeof(septet_tune_options), 0, 0, NULL, 1, 0, NULL, 1, 0, NULL, NULL, NULL}

/* Searches for faster schedules of all layers and stores each measurement in the database, which is open for writing;
 * septet_database_best then knows the best. The layers share the budget by what they promise. Called again with the
 * same layers it goes on where it ended.
 *
 * Candidates run in other processes, which one of their crashes cannot take with it. With `agent` NULL those are forked
 * off this one, so that it should have no other threads then (a lock that one of them holds would stay locked in the
 * child); a program with threads gives "septet agent". The measurements are of the agent's machine, as it says.
 * SEPTET_NOT_SUPPORTED when it cannot run the target, or so many threads; SEPTET_IO also when no agent starts, or it
 * ends. */
septet_result septet_tune(septet_context *context, septet_database *database, const septet_layers *layers,
                          const septet_tune_options *options);

#ifdef __cplusplus
}
#endif

#endif
