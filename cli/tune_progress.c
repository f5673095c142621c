/* SPDX-License-Identifier: Apache-2.0 */
/* Progress and results of `septet tune`. The table is drawn over itself: "\033[nA" goes up n lines, "\033[K" clears the
 * rest of one. */
#define _DEFAULT_SOURCE /* TIOCGWINSZ */
#include "cli/tune_progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/json.h"

static const char *const kind_names[] = {
    [MEASURED_SEARCH] = "search", [MEASURED_CONFIRM] = "confirm", [MEASURED_BASELINE] = "baseline"};

TuneProgress tune_progress_new(const Command *command, const SessionOptions *options, const char *uuid) {
    const char *terminal = getenv("TERM");
    bool draws = isatty(STDERR_FILENO) && terminal != NULL && strcmp(terminal, "dumb") != 0;
    bool json = command->arguments.option[OPTION_JSON] != NULL;
    return (TuneProgress){
        .context = command->context, .options = options, .uuid = uuid, .json = json, .live = draws && !json};
}

static double ms(double ns) {
    return ns / 1e6;
}

static double start_ns(const SessionResult *result) {
    return result->start == NULL ? NAN : result->start->time_ns;
}

static double best_ns_of(const SessionResult *result) {
    return result->best == NULL ? NAN : result->best->time_ns;
}

static Status print_event(const TuneProgress *progress, size_t layer, const Measurement *measurement, double best_ns) {
    JsonLine line = json_line_new();
    json_add_string(&line, "session", progress->uuid);
    json_add_string(&line, "layer", progress->options->layers[layer].label);
    json_add_integer(&line, "trial", progress->trials);
    json_add_string(&line, "kind", kind_names[measurement->kind]);
    json_add_string(&line, "status", measurement_status_name(measurement->status));
    json_add_number(&line, "time_ms", ms(measurement->time_ns));
    json_add_number(&line, "best_ms", ms(best_ns));
    json_add_integer(&line, "visits", measurement->visit_count);
    json_add_string(&line, "knobs", measurement->candidate.knobs);
    json_add_string(&line, "detail", measurement->detail);
    json_add_string(&line, "strategy", progress->options->strategy);
    json_add_number(&line, "elapsed_s", session_elapsed_s(progress->session));
    json_add_number(&line, "eta_s", session_eta_s(progress->session));
    return json_line_print(progress->context, &line, stdout);
}

/* Plain lines: the first of a layer, each new best, what is confirmed, and what failed. */
static void print_news(const TuneProgress *progress, size_t layer, const Measurement *measurement, double best_ns) {
    bool is_best = measurement->time_ns <= best_ns, is_ok = measurement->status == MEASUREMENT_OK;
    if (measurement->kind != MEASURED_CONFIRM && is_ok && !is_best) return;
    fprintf(stderr, "%5" PRId64 "  %-32s %-11s", progress->trials, progress->options->layers[layer].label,
            is_ok && measurement->kind == MEASURED_CONFIRM ? "confirmed"
                                                           : measurement_status_name(measurement->status));
    if (is_ok) fprintf(stderr, " %9.4f ms", ms(measurement->time_ns));
    fprintf(stderr, "  %s\n", measurement->candidate.knobs == NULL ? "" : measurement->candidate.knobs);
}

/* The table */

typedef struct Screen {
    int rows, columns;
} Screen;

static Screen screen_size(void) {
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        return (Screen){size.ws_row, size.ws_col};
    return (Screen){24, 80};
}

/* "1:02:03", "2:03"; "?" when it is not known. */
static const char *duration(Context *context, double seconds) {
    if (!(seconds < 1e9)) return "?";
    int64_t all = (int64_t)seconds, minutes = all / 60 % 60, hours = all / 3600;
    if (hours > 0) return arena_format(context, "%" PRId64 ":%02" PRId64 ":%02" PRId64, hours, minutes, all % 60);
    return arena_format(context, "%" PRId64 ":%02" PRId64, minutes, all % 60);
}

