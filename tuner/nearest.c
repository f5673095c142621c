/* SPDX-License-Identifier: Apache-2.0 */
/* One query for the best record of each other problem, by the index of the best; then the distance of each. */
#include "tuner/nearest.h"

#include <math.h>
#include <string.h>

/* Of a schema: the user's own, or what came with septet. */
#define BEST_OF_OTHERS(schema)                                                                                         \
    "SELECT p.text, c.recipe, c.knobs, m.uuid FROM " schema ".problem p JOIN " schema                                  \
    ".measurement m ON m.id = (SELECT f.id FROM " schema                                                               \
    ".candidate f WHERE f.problem = p.id AND f.target = ?2 AND f.workers = CAST(?4 AS INTEGER) AND f.regime = ?5"      \
    " AND f.machine = (SELECT id FROM " schema ".machine WHERE text = ?3) AND f.confirmed = 1"                         \
    " ORDER BY f.time_ns LIMIT 1) JOIN " schema                                                                        \
    ".schedule c ON c.id = m.schedule WHERE c.recipe <> '' AND p.text <> ?1"

typedef struct Finding {
    Context *context;
    const Problem *problem;
    double limit;
    Neighbour *nearest;
    size_t count, most;
} Finding;

static bool same_dimensions(const Problem *a, const Problem *b) {
    for (int i = 0; i < a->spatial; i++) {
        const Dimension *one = &a->dimension[i], *other = &b->dimension[i];
        bool same = one->kernel == other->kernel && one->stride == other->stride && one->dilation == other->dilation;
        if (!same) return false;
    }
    return true;
}

static bool same_layout(const ActivationLayout *a, const ActivationLayout *b) {
    return a->order == b->order && a->block == b->block;
}

static bool same_kind(const Problem *a, const Problem *b) {
    return a->spatial == b->spatial && a->transposed == b->transposed && (a->g == 1) == (b->g == 1) &&
           a->x_type == b->x_type && a->w_type == b->w_type && a->y_type == b->y_type &&
           same_layout(&a->x_layout, &b->x_layout) && same_layout(&a->y_layout, &b->y_layout) && same_dimensions(a, b);
}

static double apart(int64_t a, int64_t b) {
    return fabs(log2((double)a / (double)b));
}

double nearest_distance(const Problem *a, const Problem *b) {
    if (!same_kind(a, b)) return INFINITY;
    double distance = apart(a->n, b->n) + apart(a->g, b->g) + apart(a->c / a->g, b->c / b->g);
    distance += apart(a->k / a->g, b->k / b->g);
    for (int i = 0; i < a->spatial; i++) distance += apart(a->dimension[i].output, b->dimension[i].output);
    return distance;
}

/* Keeps the nearest in order, of equals the one that came first; the user's record hides a shipped one. */
static void keep(Finding *finding, const Neighbour *neighbour) {
    for (size_t i = 0; i < finding->count; i++)
        if (strcmp(finding->nearest[i].problem, neighbour->problem) == 0) return;
    size_t place = finding->count;
    while (place > 0 && neighbour->distance < finding->nearest[place - 1].distance) place--;
    if (place == finding->most) return;
    if (finding->count < finding->most) finding->count++;
    for (size_t i = finding->count - 1; i > place; i--) finding->nearest[i] = finding->nearest[i - 1];
    finding->nearest[place] = *neighbour;
}

static Status look_at(void *data, const Row *row) {
    Finding *finding = data;
    Context *context = finding->context;
    Problem other;
    const Source source = {"record", row->values[0].text, strlen(row->values[0].text)};
    if (problem_parse(context, &source, &other) != STATUS_OK) { /* of a later version */
        diag_clear(context);
        return STATUS_OK;
    }
    double distance = nearest_distance(finding->problem, &other);
    if (!(distance <= finding->limit)) return STATUS_OK;
    keep(finding,
         &(Neighbour){distance, arena_string(context, row->values[0].text), arena_string(context, row->values[1].text),
                      arena_string(context, row->values[2].text), arena_string(context, row->values[3].text)});
    return STATUS_OK;
}

Status nearest_find(Context *context, Database *database, const BestQuery *query, const Problem *problem, double limit,
                    Neighbour *out, size_t most, size_t *count) {
    Finding finding = {.context = context, .problem = problem, .limit = limit, .nearest = out, .most = most};
    const char *parameters[] = {query->problem, query->target, query->machine,
                                arena_format(context, "%lld", (long long)query->workers),
                                query->cold_weights ? "cold-weights" : "warm"};
    enum { PARAMETERS = sizeof parameters / sizeof parameters[0] };
    const char *shipped;
    *count = 0;
    TRY(database_shipped(context, database, &shipped));
    const char *sql =
        shipped != NULL ? BEST_OF_OTHERS("main") " UNION ALL " BEST_OF_OTHERS("shipped") : BEST_OF_OTHERS("main");
    TRY(database_select(context, database, sql, parameters, PARAMETERS, false, look_at, &finding));
    *count = finding.count;
    return STATUS_OK;
}
