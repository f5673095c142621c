/* SPDX-License-Identifier: Apache-2.0 */
/* Draws schedules: points of recipes, and steps in the order in which people write them (tiles, order, marks,
 * registers, borders, packing), each with random operands. A step that is refused is left out, and so is one without
 * which the rest can be lowered: what remains compiles. Loops that are written out are kept few, so that compiling
 * stays quick. */
#include <string.h>

#include "compiler/plan.h"
#include "compiler/recipes/recipes.h"
#include "compiler/schedule/primitives.h"
#include "ir/nest_cores.h"
#include "tuner/check.h"

enum { MAX_LOOPS = 32, MAX_COPIES = 48, MAX_LINES = 24, MAX_FORKS = 256 };

typedef struct DrawnLoop {
    const char *name;
    int64_t extent; /* 0: no fixed number */
} DrawnLoop;

typedef struct Drawer {
    Context *context;
    Random *random;
    const Problem *problem;
    const Target *target;
    const Nest *nest;      /* after the steps so far */
    int64_t copies;        /* of the innermost body, by the unrolling so far */
    const char *lane_loop; /* that was cut into vectors; NULL: none */
    int64_t block;         /* of it */
    int line_count;
    const char *lines[MAX_LINES];
    int loop_count; /* of the nest */
    DrawnLoop loops[MAX_LOOPS];
} Drawer;

static int64_t constant_extent(const Stmt *loop) {
    const Bound *lower = &loop->loop.lower, *upper = &loop->loop.upper;
    bool constant = lower->count == 1 && upper->count == 1 && affine_is_constant(lower->terms[0]) &&
                    affine_is_constant(upper->terms[0]);
    return constant ? upper->terms[0]->constant - lower->terms[0]->constant : 0;
}

/* Loops that a step can name without their stage, each name once. */
static void list_loop(void *data, const Stmt *stmt) {
    Drawer *drawer = data;
    bool is_new = stmt->kind == STMT_FOR && drawer->loop_count < MAX_LOOPS &&
                  pipeline_find_stage(drawer->nest->pipeline, stmt->loop.var->stage) != NULL;
    for (int i = 0; is_new && i < drawer->loop_count; i++)
        is_new = strcmp(drawer->loops[i].name, stmt->loop.var->name) != 0;
    if (is_new) drawer->loops[drawer->loop_count++] = (DrawnLoop){stmt->loop.var->name, constant_extent(stmt)};
    stmt_visit_children(stmt, list_loop, data);
}

/* Applies a step when it is legal now; says whether it was. */
static bool try_step(Drawer *drawer, const char *line) {
    const Schedule *schedule;
    const Nest *next;
    Source *source = ARENA_NEW(drawer->context, Source);
    *source = (Source){.name = "drawn step", .text = line, .length = strlen(line)};
    if (drawer->line_count == MAX_LINES) return false;
    if (schedule_parse(drawer->context, source, &schedule) != STATUS_OK) return false;
    if (schedule_apply(drawer->context, drawer->nest, schedule, NULL, NULL, &next) != STATUS_OK) return false;
    drawer->nest = next;
    drawer->lines[drawer->line_count++] = line;
    drawer->loop_count = 0;
    list_loop(drawer, next->body);
    return true;
}

static int64_t draw(Drawer *drawer, int64_t lo, int64_t hi) {
    return random_integer(drawer->random, lo, hi);
}

static const DrawnLoop *draw_loop(Drawer *drawer) {
    return &drawer->loops[draw(drawer, 0, drawer->loop_count - 1)];
}

static const DrawnLoop *find_loop(const Drawer *drawer, const char *name) {
    for (int i = 0; i < drawer->loop_count; i++)
        if (strcmp(drawer->loops[i].name, name) == 0) return &drawer->loops[i];
    return NULL;
}

/* What a split may say about its tail; the first only where there is none. */
static const char *const tails[] = {"", " tail=guard", " tail=peel", " tail=shift", " tail=pad"};
enum { TAILS = sizeof tails / sizeof tails[0] };

static bool try_split(Drawer *drawer, const char *loop, int64_t size, const char *outer, const char *inner) {
    const DrawnLoop *found = find_loop(drawer, loop);
    bool divides = found != NULL && found->extent % size == 0;
    const char *tail = tails[draw(drawer, divides ? 0 : 1, TAILS - 1)];
    const char *cut = arena_format(drawer->context, "split %s %lld", loop, (long long)size);
    if (try_step(drawer, arena_format(drawer->context, "%s%s -> %s %s", cut, tail, outer, inner))) return true;
    return try_step(drawer, arena_format(drawer->context, "%s tail=guard -> %s %s", cut, outer, inner));
}

