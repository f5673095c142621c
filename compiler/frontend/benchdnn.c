/* SPDX-License-Identifier: Apache-2.0 */
/* Reads batch files of oneDNN's benchdnn:
 *
 *     file = words between blanks: descriptors (benchdnn_descriptor.c), "--batch=FILE", and other options "--…", which
 *            are skipped with a note for each kind; '#' starts a comment; a '\' at the end of an option, or behind it,
 *            makes the next word a part of it
 *
 * FILE is read in place, as a batch file too; it is looked for in the folder of the file that names it. A file that
 * comes to include itself, includes that are nested deeply, very many or very long ones, and what is no regular file
 * are refused. */
#include "compiler/frontend/benchdnn.h"

#include <string.h>

#include "base/file.h"
#include "compiler/frontend/internal.h"
#include "compiler/frontend/tally.h"

enum { MAX_DEPTH = 16, MAX_BATCHES = 1000 };

static const char batch_option[] = "--batch=";

/* What all files of one SPEC share. */
typedef struct Reading {
    Context *context;
    LayerVector *layers;
    Tally options;
    size_t descriptors, without_mb;
    size_t batches;
    size_t bytes_left; /* that included files may have together */
} Reading;

/* A file that is being read, and where. */
typedef struct Batch {
    const struct Batch *outer; /* that includes it; NULL: none */
    int depth;
    Reading *reading;
    const Source *source;
    const char *at;
} Batch;

static void skip_blanks(Batch *batch) {
    for (;;) {
        while (benchdnn_is_blank(*batch->at)) batch->at++;
        if (*batch->at != '#') return;
        while (*batch->at != '\0' && *batch->at != '\n') batch->at++;
    }
}

static Status read_layer(Batch *batch) {
    Reading *reading = batch->reading;
    Descriptor descriptor;
    Problem problem;
    TRY(descriptor_read(reading->context, batch->source, &batch->at, '\0', &descriptor));
    TRY(descriptor_problem(reading->context, batch->source, &descriptor, &problem));
    reading->descriptors++;
    if (descriptor.numbers[DESCRIPTOR_MB] < 0) reading->without_mb++;
    Layer layer = {descriptor.name, descriptor.count, problem, batch->source, descriptor.places.start};
    return layers_add(reading->context, reading->layers, &layer);
}

static Status fail_at(const Batch *batch, const char *at, const char *message) {
    return diag_error_at(batch->reading->context, STATUS_INVALID, batch->source, (size_t)(at - batch->source->text),
                         "%s", message);
}

/* `name` as the file that is being read means it. */
static const char *beside(const Batch *batch, const char *name) {
    const char *slash = strrchr(batch->source->name, '/');
    if (slash == NULL || name[0] == '/') return name;
    return arena_format(batch->reading->context, "%.*s/%s", (int)(slash - batch->source->name), batch->source->name,
                        name);
}

/* Is this file being read already, by the same path? Other paths to it are stopped by the depth. */
static bool is_open(const Batch *batch, const char *path) {
    for (; batch != NULL; batch = batch->outer) {
        if (strcmp(batch->source->name, path) == 0) return true;
    }
    return false;
}

/* Files that are included may be regular ones only: a text says which, and it may come from a stranger. */
static Status read_file(const Batch *outer, const char *at, const char *path, const Source **out) {
    Reading *reading = outer->reading;
    Context *context = reading->context;
    Status status = file_read_regular(context, path, reading->bytes_left, out);
    if (status == STATUS_NO_MEMORY) return status;
    if (status == STATUS_INVALID)
        return fail_at(outer, at,
                       arena_format(context, "%s: batch files of more than %zu bytes are included", path,
                                    FRONTEND_MAX_FILE_BYTES));
    if (status != STATUS_OK) return fail_at(outer, at, arena_string(context, diag_message(context)));
    reading->bytes_left -= (*out)->length;
    return STATUS_OK;
}

static Status read_words(Batch *batch);

static Status include(const Batch *outer, const char *at, const char *path) {
    Reading *reading = outer->reading;
    Context *context = reading->context;
    Batch batch = {.outer = outer, .depth = outer->depth + 1, .reading = reading};
    if (is_open(outer, path)) return fail_at(outer, at, arena_format(context, "%s includes itself", path));
    if (batch.depth > MAX_DEPTH)
        return fail_at(outer, at, arena_format(context, "batch files are nested more than %d deep", MAX_DEPTH));
    if (++reading->batches > MAX_BATCHES)
        return fail_at(outer, at, arena_format(context, "more than %d batch files are included", MAX_BATCHES));
    TRY(read_file(outer, at, path, &batch.source));
    batch.at = batch.source->text;
    TRY(text_check(context, batch.source));
    return read_words(&batch);
}

static void skip_word(Batch *batch) {
    while (*batch->at != '\0' && !benchdnn_is_blank(*batch->at)) batch->at++;
}

/* Words that a backslash makes part of the option whose first word ends at batch->at. */
static void skip_continuation(Batch *batch) {
    for (;;) {
        bool continued = batch->at[-1] == '\\';
        skip_blanks(batch);
        if (*batch->at == '\0' || (!continued && *batch->at != '\\')) return;
        skip_word(batch);
    }
}

/* A word "--…": an include, or one to be skipped. Options of one name are one kind. */
static Status read_option(Batch *batch) {
    Reading *reading = batch->reading;
    const char *start = batch->at;
    skip_word(batch);
    const char *word = arena_substring(reading->context, start, (size_t)(batch->at - start));
    if (strncmp(word, batch_option, strlen(batch_option)) == 0) {
        const char *name = word + strlen(batch_option);
        if (name[0] == '\0' || strcmp(name, "-") == 0)
            return fail_at(batch, start, "expected a file behind '--batch='");
        return include(batch, start, beside(batch, name));
    }
    tally_add(reading->context, &reading->options, arena_substring(reading->context, word, strcspn(word, "=")), word);
    skip_continuation(batch);
    return STATUS_OK;
}

static Status read_words(Batch *batch) {
    for (skip_blanks(batch); *batch->at != '\0'; skip_blanks(batch)) {
        if (strncmp(batch->at, "--", 2) == 0) {
            TRY(read_option(batch));
        } else {
            TRY(read_layer(batch));
        }
    }
    return STATUS_OK;
}

Status benchdnn_read(Context *context, const Source *source, LayerVector *layers) {
    Reading reading = {.context = context, .layers = layers, .bytes_left = FRONTEND_MAX_FILE_BYTES};
    Batch batch = {.reading = &reading, .source = source, .at = source->text};
    TRY(read_words(&batch));
    tally_note(context, &reading.options, source->name, "an option of benchdnn");
    if (reading.without_mb > 0)
        diag_note(context, "%s: %zu of %zu descriptors have no mb: batch 2, as in benchdnn", source->name,
                  reading.without_mb, reading.descriptors);
    return STATUS_OK;
}
