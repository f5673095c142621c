/* SPDX-License-Identifier: Apache-2.0 */
/* bench_database [ROWS]: how fast the tuning database is with many measurements (default 10^6). Makes up the lines of
 * as many (a hundred layers, some thousands of schedules, one in ten failed, one in twenty confirmed), imports them
 * into a new file, and asks for the best of each layer: through the handle at hand, and through one that is opened for
 * it as septet compile does; also where a filter lets nothing pass, so that all rows of a layer are looked at.
 *
 * Needs 2.5 GB in $TMPDIR for 10^6 rows. Prints rows a second, and the median and the slowest lookup. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"
#include "tuner/database/database.h"

enum { DEFAULT_ROWS = 1000000, LAYERS = 100, PATH_BYTES = 512 };

static const char machine[] = "x86_64 vendor=Maker family=1 model=2 stepping=3 l1d=49152 l2=2097152";

typedef struct Bench {
    Context *context;
    int64_t rows;
    char folder[PATH_BYTES];
    const char *lines_path, *database_path, *problems[LAYERS];
    FILE *lines; /* while they are imported */
    Database *database;
} Bench;

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static const char *problem_of(Context *context, int64_t layer) {
    long long c = 16 << layer % 5, k = 16 << layer / 5 % 5, h = 7 << layer / 25;
    return arena_format(context,
                        "conv2d n=1 g=1 c=%lld h=%lld w=%lld k=%lld p=%lld q=%lld r=3 s=3 stride=1,1 pad=1,1,1,1"
                        " dilation=1,1 type=f32,f32,f32 layout=nhwc,nhwc epilogue=bias,relu",
                        c, h, h, k, h, h);
}

/* 0..below - 1 */
static long long draw(Random *random, int64_t below) {
    return (long long)random_integer(random, 0, below - 1);
}

static unsigned long long bits(Random *random) {
    return (unsigned long long)random_bits(random);
}

/* What is known of a candidate that was built and timed. */
static void print_times(FILE *out, Random *random) {
    double time_ns = 1e4 + 1e6 * random_uniform(random);
    fprintf(out, "\"status\":\"ok\",\"time_ns\":%.3f,\"min_ns\":%.3f,\"spread\":0.01,\"visit_count\":2,\"visits\":[",
            time_ns, time_ns * 0.99);
    for (int i = 0; i < 2; i++)
        fprintf(out,
                "%s{\"samples\":9,\"median_ns\":%.3f,\"min_ns\":%.3f,\"spread\":0.01,\"steal\":0,\"others\":0.001,"
                "\"disturbed\":false}",
                i > 0 ? "," : "", time_ns, time_ns * 0.99);
    fprintf(out,
            "],\"raced\":0,\"drift\":1,\"error_l2\":1.5e-07,\"error_max\":2.5e-06,\"packed_bytes\":147520,"
            "\"workspace_bytes\":0,\"code_bytes\":9000,\"object_sha256\":\"%016llx%016llx%016llx%016llx\",",
            bits(random), bits(random), bits(random), bits(random));
}

static void print_schedule(FILE *out, Random *random) {
    long long columns = 1 + draw(random, 28), lanes = 4 << draw(random, 3), vectors = 1 + draw(random, 4);
    long long unroll = 1 << draw(random, 4), rows = 1 + draw(random, 8);
    fprintf(
        out,
        "\"schedule\":\"split q %lld tail=shift -> qo qi\\nsplit k %lld tail=guard -> ko ki\\nsplit ki %lld -> kv "
        "kl\\nsplit p %lld tail=guard -> po pi\\nreorder n ko po qo r s c pi qi kv kl\\nspatial_for kl on lanes\\n"
        "unroll kv qi pi\\naccumulate y at qo in registers\\nclip r\\nsplit c %lld -> co cu\\nunroll cu\\npack w as "
        "[k/%lld r s c k%%%lld] -> wp ahead\\n\",\"recipe\":\"register_tile\",\"knobs\":\"lane_loop=k lanes=%lld "
        "vectors=%lld columns=%lld image_rows=%lld unroll_c=%lld order=outside unroll_taps=no fuse_pixels=no\",",
        columns, lanes * vectors, lanes, rows, unroll, lanes * vectors, lanes * vectors, lanes, vectors, columns, rows,
        unroll);
}

static void print_line(const Bench *bench, FILE *out, Random *random, int64_t row) {
    const long long second = row % 60, minute = row / 60 % 60, hour = row / 3600 % 24, day = row / 86400 % 28;
    fprintf(out,
            "{\"septet\":1,\"uuid\":\"%08llx-%04llx-7000-8000-%012llx\",\"measured_at\":\"2026-03-%02lldT%02lld:%02lld:"
            "%02lld.000Z\",\"problem\":\"%s\",\"target\":\"x86-64-v4\",\"machine\":\"%s\",\"workers\":1,\"regime\":"
            "\"warm\",\"kind\":\"%s\",",
            (long long)row >> 16, (long long)row & 0xffff, bits(random) >> 16, day + 1, hour, minute, second,
            bench->problems[draw(random, LAYERS)], machine, draw(random, 20) == 0 ? "confirm" : "search");
    if (draw(random, 10) == 0) {
        fprintf(out, "\"status\":\"refused\",\"phase\":\"build\",\"detail\":\"the tile does not fit\",");
    } else {
        print_times(out, random);
    }
    fprintf(out, "\"build_s\":0.03,\"wait_s\":0.001,\"run_s\":0.08,");
    print_schedule(out, random);
    fprintf(out, "\"build\":\"septet 0.1.0, LLVM 19.1.7\",\"emulated\":0,\"flops\":2.3e8,\"session\":"
                 "\"01900000-0000-7000-8000-0000000000aa\",\"session_strategy\":\"random\",\"session_seed\":1}\n");
}