/* A number in so many places, or a dash. */
static const char *cell(Context *context, const char *format, double value) {
    return isfinite(value) ? arena_format(context, format, value) : "-";
}

/* A line of the table, cut to the screen: a longer one would be two. */
static void draw_line(TuneProgress *progress, Screen screen, const char *text) {
    fprintf(stderr, "%.*s\033[K\n", screen.columns - 1, text);
    progress->drawn++;
}

static void draw_layer(TuneProgress *progress, Screen screen, size_t index, bool is_current) {
    Context *context = progress->context;
    const SessionLayer *layer = &progress->options->layers[index];
    SessionResult result = session_result(progress->session, index);
    const char *start = cell(context, "%.4f", ms(start_ns(&result)));
    const char *best = cell(context, "%.4f", ms(best_ns_of(&result)));
    const char *ratio = cell(context, "%.2f", start_ns(&result) / best_ns_of(&result));
    const char *state = result.confirmed ? "confirmed" : result.exhausted ? "all tried" : "";
    draw_line(progress, screen,
              arena_format(context, "%c %-28.28s %5" PRId64 " %10s %10s %6s %6" PRId64 " %6" PRId64 "  %s",
                           is_current ? '>' : ' ', layer->label, layer->count, start, best, ratio, result.measured,
                           result.failed, state));
}

/* As many layers as fit, around the one that is at work. */
static void draw_layers(TuneProgress *progress, Screen screen, size_t current) {
    enum { OTHER_LINES = 3 };
    size_t count = progress->options->layer_count, most = screen.rows > OTHER_LINES ? (size_t)screen.rows : 1;
    if (most > OTHER_LINES) most -= OTHER_LINES;
    size_t shown = count < most ? count : most, first = current < shown / 2 ? 0 : current - shown / 2;
    if (first > count - shown) first = count - shown;
    for (size_t i = first; i < first + shown; i++) draw_layer(progress, screen, i, i == current);
}

static void draw_table(TuneProgress *progress, size_t layer) {
    Context *context = progress->context;
    Screen screen = screen_size();
    if (progress->drawn > 0) fprintf(stderr, "\033[%dA", progress->drawn);
    progress->drawn = 0;
    const char *elapsed = duration(context, session_elapsed_s(progress->session));
    const char *left = duration(context, session_eta_s(progress->session));
    draw_line(progress, screen,
              arena_format(context,
                           "%" PRId64 " measured, %" PRId64 " failed, %" PRId64 " disturbed; %s so far, about %s left",
                           progress->trials, progress->failed, progress->disturbed, elapsed, left));
    draw_line(progress, screen,
              arena_format(context, "  %-28s %5s %10s %10s %6s %6s %6s", "layer", "count", "start ms", "best ms",
                           "ratio", "tried", "failed"));
    draw_layers(progress, screen, layer);
    fflush(stderr);
}

Status tune_progress_show(TuneProgress *progress, size_t layer, const Measurement *measurement, double best_ns) {
    progress->trials++;
    bool is_disturbed = measurement->status == MEASUREMENT_NOISY;
    progress->disturbed += is_disturbed;
    progress->failed += measurement->status != MEASUREMENT_OK && !is_disturbed;
    if (progress->json) {
        TRY(print_event(progress, layer, measurement, best_ns));
        fflush(stdout);
    } else if (progress->live) {
        draw_table(progress, layer);
    } else {
        print_news(progress, layer, measurement, best_ns);
    }
    return STATUS_OK;
}

/* Results */

/* "default", or what else candidate 0 was. */
static const char *start_name(const SessionLayer *layer) {
    if (layer->first == NULL) return "default";
    return layer->first->recipe == NULL ? "given" : "record";
}