static void pack_weights(Drawer *drawer);

/* Weights that are packed before have room for the surplus of a tail that is padded. */
static bool split_packed(Drawer *drawer, const char *loop, const char *outer, const char *inner) {
    if (random_once_in(drawer->random, 2)) pack_weights(drawer);
    return try_split(drawer, loop, drawer->block, outer, inner);
}

/* The loop that memory runs along in y, cut into vectors: its lanes are "l". */
static void split_lanes(Drawer *drawer) {
    int64_t lanes = drawer->target->vector_bytes / (int64_t)sizeof(float);
    const Problem *problem = drawer->problem;
    bool depthwise = problem->g > 1 && problem->k == problem->g;
    const char *loop = problem->y_layout.order == LAYOUT_CHANNELS_FIRST ? "q" : depthwise ? "g" : "k";
    if (random_once_in(drawer->random, 8)) loop = draw_loop(drawer)->name;
    drawer->lane_loop = loop;
    if (random_once_in(drawer->random, 2)) {
        drawer->block = lanes;
        split_packed(drawer, loop, "lo", "l");
        return;
    }
    drawer->block = lanes * draw(drawer, 1, 3);
    if (split_packed(drawer, loop, "lo", "li")) try_split(drawer, "li", lanes, "lv", "l");
}

static void split_others(Drawer *drawer) {
    static const char *const candidates[] = {"n", "k", "z", "p", "q", "c", "t", "r", "s"};
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++) {
        const DrawnLoop *loop = find_loop(drawer, candidates[i]);
        if (loop == NULL || loop->extent < 2 || !random_once_in(drawer->random, 3)) continue;
        int64_t size = draw(drawer, 1, loop->extent < 9 ? loop->extent : 9);
        try_split(drawer, candidates[i], size, arena_format(drawer->context, "%so", candidates[i]),
                  arena_format(drawer->context, "%si", candidates[i]));
    }
}

static void fuse_loops(Drawer *drawer) {
    if (!random_once_in(drawer->random, 3)) return;
    int64_t first = draw(drawer, 0, drawer->loop_count - 1);
    if (first + 1 == drawer->loop_count) return;
    try_step(drawer, arena_format(drawer->context, "fuse %s %s -> f", drawer->loops[first].name,
                                  drawer->loops[first + 1].name));
}

static void reorder_loops(Drawer *drawer) {
    if (random_once_in(drawer->random, 5)) return;
    DrawnLoop loops[MAX_LOOPS];
    int count = drawer->loop_count;
    memcpy(loops, drawer->loops, sizeof loops);
    Text text = text_new(drawer->context);
    text_add_string(&text, "reorder");
    for (int i = 0; i < count; i++) {
        int64_t other = draw(drawer, i, count - 1);
        text_add(&text, " %s", loops[other].name);
        loops[other] = loops[i];
    }
    try_step(drawer, text_string(&text));
}

static void unroll_loops(Drawer *drawer) {
    for (int64_t tries = draw(drawer, 0, 4); tries > 0; tries--) {
        const DrawnLoop loop = *draw_loop(drawer);
        if (loop.extent < 1 || loop.extent * drawer->copies > MAX_COPIES || strcmp(loop.name, "l") == 0) continue;
        if (try_step(drawer, arena_format(drawer->context, "unroll %s", loop.name))) drawer->copies *= loop.extent;
    }
}

static void accumulate(Drawer *drawer) {
    const char *scope = random_once_in(drawer->random, 3) ? "stack" : "registers";
    if (random_once_in(drawer->random, 8)) scope = "workspace";
    for (int tries = 0; tries < 4; tries++) {
        const char *loop = draw_loop(drawer)->name, *copied = draw_loop(drawer)->name;
        const char *step = arena_format(drawer->context, "accumulate y at %s in %s", loop, scope);
        bool has_copies = random_once_in(drawer->random, 3) &&
                          try_step(drawer, arena_format(drawer->context, "%s copies %s", step, copied));
        if (has_copies || try_step(drawer, step)) return;
    }
}

static void treat_borders(Drawer *drawer) {
    if (random_once_in(drawer->random, 2)) try_step(drawer, "clip r");
    if (random_once_in(drawer->random, 4)) try_step(drawer, "clip s");
    if (!random_once_in(drawer->random, 2)) return;
    const char *loop = draw_loop(drawer)->name;
    bool peeled = try_step(drawer, arena_format(drawer->context, "peel %s %d %d -> e_first e_mid e_last", loop,
                                                (int)draw(drawer, 0, 2), (int)draw(drawer, 0, 2)));
    if (peeled && drawer->copies * 3 <= MAX_COPIES) try_step(drawer, "unroll s in e_first e_last");
}