static Status make_lines(Bench *bench) {
    Random random = random_new(1, 0);
    FILE *out = fopen(bench->lines_path, "w");
    if (out == NULL) return diag_error(bench->context, STATUS_IO, "cannot write %s", bench->lines_path);
    for (int64_t row = 0; row < bench->rows; row++) print_line(bench, out, &random, row);
    bool is_whole = !ferror(out);
    if (fclose(out) == 0 && is_whole) return STATUS_OK;
    return diag_error(bench->context, STATUS_IO, "cannot write %s: the disk is full", bench->lines_path);
}

static Status import_lines(Bench *bench) {
    DatabaseChange change;
    double begin_s = now_s();
    TRY(database_open(bench->context, bench->database_path, DATABASE_WRITE, &bench->database));
    bench->lines = fopen(bench->lines_path, "r");
    if (bench->lines == NULL) return diag_error(bench->context, STATUS_IO, "cannot read %s", bench->lines_path);
    TRY(database_import(bench->context, bench->database, bench->lines, bench->lines_path, &change));
    double seconds = now_s() - begin_s;
    printf("import: %lld rows in %.1f s, %.0f rows/s\n", (long long)change.added, seconds,
           (double)change.added / seconds);
    return STATUS_OK;
}

static int compare(const void *a, const void *b) {
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

/* Each layer once. `opened`: through a handle that is opened and closed for it, and the time of that counts. */
static Status look_up(const Bench *bench, const char *what, double error_limit, bool opened) {
    double times_s[LAYERS];
    int found = 0;
    for (int i = 0; i < LAYERS; i++) {
        BestQuery query = {.problem = bench->problems[i],
                           .target = "x86-64-v4",
                           .machine = machine,
                           .workers = 1,
                           .error_limit = error_limit,
                           .workspace_limit = -1};
        Database *database = bench->database;
        const Record *record;
        double begin_s = now_s();
        if (opened) TRY(database_open(bench->context, bench->database_path, DATABASE_READ, &database));
        Status status = database_best(bench->context, database, &query, &record);
        if (opened) database_close(database);
        times_s[i] = now_s() - begin_s;
        TRY(status);
        found += record != NULL;
    }
    qsort(times_s, LAYERS, sizeof times_s[0], compare);
    printf("%s: %d of %d found, median %.3f ms, slowest %.3f ms\n", what, found, LAYERS, 1e3 * times_s[LAYERS / 2],
           1e3 * times_s[LAYERS - 1]);
    return STATUS_OK;
}

static Status run(void *data) {
    Bench *bench = data;
    bench->lines_path = arena_format(bench->context, "%s/lines.jsonl", bench->folder);
    bench->database_path = arena_format(bench->context, "%s/tuning.db", bench->folder);
    for (int i = 0; i < LAYERS; i++) bench->problems[i] = problem_of(bench->context, i);
    TRY(make_lines(bench));
    TRY(import_lines(bench));
    TRY(look_up(bench, "best, through an open handle", INFINITY, false));
    TRY(look_up(bench, "best, opened for each", INFINITY, true));
    return look_up(bench, "best, nothing passes the filter", 1e-9, false);
}

/* The folder with all that was made in it. */
static void clean_up(const Bench *bench) {
    static const char *const names[] = {"lines.jsonl", "tuning.db", "tuning.db-wal", "tuning.db-shm"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[PATH_BYTES + 32];
        snprintf(path, sizeof path, "%s/%s", bench->folder, names[i]);
        unlink(path);
    }
    rmdir(bench->folder);
}

int main(int argc, char **argv) {
    const char *parent = getenv("TMPDIR");
    Bench bench = {.rows = argc > 1 ? strtoll(argv[1], NULL, 10) : DEFAULT_ROWS};
    snprintf(bench.folder, sizeof bench.folder, "%s/bench_database_XXXXXX", parent != NULL ? parent : "/tmp");
    if (bench.rows < 1 || mkdtemp(bench.folder) == NULL) {
        fprintf(stderr, "usage: bench_database [ROWS], with a folder in $TMPDIR that can be written\n");
        return 2;
    }
    Status status = context_new(alloc_default(), &bench.context);
    if (status == STATUS_OK) status = context_run(bench.context, run, &bench);
    if (status != STATUS_OK && bench.context != NULL) fprintf(stderr, "%s\n", diag_message(bench.context));
    if (bench.lines != NULL) fclose(bench.lines);
    database_close(bench.database);
    context_free(bench.context);
    clean_up(&bench);
    return status == STATUS_OK ? 0 : 1;
}
