/* SPDX-License-Identifier: Apache-2.0 */
/* Loops on cores. The tiles of a region, counted in the order of its loops, are cut into as many equal stretches as
 * there are threads (their lengths differ by at most one), and each stretch is a task. Regions that follow one another
 * and keep apart, such as the copies of a loop that was cut into tiles, are counted through and share the tasks:
 * threads start once, and what is left over in one is made up for in the next.
 *
 *     NAME                 puts what is in scope into a closure, calls
 *                          septet_parallel_for(tasks, threads, NAME.task0, &closure)
 *     NAME.task0           (closure, task, worker) takes it out again, computes first and last tile, and where the
 *                          worker's part of the workspace is, calls for each region that has some of them
 *     NAME.tiles0          (buffers, workspace, loops around, first, last) runs the tiles. It is a function of its own
 *                          so that its parameters can say which buffers overlap no other, as those of NAME do.
 */
#include <string.h>

#include "compiler/llvm/internal.h"
#include "ir/nest_cores.h"

/* What the region needs of the function around. */
typedef struct Capture {
    LLVMValueRef value; /* in the function around, then in the one inside */
    const Buffer *buffer;
    const Var *loop; /* both NULL: the workspace */
} Capture;

/* A region, and the function that runs its tiles. */
typedef struct Part {
    CoresRegion nest;
    LLVMValueRef function;
} Part;

/* Regions that share tasks. */
typedef struct Region {
    const Facts *facts; /* around */
    Part *parts;
    int part_count;
    int64_t tiles, tasks;
    VECTOR(Capture) captures;
    LLVMTypeRef closure; /* a struct of the captures */
    LLVMTypeRef tiles_type;
} Region;

static void capture_all(Emitter *emitter, Region *region) {
    Context *context = emitter->context;
    for (const Buffer *buffer = emitter->buffers; buffer != NULL; buffer = buffer->outer) {
        Capture capture = {.value = buffer->base, .buffer = buffer};
        VECTOR_PUSH(context, &region->captures, capture);
    }
    Capture workspace = {.value = byte_offset(emitter, emitter->workspace, emitter->workspace_used)};
    VECTOR_PUSH(context, &region->captures, workspace);
    for (const Facts *facts = region->facts; facts != NULL; facts = facts->outer) {
        if (facts->loop == NULL) continue;
        Capture loop = {.value = emitter->loop_values[facts->loop->loop.var->id], .loop = facts->loop->loop.var};
        VECTOR_PUSH(context, &region->captures, loop);
    }
}

/* The types of the captures, and behind them room for two more. */
static LLVMTypeRef *capture_types(Emitter *emitter, const Region *region) {
    LLVMTypeRef *types = ARENA_ARRAY(emitter->context, LLVMTypeRef, region->captures.count + 2);
    for (size_t i = 0; i < region->captures.count; i++) types[i] = LLVMTypeOf(region->captures.items[i].value);
    return types;
}

static bool may_alias(const Plan *plan, const Tensor *tensor) {
    Parameter parameters[KERNEL_MAX_PARAMETERS];
    int count = kernel_parameters(plan, parameters);
    for (int i = 0; i < count; i++)
        if (parameters[i].tensor != NULL && strcmp(parameters[i].tensor, tensor->name) == 0)
            return parameters[i].may_alias;
    return false;
}

static const char *numbered(const Emitter *emitter, const char *name, int number) {
    return arena_format(emitter->context, ".%s%d", name, number);
}

/* How many functions of that name the module has. */
static int count_functions(const Emitter *emitter, const char *name) {
    int count = 0;
    while (LLVMGetNamedFunction(emitter->module, arena_format(emitter->context, "%s%s", emitter->plan->name,
                                                              numbered(emitter, name, count))) != NULL)
        count++;
    return count;
}

