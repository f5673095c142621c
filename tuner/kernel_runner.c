/* SPDX-License-Identifier: Apache-2.0 */
/* The program that runs a kernel of another architecture: no part of the library, but compiled for the architecture
 * when a kernel of it is to be checked, from the copy of this text that the library holds (tuner/machine.h).
 *
 *     kernel_runner KERNEL.so NAME RECORD_FILE MAPPING_BYTES DATA_OFFSET
 *
 * It does what check_run.c does in a child of its own: maps the buffers with their inaccessible pages, packs, makes the
 * inputs read-only, calls, and writes how far it got into the record. */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tuner/run_record.h"

typedef int Supported(void);
typedef int Pack(const void *weights, void *packed);
typedef int FourArguments(void *, void *, void *, void *);
typedef int FiveArguments(void *, void *, void *, void *, void *);
typedef int SixArguments(void *, void *, void *, void *, void *, void *);

typedef struct Kernel {
    void (*function)(void); /* takes record->argument_count pointers */
    Supported *supported;
    Pack *pack;
} Kernel;

/* NULL when it cannot be mapped. */
static unsigned char *map(int file, uint64_t bytes) {
    void *mapping = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    return mapping == MAP_FAILED ? NULL : mapping;
}

/* Its data; NULL also for a null pointer, which has no file. */
static void *map_buffer(const RunRecord *record, const RunBuffer *buffer) {
    size_t page = record->page_bytes;
    unsigned char *mapping = buffer->file < 0 ? NULL : map(buffer->file, buffer->mapping_bytes);
    if (mapping == NULL) return NULL;
    mprotect(mapping, page, PROT_NONE);
    mprotect(mapping + buffer->mapping_bytes - page, page, PROT_NONE);
    return mapping + buffer->data_offset;
}

/* Argument `index`; where it is the same buffer as one before it (the residual may be y), the same address. */
static void *map_argument(const RunRecord *record, uint32_t index, void **mapped) {
    const RunBuffer *arguments = record->arguments;
    for (uint32_t i = 0; i < index; i++) {
        if (arguments[i].file >= 0 && arguments[i].file == arguments[index].file) return mapped[i];
    }
    return map_buffer(record, &arguments[index]);
}

static void make_constant(const RunRecord *record, const RunBuffer *buffer, void *data) {
    size_t page = record->page_bytes;
    if (data == NULL || !buffer->is_constant) return;
    unsigned char *mapping = (unsigned char *)data - buffer->data_offset;
    mprotect(mapping + page, (size_t)buffer->mapping_bytes - 2 * page, PROT_READ);
}

static int call(const Kernel *kernel, uint32_t count, void **a) {
    void (*function)(void) = kernel->function;
    if (count == 4) return ((FourArguments *)function)(a[0], a[1], a[2], a[3]);
    if (count == 5) return ((FiveArguments *)function)(a[0], a[1], a[2], a[3], a[4]);
    return ((SixArguments *)function)(a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void pack_and_run(RunRecord *record, const Kernel *kernel) {
    void *arguments[RUN_MAX_ARGUMENTS];
    void *weights = map_buffer(record, &record->weights);
    make_constant(record, &record->weights, weights);
    for (uint32_t i = 0; i < record->argument_count; i++) {
        arguments[i] = map_argument(record, i, arguments);
        if (i != RUN_PACKED) make_constant(record, &record->arguments[i], arguments[i]);
    }
    record->phase = PHASE_PACK;
    record->status = kernel->pack(weights, arguments[RUN_PACKED]);
    if (record->status != 0) return;
    record->phase = PHASE_RUN;
    make_constant(record, &record->arguments[RUN_PACKED], arguments[RUN_PACKED]);
    record->status = call(kernel, record->argument_count, arguments);
    if (record->status == 0) record->phase = PHASE_DONE;
}

/* The function NAME<suffix>, into the pointer at `function`. */
static bool find(void *library, const char *name, const char *suffix, void *function) {
    char symbol[RUN_MESSAGE_BYTES];
    snprintf(symbol, sizeof symbol, "%s%s", name, suffix);
    void *address = dlsym(library, symbol);
    memcpy(function, &address, sizeof address);
    return address != NULL;
}

static bool load(const char *path, const char *name, Kernel *kernel) {
    void *library = dlopen(path, RTLD_NOW);
    return library != NULL && find(library, name, "", &kernel->function) &&
           find(library, name, "_supported", &kernel->supported) && find(library, name, "_pack", &kernel->pack);
}

int main(int argc, char **argv) {
    Kernel kernel;
    if (argc != 6) return EXIT_FAILURE;
    unsigned char *mapping = map((int)strtol(argv[3], NULL, 10), strtoull(argv[4], NULL, 10));
    if (mapping == NULL) return EXIT_FAILURE;
    RunRecord *record = (void *)(mapping + strtoull(argv[5], NULL, 10));
    if (!load(argv[1], argv[2], &kernel)) {
        snprintf(record->message, sizeof record->message, "%s", dlerror());
        return EXIT_SUCCESS;
    }
    record->phase = PHASE_SUPPORTED;
    if (kernel.supported()) pack_and_run(record, &kernel);
    return EXIT_SUCCESS;
}