/* A layout with the problem's own axes for "@": of "t r s", or "d h w", as many as it has. */
static const char *layout_of(const Drawer *drawer, const char *pattern, const char *axes) {
    Text text = text_new(drawer->context);
    const char *own = axes + strlen("d ") * (size_t)(PROBLEM_MAX_SPATIAL - drawer->problem->spatial);
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '@')
            text_add_string(&text, own);
        else
            text_add(&text, "%c", *pattern);
    }
    return text_string(&text);
}

/* Mostly with the lanes innermost, as vectors need it. */
static void pack_weights(Drawer *drawer) {
    static const char *const layouts[] = {"k c @", "@ c k", "k/16 @ c k%16", "c/3 k/8 @ c%3 k%8"};
    static const char *const group_layouts[] = {"g k c @", "@ c g k", "g/16 k c @ g%16", "k g/4 @ c g%4"};
    bool grouped = drawer->problem->g > 1;
    const char *layout = (grouped ? group_layouts : layouts)[draw(drawer, 0, 3)];
    long long block = (long long)drawer->block;
    if (block > 0 && !random_once_in(drawer->random, 5)) {
        bool on_groups = strcmp(drawer->lane_loop, "g") == 0;
        const char *others = on_groups ? "k" : grouped ? "g" : "";
        const char *axis = on_groups ? "g" : "k";
        layout = arena_format(drawer->context, "%s/%lld %s @ c %s%%%lld", axis, block, others, axis, block);
    }
    layout = layout_of(drawer, layout, "t r s");
    try_step(drawer, arena_format(drawer->context, "pack w as [%s] -> wp ahead", layout));
}

/* A copy of x in some order of its axes, mostly placed where it is read. */
static void pack_input(Drawer *drawer) {
    static const char *const layouts[] = {"n @ c", "n c @", "n c/4 @ c%4", "@ n c"};
    static const char *const group_layouts[] = {"n g @ c", "n @ g c", "g/2 n c @ g%2", "n @ c g"};
    const char *layout = (drawer->problem->g > 1 ? group_layouts : layouts)[draw(drawer, 0, 3)];
    if (!random_once_in(drawer->random, 4)) return;
    layout = layout_of(drawer, layout, "d h w");
    if (!try_step(drawer, arena_format(drawer->context, "pack x as [%s] -> xp", layout))) return;
    for (int tries = 0; tries < 3; tries++) {
        const char *at = draw_loop(drawer)->name, *store = draw_loop(drawer)->name;
        const char *scope = random_once_in(drawer->random, 3) ? " in stack" : "";
        const char *kept = random_once_in(drawer->random, 3) ? arena_format(drawer->context, " store %s", store) : "";
        if (try_step(drawer, arena_format(drawer->context, "place xp at %s%s%s", at, kept, scope))) return;
    }
}

/* The step, unless threads would start and end together thousands of times: on a machine with fewer cores than threads
 * each time may take milliseconds. */
static bool try_cores(Drawer *drawer, const char *line) {
    const Nest *before = drawer->nest;
    if (!try_step(drawer, line)) return false;
    if (cores_count_starts(drawer->nest->body) <= MAX_FORKS) return true;
    drawer->nest = before;
    drawer->line_count--;
    return false;
}

/* One loop, or two that hold one another. */
static void spread_over_cores(Drawer *drawer) {
    if (!random_once_in(drawer->random, 2)) return;
    for (int tries = 0; tries < 6; tries++) {
        const char *outer = draw_loop(drawer)->name, *inner = draw_loop(drawer)->name;
        if (try_cores(drawer, arena_format(drawer->context, "spatial_for %s %s on cores", outer, inner))) return;
        if (tries > 2 && try_cores(drawer, arena_format(drawer->context, "spatial_for %s on cores", outer))) return;
    }
}

static void prefetch_tensors(Drawer *drawer) {
    static const char *const tensors[] = {"x", "wp", "y"};
    for (int64_t tries = draw(drawer, 0, 4); tries > 0; tries--) {
        const char *at = draw_loop(drawer)->name, *in = draw_loop(drawer)->name;
        const char *step = arena_format(drawer->context, "prefetch %s at %s by %d", tensors[draw(drawer, 0, 2)], at,
                                        (int)draw(drawer, 1, 3));
        const char *cache = random_once_in(drawer->random, 2) ? " into l2" : "";
        if (try_step(drawer, arena_format(drawer->context, "%s in %s%s", step, in, cache))) continue;
        try_step(drawer, arena_format(drawer->context, "%s%s", step, cache));
    }
}

