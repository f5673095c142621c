/* SPDX-License-Identifier: Apache-2.0 */
/* septet's C API: from the text of a convolution layer to an object file, or to a kernel that can be called at once.
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
 * Layers, objects and kernels are constant once made: any number of threads may read them and call a kernel at the same
 * time, each call with a y and a workspace of its own. No function ends the process, prints, or leaves global state. */
#ifndef SEPTET_H
#define SEPTET_H

#include <stddef.h>
#include <stdint.h>

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

/* Choices of a compilation. Start from SEPTET_OPTIONS_DEFAULT, so that fields of later versions have their default. */
typedef struct septet_options {
    size_t struct_bytes;  /* sizeof(septet_options) */
    const char *target;   /* NULL: "host", the best target that this machine runs */
    const char *schedule; /* text of a schedule; NULL: the one that septet chooses */
    const char *name;     /* of the kernel, a C identifier; NULL: made from the layer's name */
    int threads;          /* that the kernel uses, through septet_parallel_for; its info says how many those are */
} septet_options;
#define SEPTET_OPTIONS_DEFAULT {sizeof(septet_options), NULL, NULL, NULL, 1}

/* Compiles one layer (index < count). options NULL: all defaults. */
typedef struct septet_object septet_object;
septet_result septet_compile(septet_context *context, const septet_layers *layers, size_t index,
                             const septet_options *options, septet_object **out);
void septet_object_free(septet_object *object);

/* What was compiled; valid as long as the object. */
const char *septet_object_name(const septet_object *object);
const void *septet_object_bytes(const septet_object *object, size_t *length);
const char *septet_object_header(const septet_object *object);

/* Writes NAME.o and NAME.h, both or none, into a folder; it is made when only the last part of its path is missing. */
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

#ifdef __cplusplus
}
#endif

#endif