static void print_result(const SessionLayer *layer, const SessionResult *result) {
    double ratio = start_ns(result) / best_ns_of(result);
    printf("%-32s x%-3" PRId64, layer->label, layer->count);
    if (isfinite(start_ns(result))) printf("  %s %9.4f ms", start_name(layer), ms(start_ns(result)));
    if (result->best != NULL) printf("  best %9.4f ms", ms(best_ns_of(result)));
    if (isfinite(ratio)) printf("  %5.2f x", ratio);
    printf("  %" PRId64 " measured, %" PRId64 " failed", result->measured, result->failed);
    if (result->disturbed > 0) printf(", %" PRId64 " disturbed", result->disturbed);
    printf("%s%s\n", result->exhausted ? ", nothing left" : "",
           result->confirmed || result->best == NULL ? "" : ", unconfirmed");
}

static Status print_result_json(const TuneProgress *progress, const SessionLayer *layer, const SessionResult *result) {
    JsonLine line = json_line_new();
    json_add_string(&line, "summary", "layer");
    json_add_string(&line, "session", progress->uuid);
    json_add_string(&line, "layer", layer->label);
    json_add_integer(&line, "count", layer->count);
    json_add_string(&line, "start", start_name(layer));
    json_add_number(&line, "start_ms", ms(start_ns(result)));
    json_add_number(&line, "best_ms", ms(best_ns_of(result)));
    json_add_string(&line, "best_knobs", result->best == NULL ? NULL : result->best->candidate.knobs);
    json_add_bool(&line, "confirmed", result->confirmed);
    json_add_integer(&line, "measured", result->measured);
    json_add_integer(&line, "failed", result->failed);
    json_add_integer(&line, "disturbed", result->disturbed);
    json_add_bool(&line, "exhausted", result->exhausted);
    return json_line_print(progress->context, &line, stdout);
}

/* Of the layers that have both times, as often as the network has them. */
typedef struct Total {
    double start_ns, best_ns;
    size_t layers;
    int64_t measured, failed; /* of all layers */
} Total;

static Total add_up(const TuneProgress *progress) {
    Total total = {0};
    for (size_t i = 0; i < progress->options->layer_count; i++) {
        SessionResult result = session_result(progress->session, i);
        double count = (double)progress->options->layers[i].count;
        total.measured += result.measured;
        total.failed += result.failed;
        if (!isfinite(start_ns(&result)) || !isfinite(best_ns_of(&result))) continue;
        total.start_ns += count * start_ns(&result);
        total.best_ns += count * best_ns_of(&result);
        total.layers++;
    }
    return total;
}

static Status print_total(const TuneProgress *progress) {
    Total total = add_up(progress);
    double elapsed_s = session_elapsed_s(progress->session);
    if (!progress->json) {
        if (total.layers > 1)
            printf("%-37s  start   %9.4f ms  best %9.4f ms  %5.2f x  %" PRId64 " measured, %" PRId64
                   " failed in %.0f s\n",
                   "all", ms(total.start_ns), ms(total.best_ns), total.start_ns / total.best_ns, total.measured,
                   total.failed, elapsed_s);
        return STATUS_OK;
    }
    JsonLine line = json_line_new();
    json_add_string(&line, "summary", "session");
    json_add_string(&line, "session", progress->uuid);
    json_add_string(&line, "strategy", progress->options->strategy);
    json_add_integer(&line, "layers", (int64_t)total.layers);
    json_add_number(&line, "start_ms", ms(total.start_ns));
    json_add_number(&line, "best_ms", ms(total.best_ns));
    json_add_integer(&line, "measured", total.measured);
    json_add_integer(&line, "failed", total.failed);
    json_add_number(&line, "elapsed_s", elapsed_s);
    json_add_bool(&line, "stopped", session_was_stopped(progress->session));
    return json_line_print(progress->context, &line, stdout);
}

Status tune_progress_end(TuneProgress *progress) {
    for (size_t i = 0; i < progress->options->layer_count; i++) {
        const SessionLayer *layer = &progress->options->layers[i];
        SessionResult result = session_result(progress->session, i);
        if (!progress->json)
            print_result(layer, &result);
        else
            TRY(print_result_json(progress, layer, &result));
    }
    return print_total(progress);
}
