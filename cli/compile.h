/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of septet compile:
 *
 *     compile.c           what is asked for, and the order of it all
 *     compile_files.c     the bytes of all files, kernels on several threads
 *     compile_print.c     what is said about them */
#ifndef SEPTET_CLI_COMPILE_H
#define SEPTET_CLI_COMPILE_H

#include "base/file.h"
#include "base/vector.h"
#include "cli/dump.h"
#include "cli/jobs.h"
#include "cli/network.h"

/* What --emit can ask for. KINDS(identifier, word, ending of the file's name) */
#define KINDS(X)                                                                                                       \
    X(OBJECT, obj, o)                                                                                                  \
    X(ASSEMBLY, asm, s)                                                                                                \
    X(LLVM_IR, llvm, ll)                                                                                               \
    X(LOOPS, loops, loops)                                                                                             \
    X(TENSOR, tensor, tensor)                                                                                          \
    X(HEADER, header, h)

typedef enum Kind {
#define KIND_ENUM(id, word, ending) KIND_##id,
    KINDS(KIND_ENUM)
#undef KIND_ENUM
        KIND_COUNT
} Kind;

/* One kernel and its files. */
typedef struct Made {
    NetworkKernelState state;
    FileContent files[KIND_COUNT];
    size_t file_count;
} Made;

typedef struct Compiling {
    Command *command;
    Request request;
    const char *folder;
    bool wanted[KIND_COUNT];
    Dump dump;
    Jobs *jobs;
    Made *made; /* of each layer of the request */
    VECTOR(FileContent) files;
    Network *networks; /* two files each, the last of `files` */
    size_t network_count;
} Compiling;

/* Makes the files of all kernels; those that this version cannot compile are noted and left out, as long as they are of
 * a model and there are others. */
Status compile_kernels(Compiling *compiling);

/* Then weights, index and manifest of each model, where there is all that they speak of. */
Status compile_networks(Compiling *compiling);

/* A line for each kernel and each model. */
Status compile_print(const Compiling *compiling);

#endif
