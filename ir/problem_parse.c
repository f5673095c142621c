/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the canonical text: the fields of ir/problem_print.c in the same order, each exactly once. */
#include <string.h>

#include "ir/problem_scan.h"

typedef struct Reader {
    Scanner *scanner;
    Problem *problem;
    FieldPlaces places;
} Reader;

bool problem_starts_at(const Scanner *scanner) {
    static const char *const words[] = {"conv1d", "conv2d", "conv3d", "deconv1d", "deconv2d", "deconv3d"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (scan_is(scanner, words[i])) return true;
    }
    return false;
}

/* "KEY=" */
static Status read_key(Reader *reader, const char *key) {
    field_places_add(&reader->places, key, reader->scanner->token.offset);
    TRY(scan_expect(reader->scanner, key));
    return scan_expect(reader->scanner, "=");
}

static Status read_size(Reader *reader, const char *key, int64_t *out) {
    TRY(read_key(reader, key));
    return problem_scan_value(reader->scanner, key, 1, out);
}

static Status read_head(Reader *reader) {
    Scanner *scanner = reader->scanner;
    if (!problem_starts_at(scanner))
        return scan_error(scanner, "expected conv1d, conv2d, conv3d, deconv1d, deconv2d or deconv3d");
    const char *word = scanner->source->text + scanner->token.offset;
    *reader->problem = problem_default(word[scanner->token.length - 2] - '0');
    reader->problem->transposed = word[0] == 'd';
    return scan_next(scanner);
}

static Status read_sizes(Reader *reader) {
    Problem *problem = reader->problem;
    int spatial = problem->spatial;
    TRY(read_size(reader, "n", &problem->n));
    TRY(read_size(reader, "g", &problem->g));
    TRY(read_size(reader, "c", &problem->c));
    for (int i = 0; i < spatial; i++)
        TRY(read_size(reader, problem_letters(spatial, i).input, &problem->dimension[i].input));
    TRY(read_size(reader, "k", &problem->k));
    for (int i = 0; i < spatial; i++)
        TRY(read_size(reader, problem_letters(spatial, i).output, &problem->dimension[i].output));
    for (int i = 0; i < spatial; i++)
        TRY(read_size(reader, problem_letters(spatial, i).kernel, &problem->dimension[i].kernel));
    return STATUS_OK;
}

/* "KEY=INT{,INT}" with `count` values, none below `lo`. */
static Status read_values(Reader *reader, const char *key, int64_t lo, int count, int64_t *values) {
    TRY(read_key(reader, key));
    for (int i = 0; i < count; i++) {
        if (i > 0) TRY(scan_expect(reader->scanner, ","));
        TRY(problem_scan_value(reader->scanner, key, lo, &values[i]));
    }
    return STATUS_OK;
}

static Status read_window(Reader *reader) {
    int spatial = reader->problem->spatial;
    int64_t stride[PROBLEM_MAX_SPATIAL], pad[2 * PROBLEM_MAX_SPATIAL], dilation[PROBLEM_MAX_SPATIAL];
    TRY(read_values(reader, "stride", 1, spatial, stride));
    TRY(read_values(reader, "pad", -PROBLEM_MAX_EXTENT, 2 * spatial, pad));
    TRY(read_values(reader, "dilation", 1, spatial, dilation));
    for (int i = 0; i < spatial; i++) {
        Dimension *dimension = &reader->problem->dimension[i];
        dimension->stride = stride[i];
        dimension->pad_begin = pad[i];
        dimension->pad_end = pad[spatial + i];
        dimension->dilation = dilation[i];
    }
    return STATUS_OK;
}

static Status read_types(Reader *reader) {
    Problem *problem = reader->problem;
    TRY(read_key(reader, "type"));
    TRY(problem_scan_type(reader->scanner, &problem->x_type));
    TRY(scan_expect(reader->scanner, ","));
    TRY(problem_scan_type(reader->scanner, &problem->w_type));
    TRY(scan_expect(reader->scanner, ","));
    return problem_scan_type(reader->scanner, &problem->y_type);
}

/* A layout of the problem's own rank. */
static Status read_layout(Reader *reader, ActivationLayout *out) {
    Scanner start = *reader->scanner;
    int spatial = 0;
    TRY(problem_scan_layout(reader->scanner, out, &spatial));
    if (spatial == reader->problem->spatial) return STATUS_OK;
    return scan_error(&start, "this layout is for %d-D, not for %d-D", spatial, reader->problem->spatial);
}

static Status read_layouts(Reader *reader) {
    TRY(read_key(reader, "layout"));
    TRY(read_layout(reader, &reader->problem->x_layout));
    TRY(scan_expect(reader->scanner, ","));
    return read_layout(reader, &reader->problem->y_layout);
}

static Status read_epilogue(Reader *reader) {
    bool more;
    TRY(read_key(reader, "epilogue"));
    TRY(scan_accept(reader->scanner, "none", &more));
    if (more) return STATUS_OK;
    do {
        TRY(problem_scan_epilogue(reader->scanner, reader->problem));
        TRY(scan_accept(reader->scanner, ",", &more));
    } while (more);
    return STATUS_OK;
}

Status problem_scan(Scanner *scanner, Problem *out) {
    Reader reader = {.scanner = scanner, .problem = out, .places = {.start = scanner->token.offset}};
    TRY(read_head(&reader));
    TRY(read_sizes(&reader));
    TRY(read_window(&reader));
    TRY(read_types(&reader));
    TRY(read_layouts(&reader));
    TRY(read_epilogue(&reader));
    return problem_check_at(scanner->context, scanner->source, &reader.places, out);
}

Status problem_parse(Context *context, const Source *source, Problem *out) {
    Scanner scanner;
    TRY(scan_start(context, source, false, &scanner));
    TRY(problem_scan(&scanner, out));
    if (scanner.token.kind != TOKEN_END) return scan_error(&scanner, "expected the end behind the problem");
    return STATUS_OK;
}