/* A function that only this object sees. The emitter is at its start, with nothing in scope. */
static Emitter begin_inside(const Emitter *around, const char *name, LLVMTypeRef type) {
    Emitter inside = *around;
    size_t loops = (size_t)around->plan->nest->var_count + 1;
    function_begin(&inside, numbered(around, name, count_functions(around, name)), type, CODE_KERNEL);
    LLVMSetLinkage(inside.function, LLVMInternalLinkage);
    inside.loop_values = ARENA_ARRAY(around->context, LLVMValueRef, loops);
    inside.loop_depths = ARENA_ARRAY(around->context, int, loops);
    inside.depth = 0;
    inside.addresses = (AddressCache){.block = NULL};
    inside.step = (StepSums){.block = NULL};
    inside.workspace_used = 0;
    return inside;
}

static void finish_inside(Emitter *inside) {
    LLVMBuildRetVoid(inside->builder);
    function_finish(inside);
}

/* The parameters of NAME.tiles take the places of what was captured, the innermost buffer in front as before. */
static void enter_scope(Emitter *inside, const Region *region) {
    for (size_t i = region->captures.count; i-- > 0;) {
        const Capture *capture = &region->captures.items[i];
        LLVMValueRef parameter = LLVMGetParam(inside->function, (unsigned)i);
        if (capture->loop != NULL) {
            bool constant = LLVMIsConstant(capture->value);
            inside->loop_values[capture->loop->id] = constant ? capture->value : parameter;
            continue;
        }
        if (capture->buffer == NULL) inside->workspace = parameter;
        if (capture->buffer != NULL) buffer_add(inside, capture->buffer->tensor, parameter, capture->buffer->alignment);
        if (capture->buffer == NULL || !may_alias(inside->plan, capture->buffer->tensor))
            parameter_attribute(inside, (int)i, "noalias");
    }
}

/* A region where its tiles are emitted. */
typedef struct TilePlace {
    const Facts *facts;
    const CoresRegion *nest;
} TilePlace;

/* One tile: the loops' values are the digits of its number. */
static void tile_emit(Emitter *inside, const void *data, LLVMValueRef tile) {
    const TilePlace *place = data;
    const CoresRegion *nest = place->nest;
    Facts facts[CORES_MAX_LOOPS];
    LLVMBuilderRef builder = inside->builder;
    for (int i = nest->count - 1; i >= 0; i--) {
        int id = nest->loops[i]->loop.var->id;
        LLVMValueRef extent = integer_constant(inside, nest->extent[i]),
                     first = integer_constant(inside, nest->first[i]);
        LLVMValueRef digit = i == 0 ? tile : LLVMBuildURem(builder, tile, extent, "");
        if (i > 0) tile = LLVMBuildUDiv(builder, tile, extent, "");
        const char *name = nest->loops[i]->loop.var->name;
        inside->loop_values[id] = nest->extent[i] == 1 ? first : LLVMBuildAdd(builder, digit, first, name);
        inside->loop_depths[id] = i + 1;
    }
    for (int i = 0; i < nest->count; i++)
        facts[i] = facts_in_loop(i == 0 ? place->facts : &facts[i - 1], nest->loops[i]);
    inside->depth = nest->count;
    statement_emit(inside, &facts[nest->count - 1], nest->body);
}

static void set_tiles_type(Emitter *around, Region *region) {
    size_t count = region->captures.count;
    LLVMTypeRef *types = capture_types(around, region);
    types[count] = types[count + 1] = around->index;
    region->tiles_type = LLVMFunctionType(LLVMVoidTypeInContext(around->held->llvm), types, (unsigned)count + 2, false);
}

static void emit_tiles_function(const Emitter *around, const Region *region, Part *part) {
    const TilePlace place = {region->facts, &part->nest};
    unsigned count = (unsigned)region->captures.count;
    Emitter inside = begin_inside(around, "tiles", region->tiles_type);
    part->function = inside.function;
    enter_scope(&inside, region);
    LLVMBasicBlockRef end = block_append(&inside, "end");
    const char *name = loop_block_name(&inside, part->nest.loops, part->nest.count);
    iterations_emit(&inside, name, LLVMGetParam(inside.function, count), LLVMGetParam(inside.function, count + 1), end,
                    tile_emit, &place);
    finish_inside(&inside);
}