static void draw_steps(Drawer *drawer) {
    list_loop(drawer, drawer->nest->body);
    if (!random_once_in(drawer->random, 4)) split_lanes(drawer);
    split_others(drawer);
    fuse_loops(drawer);
    reorder_loops(drawer);
    pack_input(drawer);
    if (!random_once_in(drawer->random, 6)) try_step(drawer, "spatial_for l on lanes");
    unroll_loops(drawer);
    accumulate(drawer);
    treat_borders(drawer);
    pack_weights(drawer);
    spread_over_cores(drawer);
    prefetch_tensors(drawer);
}

/* The schedule of all lines but `left_out` (-1: of all). */
static Status parse_lines(Context *context, const Drawer *drawer, int left_out, const Schedule **out) {
    Text text = text_new(context);
    for (int i = 0; i < drawer->line_count; i++)
        if (i != left_out) text_add(&text, "%s\n", drawer->lines[i]);
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){.name = "drawn schedule", .text = text_string(&text), .length = text.length};
    return schedule_parse(context, source, out);
}

/* One attempt to build a plan, in a context of its own: there may be dozens. */
typedef struct Attempt {
    Context *context;
    const Drawer *drawer;
    int left_out;
} Attempt;

static Status attempt_body(void *data) {
    const Attempt *attempt = data;
    const Drawer *drawer = attempt->drawer;
    const Plan *plan;
    PlanRequest request = {
        .name = "drawn", .problem = drawer->problem, .target = drawer->target, .schedule_source = "drawn"};
    TRY(parse_lines(attempt->context, drawer, attempt->left_out, &request.schedule));
    return plan_build(attempt->context, &request, &plan);
}

/* Can the lines be lowered? STATUS_REFUSED when not; any other failure has its message in the drawer's context. */
static Status attempt(const Drawer *drawer, int left_out) {
    Attempt attempt = {.drawer = drawer, .left_out = left_out};
    TRY(context_new_beside(drawer->context, &attempt.context));
    Status status = context_run(attempt.context, attempt_body, &attempt);
    if (status != STATUS_OK) diag_error(drawer->context, status, "%s", diag_message(attempt.context));
    context_free(attempt.context);
    return status == STATUS_UNPROVED ? STATUS_REFUSED : status;
}

static void drop_line(Drawer *drawer, int index) {
    drawer->line_count--;
    for (int i = index; i < drawer->line_count; i++) drawer->lines[i] = drawer->lines[i + 1];
}

/* Drops the line without which the rest can be lowered; says whether there was one. */
static Status drop_culprit(Drawer *drawer, bool *done) {
    int start = (int)draw(drawer, 0, drawer->line_count - 1);
    for (int i = 0; i < drawer->line_count; i++) {
        int left_out = (start + i) % drawer->line_count;
        Status status = attempt(drawer, left_out);
        if (status != STATUS_OK && status != STATUS_REFUSED) return status;
        if (status == STATUS_REFUSED) continue;
        drop_line(drawer, left_out);
        *done = true;
        return STATUS_OK;
    }
    return STATUS_OK;
}

/* Drops as few steps as makes the rest compile; no steps always do. */
static Status make_lowerable(Drawer *drawer) {
    bool done = false;
    Status status = attempt(drawer, -1);
    while (status == STATUS_REFUSED && !done && drawer->line_count > 0) {
        TRY(drop_culprit(drawer, &done));
        if (!done) drop_line(drawer, (int)draw(drawer, 0, drawer->line_count - 1));
        status = attempt(drawer, -1);
    }
    return status;
}

static Status parse_recipe(Context *context, const char *text, const Schedule **out) {
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){.name = "drawn recipe", .text = text, .length = strlen(text)};
    return schedule_parse(context, source, out);
}

Status check_draw_schedule(Context *context, Random *random, const Problem *problem, const Target *target,
                           const Schedule **out) {
    if (random_once_in(random, 3)) return parse_recipe(context, recipes_draw(context, random, problem, target), out);
    Drawer drawer = {.context = context, .random = random, .problem = problem, .target = target, .copies = 1};
    TRY(plan_start(context, problem, &drawer.nest));
    draw_steps(&drawer);
    TRY(make_lowerable(&drawer));
    diag_clear(context);
    return parse_lines(context, &drawer, -1, out);
}
