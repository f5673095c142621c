/* SPDX-License-Identifier: Apache-2.0 */
/* Tables and JSON lines of measurements. */
#include "bench/report.h"

#include <math.h>
#include <stdio.h>

#include "cli/json.h"

static double to_ms(double ns) {
    return ns / 1e6;
}

void report_derive(const Report *report, Result *result) {
    const Problem *problem = &result->plan->problem;
    double flops = problem_flops(problem), peak_flops = peaks_fma_job_flops(&report->peaks);
    result->gflops = flops / result->ours.median_ns;
    result->peak_gflops = peak_flops / result->peak.median_ns;
    result->peak_fraction = flops / peak_flops * timing_ratio(&result->peak, &result->ours);
    double roofline = peaks_roofline_ns(&report->peaks, problem, result->peak_gflops, report->cold_weights);
    result->roofline_fraction = roofline / result->ours.median_ns;
    result->ratio = result->peer_implementation != NULL ? timing_ratio(&result->theirs, &result->ours) : NAN;
    result->speedup = report->threads > 1 ? timing_ratio(&result->single, &result->ours) : 1;
}

static Status print_machine_json(const Report *report) {
    const Peaks *peaks = &report->peaks;
    JsonLine line = json_line_new();
    json_add_bool(&line, "machine", true);
    json_add_string(&line, "target", peaks->target->name);
    json_add_integer(&line, "threads", report->threads);
    json_add_number(&line, "peak_gflops", peaks->fma_gflops);
    json_add_number(&line, "l1_gbs", peaks->read_gbs[LEVEL_L1]);
    json_add_number(&line, "l2_gbs", peaks->read_gbs[LEVEL_L2]);
    json_add_number(&line, "l3_gbs", peaks->read_gbs[LEVEL_L3]);
    json_add_number(&line, "dram_gbs", peaks->read_gbs[LEVEL_DRAM]);
    json_add_number(&line, "parallel_for_us", peaks->call_ns / 1e3);
    return json_line_print(report->context, &line, stdout);
}

Status report_machine(const Report *report) {
    const Peaks *peaks = &report->peaks;
    if (report->json) return print_machine_json(report);
    printf("%s, threads: %d, peak %.1f GFLOP/s; reads L1 %.0f, L2 %.0f, L3 %.1f, DRAM %.1f GB/s; weights %s\n",
           peaks->target->name, report->threads, peaks->fma_gflops, peaks->read_gbs[LEVEL_L1],
           peaks->read_gbs[LEVEL_L2], peaks->read_gbs[LEVEL_L3], peaks->read_gbs[LEVEL_DRAM],
           report->cold_weights ? "cold" : "warm");
    if (report->threads > 1) printf("a call of septet_parallel_for: %.2f us\n", peaks->call_ns / 1e3);
    if (report->peer != NULL)
        printf("ratio = time of %s %s / ours: above 1 we are faster\n", report->peer->name, report->peer->version);
    return STATUS_OK;
}

static const char *layout_text(Context *context, const Problem *problem) {
    Text text = text_new(context);
    layout_print(problem->x_layout, problem->spatial, &text);
    text_add_string(&text, ",");
    layout_print(problem->y_layout, problem->spatial, &text);
    return text_string(&text);
}

static void add_peer(const Report *report, const Result *result, JsonLine *line) {
    bool has_peer = result->peer_implementation != NULL;
    json_add_string(line, "peer", report->peer->name);
    json_add_string(line, "peer_version", report->peer->version);
    json_add_string(line, "peer_dtype", "f32");
    json_add_string(line, "peer_impl", result->peer_implementation);
    json_add_number(line, "peer_time_ms", has_peer ? to_ms(result->theirs.median_ns) : NAN);
    json_add_number(line, "peer_time_min_ms", has_peer ? to_ms(result->theirs.min_ns) : NAN);
    json_add_number(line, "peer_spread", has_peer ? result->theirs.spread : NAN);
    json_add_number(line, "ratio", result->ratio);
    json_add_number(line, "difference_l2", has_peer ? result->difference : NAN);
}