/* task * tiles / tasks, in 64 bits */
static LLVMValueRef stretch_start(Emitter *inside, const Region *region, LLVMValueRef task) {
    LLVMBuilderRef builder = inside->builder;
    LLVMValueRef wide = LLVMBuildZExtOrBitCast(builder, task, inside->i64, "");
    LLVMValueRef product = LLVMBuildMul(builder, wide, word_constant(inside, (uint64_t)region->tiles), "");
    LLVMValueRef start = LLVMBuildUDiv(builder, product, word_constant(inside, (uint64_t)region->tasks), "");
    return LLVMBuildTruncOrBitCast(builder, start, inside->index, "");
}

static LLVMValueRef worker_part(Emitter *inside, const Region *region, LLVMValueRef workspace, LLVMValueRef worker) {
    int64_t bytes = 0;
    for (int i = 0; i < region->part_count; i++) bytes = integer_max(bytes, worker_bytes(region->parts[i].nest.body));
    if (bytes == 0) return workspace;
    LLVMValueRef offset = LLVMBuildMul(inside->builder, worker, integer_constant(inside, bytes), "");
    return LLVMBuildGEP2(inside->builder, LLVMInt8TypeInContext(inside->held->llvm), workspace, &offset, 1, "");
}

static LLVMValueRef limit(Emitter *inside, LLVMIntPredicate keep, LLVMValueRef value, int64_t bound) {
    LLVMValueRef other = integer_constant(inside, bound);
    return LLVMBuildSelect(inside->builder, LLVMBuildICmp(inside->builder, keep, value, other, ""), value, other, "");
}

/* Calls the functions of the regions with their parts of the stretch between the last two arguments. */
static void call_parts(Emitter *inside, const Region *region, LLVMValueRef *arguments) {
    LLVMBuilderRef builder = inside->builder;
    unsigned count = (unsigned)region->captures.count;
    LLVMValueRef first = arguments[count], last = arguments[count + 1];
    int64_t before = 0;
    for (int i = 0; i < region->part_count; i++) {
        const Part *part = &region->parts[i];
        LLVMValueRef offset = integer_constant(inside, before);
        arguments[count] = limit(inside, LLVMIntSGT, LLVMBuildSub(builder, first, offset, ""), 0);
        arguments[count + 1] = limit(inside, LLVMIntSLT, LLVMBuildSub(builder, last, offset, ""), part->nest.tiles);
        LLVMValueRef has_tiles = LLVMBuildICmp(builder, LLVMIntSLT, arguments[count], arguments[count + 1], "");
        LLVMBasicBlockRef end = branch_begin(inside, has_tiles);
        LLVMBuildCall2(builder, region->tiles_type, part->function, arguments, count + 2, "");
        branch_end(inside, end);
        before += part->nest.tiles;
    }
}

/* void NAME.task(void *closure, size_t task, size_t worker) */
static LLVMValueRef emit_task_function(const Emitter *around, const Region *region) {
    LLVMTypeRef types[] = {around->pointer, around->index, around->index};
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(around->held->llvm), types, 3, false);
    Emitter inside = begin_inside(around, "task", type);
    LLVMBuilderRef builder = inside.builder;
    LLVMValueRef closure = LLVMGetParam(inside.function, 0), task = LLVMGetParam(inside.function, 1);
    size_t count = region->captures.count;
    LLVMValueRef *arguments = ARENA_ARRAY(around->context, LLVMValueRef, count + 2);
    for (size_t i = 0; i < count; i++) {
        const Capture *capture = &region->captures.items[i];
        LLVMValueRef place = LLVMBuildStructGEP2(builder, region->closure, closure, (unsigned)i, "");
        arguments[i] = LLVMBuildLoad2(builder, LLVMTypeOf(capture->value), place, "");
        if (capture->buffer == NULL && capture->loop == NULL)
            arguments[i] = worker_part(&inside, region, arguments[i], LLVMGetParam(inside.function, 2));
    }
    LLVMValueRef next = LLVMBuildAdd(builder, task, integer_constant(&inside, 1), "");
    arguments[count] = stretch_start(&inside, region, task);
    arguments[count + 1] = stretch_start(&inside, region, next);
    if (region->part_count == 1) { /* each task has tiles */
        LLVMBuildCall2(builder, region->tiles_type, region->parts[0].function, arguments, (unsigned)count + 2, "");
    } else {
        call_parts(&inside, region, arguments);
    }
    finish_inside(&inside);
    return inside.function;
}

