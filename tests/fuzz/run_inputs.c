/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a harness on files: fuzz_NAME FILE|FOLDER…, each as it is and with a few slips. Prints each name first, so that
 * the last one printed is the one that did harm. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/random.h"
#include "tests/fuzz/fuzz.h"

enum { SPOILT_COPIES = 20, MAX_SLIPS = 4, MAX_SLICE = 16, MAX_FILE_BYTES = 1 << 20 };

/* Bytes with room for slips. */
typedef struct Copy {
    uint8_t *bytes;
    size_t length, capacity;
} Copy;

/* Moves what is behind `from` to `to`. */
static void move_rest(Copy *copy, size_t from, size_t to) {
    if (copy->length - from > copy->capacity - to) return;
    memmove(copy->bytes + to, copy->bytes + from, copy->length - from);
    copy->length = copy->length - from + to;
}

/* A byte changed, or a slice removed, doubled, or with all behind it cut off. */
static void make_slip(Copy *copy, Random *random) {
    size_t from = (size_t)random_integer(random, 0, (int64_t)copy->length);
    size_t slice = (size_t)random_integer(random, 1, MAX_SLICE);
    if (slice > copy->length - from) slice = copy->length - from;
    switch (random_integer(random, 0, 4)) {
    case 0: move_rest(copy, from + slice, from); break;
    case 1: move_rest(copy, from, from + slice); break;
    case 2: copy->length = random_once_in(random, 4) ? from : copy->length; break;
    default:
        if (slice > 0) copy->bytes[from] = (uint8_t)random_integer(random, 0, 255);
    }
}

static void run_spoilt(const uint8_t *bytes, size_t length) {
    Copy copy = {.capacity = length + MAX_SLIPS * MAX_SLICE};
    copy.bytes = malloc(copy.capacity);
    if (copy.bytes == NULL) abort();
    for (uint64_t seed = 0; seed < SPOILT_COPIES; seed++) {
        Random random = random_new(seed, 0);
        if (length > 0) memcpy(copy.bytes, bytes, length);
        copy.length = length;
        for (int slips = 0; slips < MAX_SLIPS; slips++) make_slip(&copy, &random);
        LLVMFuzzerTestOneInput(copy.bytes, copy.length);
    }
    free(copy.bytes);
}

typedef struct FileRun {
    Context *context;
    const char *path;
} FileRun;

static Status run_bytes(void *data) {
    const FileRun *run = data;
    const Source *file = NULL;
    TRY(file_read(run->context, run->path, MAX_FILE_BYTES, &file));
    LLVMFuzzerTestOneInput((const uint8_t *)file->text, file->length);
    run_spoilt((const uint8_t *)file->text, file->length);
    return STATUS_OK;
}

static int run_file(const char *path) {
    FileRun run = {.path = path};
    puts(path);
    fflush(stdout);
    if (context_new(alloc_default(), &run.context) != STATUS_OK) return 0;
    Status status = context_run(run.context, run_bytes, &run);
    if (status != STATUS_OK) fprintf(stderr, "%s\n", diag_message(run.context));
    context_free(run.context);
    return status == STATUS_OK ? 1 : 0;
}

/* The files of a folder, or the file itself; returns how many were run. */
static int run_path(const char *path) {
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, NULL, alphasort), run = 0;
    if (count < 0) return run_file(path);
    for (int i = 0; i < count; i++) {
        char file[1024];
        snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') run += run_file(file);
        free(entries[i]);
    }
    free(entries);
    return run;
}

int main(int argc, char **argv) {
    int run = 0;
    for (int i = 1; i < argc; i++) run += run_path(argv[i]);
    printf("%d inputs, %d spoilt copies of each\n", run, SPOILT_COPIES);
    return run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