static Status print_json(const Report *report, const Result *result) {
    const Plan *plan = result->plan;
    const char *layout = layout_text(report->context, &plan->problem);
    JsonLine line = json_line_new();
    json_add_string(&line, "layer", result->layer->label);
    json_add_string(&line, "list", result->layer->layer.source->name);
    json_add_string(&line, "problem", plan->problem_text);
    json_add_string(&line, "target", plan->target->name);
    json_add_integer(&line, "count", result->layer->layer.count);
    json_add_integer(&line, "threads", report->threads);
    json_add_string(&line, "layout", layout);
    json_add_string(&line, "accuracy", "strict");
    json_add_string(&line, "regime", report->cold_weights ? "cold-weights" : "warm");
    json_add_number(&line, "time_ms", to_ms(result->ours.median_ns));
    json_add_number(&line, "time_min_ms", to_ms(result->ours.min_ns));
    json_add_number(&line, "spread", result->ours.spread);
    json_add_number(&line, "gflops", result->gflops);
    json_add_number(&line, "peak_gflops", result->peak_gflops);
    json_add_number(&line, "peak_fraction", result->peak_fraction);
    json_add_number(&line, "roofline_fraction", result->roofline_fraction);
    json_add_number(&line, "speedup", result->speedup);
    json_add_string(&line, "error_l2", NULL);
    json_add_integer(&line, "workspace_bytes", result->sizes.workspace_bytes);
    json_add_string(&line, "algorithm", plan->algorithm);
    json_add_string(&line, "schedule_source", plan->schedule_source);
    if (report->peer != NULL) add_peer(report, result, &line);
    return json_line_print(report->context, &line, stdout);
}

Status report_result(const Report *report, const Result *result) {
    if (report->json) return print_json(report, result);
    printf("%-32s x%-3lld %9.4f ms %8.1f GFLOP/s %6.1f %% of peak (%.1f) %6.1f %% of roofline  spread %4.1f %%",
           result->layer->label, (long long)result->layer->layer.count, to_ms(result->ours.median_ns), result->gflops,
           100 * result->peak_fraction, result->peak_gflops, 100 * result->roofline_fraction,
           100 * result->ours.spread);
    if (report->threads > 1) printf("  %.2f x one core", result->speedup);
    if (result->peer_implementation != NULL) {
        printf("  %s %9.4f ms  ratio %.3f", report->peer->name, to_ms(result->theirs.median_ns), result->ratio);
    } else if (report->peer != NULL) {
        printf("  %s: none", report->peer->name);
    }
    printf("  %s\n", result->plan->schedule_source);
    return STATUS_OK;
}

void summary_add(Summary *summary, const Result *result) {
    double count = (double)result->layer->layer.count, ours = count * to_ms(result->ours.median_ns);
    summary->list = result->layer->layer.source->name;
    summary->layers++;
    summary->log_fractions += log(result->peak_fraction);
    summary->log_speedups += log(result->speedup);
    summary->total_ms += ours;
    if (result->peer_implementation == NULL) return;
    summary->min_ratio = summary->compared++ == 0 ? result->ratio : fmin(summary->min_ratio, result->ratio);
    summary->log_ratios += log(result->ratio);
    summary->compared_ms += ours;
    summary->peer_total_ms += count * to_ms(result->theirs.median_ns);
}

Status report_summary(const Report *report, const Summary *summary) {
    double peak_fraction = exp(summary->log_fractions / (double)summary->layers);
    double ratio = summary->compared > 0 ? exp(summary->log_ratios / (double)summary->compared) : NAN;
    double speedup = exp(summary->log_speedups / (double)summary->layers);
    double min_ratio = summary->compared > 0 ? summary->min_ratio : NAN;
    if (report->json) {
        JsonLine line = json_line_new();
        json_add_bool(&line, "summary", true);
        json_add_string(&line, "list", summary->list);
        json_add_integer(&line, "threads", report->threads);
        json_add_integer(&line, "layers", summary->layers);
        json_add_number(&line, "geomean_ratio", ratio);
        json_add_number(&line, "min_ratio", min_ratio);
        json_add_number(&line, "geomean_peak_fraction", peak_fraction);
        json_add_number(&line, "total_ms", summary->total_ms);
        json_add_number(&line, "peer_total_ms", summary->compared > 0 ? summary->peer_total_ms : NAN);
        json_add_integer(&line, "peer_layers", summary->compared);
        json_add_number(&line, "geomean_speedup", speedup);
        return json_line_print(report->context, &line, stdout);
    }
    printf("%s: geomean %.1f %% of peak over %lld layers, %.3f ms with counts\n", summary->list, 100 * peak_fraction,
           (long long)summary->layers, summary->total_ms);
    if (report->threads > 1)
        printf("%s: geomean %.2f x one core over %lld layers\n", summary->list, speedup, (long long)summary->layers);
    if (summary->compared > 0) {
        printf("%s: geomean ratio %.3f, lowest %.3f over %lld layers, %.3f ms against %s %.3f ms with counts\n",
               summary->list, ratio, min_ratio, (long long)summary->compared, summary->compared_ms, report->peer->name,
               summary->peer_total_ms);
    }
    return STATUS_OK;
}