static LLVMValueRef fill_closure(Emitter *emitter, const Region *region) {
    LLVMBasicBlockRef here = LLVMGetInsertBlock(emitter->builder);
    LLVMPositionBuilderAtEnd(emitter->builder, emitter->entry);
    LLVMValueRef closure = LLVMBuildAlloca(emitter->builder, region->closure, "closure");
    LLVMPositionBuilderAtEnd(emitter->builder, here);
    for (size_t i = 0; i < region->captures.count; i++) {
        LLVMValueRef place = LLVMBuildStructGEP2(emitter->builder, region->closure, closure, (unsigned)i, "");
        LLVMBuildStore(emitter->builder, region->captures.items[i].value, place);
    }
    return closure;
}

static void call_parallel_for(Emitter *emitter, const Region *region, LLVMValueRef task, LLVMValueRef closure) {
    LLVMTypeRef types[] = {emitter->index, emitter->index, emitter->pointer, emitter->pointer};
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(emitter->held->llvm), types, 4, false);
    LLVMValueRef function = LLVMGetNamedFunction(emitter->module, "septet_parallel_for");
    if (function == NULL) function = LLVMAddFunction(emitter->module, "septet_parallel_for", type);
    LLVMValueRef arguments[] = {integer_constant(emitter, region->tasks),
                                integer_constant(emitter, emitter->plan->threads), task, closure};
    LLVMBuildCall2(emitter->builder, type, function, arguments, 4, "");
}

static void describe_parts(Region *region, const Stmt *const *loops) {
    for (int i = 0; i < region->part_count; i++) {
        region->parts[i] = (Part){.nest = cores_region(loops[i])};
        region->tiles += region->parts[i].nest.tiles;
    }
}

static void regions_emit(Emitter *emitter, const Facts *facts, const Stmt *const *loops, int count) {
    Region region = {.facts = facts, .parts = ARENA_ARRAY(emitter->context, Part, (size_t)count), .part_count = count};
    describe_parts(&region, loops);
    region.tasks = integer_min(region.tiles, emitter->plan->threads);
    capture_all(emitter, &region);
    region.closure = LLVMStructTypeInContext(emitter->held->llvm, capture_types(emitter, &region),
                                             (unsigned)region.captures.count, false);
    LLVMValueRef closure = fill_closure(emitter, &region);
    LLVMBasicBlockRef here = LLVMGetInsertBlock(emitter->builder);
    set_tiles_type(emitter, &region);
    for (int i = 0; i < count; i++) emit_tiles_function(emitter, &region, &region.parts[i]);
    LLVMValueRef task = emit_task_function(emitter, &region);
    LLVMPositionBuilderAtEnd(emitter->builder, here);
    call_parallel_for(emitter, &region, task, closure);
}

/* Is statement `next` a region that keeps apart from each of the `count` before it? */
static bool joins(const Emitter *emitter, const Facts *facts, const Stmt *const *regions, int count, const Stmt *next) {
    if (!stmt_is_on_cores(next)) return false;
    for (int i = 0; i < count; i++)
        if (!cores_are_apart(emitter->context, emitter->plan->nest, facts, regions[i], next)) return false;
    return true;
}

int cores_emit(Emitter *emitter, const Facts *facts, const Stmt *const *stmts, int count) {
    if (emitter->plan->threads <= 1 || !stmt_is_on_cores(stmts[0])) return 0;
    int64_t tiles = cores_region(stmts[0]).tiles;
    int joined = 1;
    for (; joined < count && joins(emitter, facts, stmts, joined, stmts[joined]); joined++)
        tiles += cores_region(stmts[joined]).tiles;
    if (tiles <= 1) return 0;
    regions_emit(emitter, facts, stmts, joined);
    return joined;
}
