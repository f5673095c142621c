/* SPDX-License-Identifier: Apache-2.0 */
/* The model of ir/footprint.h as tables. */
#include "cli/show_footprint.h"

#include "cli/json.h"
#include "ir/footprint.h"

static const char legend[] =
    "What one run of each loop touches of each tensor, and how often it uses each byte of that meanwhile; loops "
    "around\n"
    "stand at the middle of their range. Loops that are unrolled or on lanes are part of what is inside them.\n\n";

static const char traffic_legend[] = "\nBytes that one call moves from beyond each cache: a loop whose iteration fits "
                                     "fetches once a run what it touches;\n"
                                     "what is written counts twice, because a line is read before.\n\n";

/* "784.0K" */
static const char *size_text(Context *context, double bytes) {
    static const char units[] = {'B', 'K', 'M', 'G', 'T'};
    size_t unit = 0;
    for (; bytes >= 1024 && unit + 1 < sizeof units; unit++) bytes /= 1024;
    return arena_format(context, unit == 0 ? "%.0f%c" : "%.1f%c", bytes, units[unit]);
}

static const Touched *find_touched(const Footprint *footprint, const Tensor *tensor) {
    for (size_t i = 0; i < footprint->count; i++)
        if (footprint->items[i].tensor == tensor) return &footprint->items[i];
    return NULL;
}

static void add_level(Context *context, const FootprintLevel *level, const Footprint *all, Text *out) {
    double total = 0;
    text_add(out, "%9.0f %9.0f", level->runs, level->iterations);
    for (size_t i = 0; i < all->count; i++) {
        const Touched *touched = find_touched(&level->footprint, all->items[i].tensor);
        double bytes = touched == NULL ? 0 : touched->elements * (double)type_bytes(touched->tensor->type);
        total += bytes;
        if (touched == NULL || touched->elements == 0) {
            text_add(out, " %8s %7s", "-", "");
        } else {
            const char *uses = arena_format(context, "x%.0f", touched->accesses / touched->elements);
            text_add(out, " %8s %7s", size_text(context, bytes), uses);
        }
    }
    text_add(out, " %8s  ", size_text(context, total));
    text_add_repeat(out, ' ', 2 * (size_t)level->depth);
    text_add(out, "%s\n", level->loop->loop.var->name);
}

static void add_heading(const Footprint *all, const char *first, const char *last, Text *out) {
    text_add_string(out, first);
    for (size_t i = 0; i < all->count; i++) text_add(out, " %8s %7s", all->items[i].tensor->name, "");
    text_add(out, " %8s%s\n", "total", last);
}

static void add_traffic(Context *context, const Nest *nest, const char *cache, int64_t cache_bytes, Text *out) {
    NestTraffic traffic = nest_traffic(context, nest, cache_bytes);
    double total = 0;
    text_add(out, "%9s %9s", cache, size_text(context, (double)cache_bytes));
    for (size_t i = 0; i < traffic.count; i++) {
        total += traffic.items[i].bytes;
        text_add(out, " %8s %7s", size_text(context, traffic.items[i].bytes), "");
    }
    text_add(out, " %8s\n", size_text(context, total));
}

Status show_footprint(Context *context, const Plan *plan, Text *out) {
    FootprintLevels levels = nest_footprints(context, plan->scheduled);
    Footprint all = nest_footprint(context, plan->scheduled);
    text_add_string(out, legend);
    add_heading(&all, "     runs  of times", "  loop", out);
    for (size_t i = 0; i < levels.count; i++) add_level(context, &levels.items[i], &all, out);
    text_add_string(out, traffic_legend);
    add_heading(&all, "    cache          ", "", out);
    add_traffic(context, plan->scheduled, "first", plan->target->l1_bytes, out);
    add_traffic(context, plan->scheduled, "second", plan->target->l2_bytes, out);
    text_add_string(out, "\n");
    return STATUS_OK;
}

static Status print_level(Context *context, const char *layer, const FootprintLevel *level) {
    for (size_t i = 0; i < level->footprint.count; i++) {
        const Touched *touched = &level->footprint.items[i];
        JsonLine line = json_line_new();
        json_add_string(&line, "layer", layer);
        json_add_string(&line, "loop", level->loop->loop.var->name);
        json_add_integer(&line, "depth", level->depth);
        json_add_number(&line, "runs", level->runs);
        json_add_number(&line, "iterations", level->iterations);
        json_add_string(&line, "tensor", touched->tensor->name);
        json_add_number(&line, "bytes", touched->elements * (double)type_bytes(touched->tensor->type));
        json_add_number(&line, "uses", touched->elements > 0 ? touched->accesses / touched->elements : 0);
        TRY(json_line_print(context, &line, stdout));
    }
    return STATUS_OK;
}

static Status print_traffic(Context *context, const char *layer, const Nest *nest, int64_t cache_bytes) {
    NestTraffic traffic = nest_traffic(context, nest, cache_bytes);
    for (size_t i = 0; i < traffic.count; i++) {
        JsonLine line = json_line_new();
        json_add_string(&line, "layer", layer);
        json_add_integer(&line, "cache_bytes", cache_bytes);
        json_add_string(&line, "tensor", traffic.items[i].tensor->name);
        json_add_number(&line, "traffic_bytes", traffic.items[i].bytes);
        TRY(json_line_print(context, &line, stdout));
    }
    return STATUS_OK;
}

Status show_footprint_json(Context *context, const Plan *plan, const char *layer) {
    FootprintLevels levels = nest_footprints(context, plan->scheduled);
    for (size_t i = 0; i < levels.count; i++) TRY(print_level(context, layer, &levels.items[i]));
    TRY(print_traffic(context, layer, plan->scheduled, plan->target->l1_bytes));
    return print_traffic(context, layer, plan->scheduled, plan->target->l2_bytes);
}
