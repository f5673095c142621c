/* SPDX-License-Identifier: Apache-2.0 */
/* Loops on cores. The tiles of a region, counted in the order of its loops, are cut into as many equal stretches as
 * there are threads (their lengths differ by at most one), and each stretch is a task:
 *
 *     NAME                 puts what is in scope into a closure, calls
 *                          septet_parallel_for(tasks, threads, NAME.task0, &closure)
 *     NAME.task0           (closure, task, worker) takes it out again, computes first and last tile, and where the
 *                          worker's part of the workspace is, calls
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

typedef struct Region {
    const Facts *facts; /* around */
    CoresRegion nest;
    int64_t tasks;
    int number; /* of the region in the kernel */
    VECTOR(Capture) captures;
    LLVMTypeRef closure; /* a struct of the captures */
    LLVMValueRef tiles_function;
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

/* A function that only this object sees. The emitter is at its start, with nothing in scope. */
static Emitter begin_inside(const Emitter *around, const Region *region, const char *name, LLVMTypeRef type) {
    Emitter inside = *around;
    size_t loops = (size_t)around->plan->nest->var_count + 1;
    function_begin(&inside, arena_format(around->context, ".%s%d", name, region->number), type, CODE_KERNEL);
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

/* One tile: the loops' values are the digits of its number. */
static void tile_emit(Emitter *inside, const void *data, LLVMValueRef tile) {
    const Region *region = data;
    const CoresRegion *nest = &region->nest;
    Facts facts[CORES_MAX_LOOPS];
    LLVMBuilderRef builder = inside->builder;
    for (int i = nest->count - 1; i >= 0; i--) {
        int id = nest->loops[i]->loop.var->id;
        LLVMValueRef extent = integer_constant(inside, nest->extent[i]),
                     first = integer_constant(inside, nest->first[i]);
        LLVMValueRef digit = i == 0 ? tile : LLVMBuildURem(builder, tile, extent, "");
        if (i > 0) tile = LLVMBuildUDiv(builder, tile, extent, "");
        inside->loop_values[id] = LLVMBuildAdd(builder, digit, first, nest->loops[i]->loop.var->name);
        inside->loop_depths[id] = i + 1;
    }
    for (int i = 0; i < nest->count; i++)
        facts[i] = facts_in_loop(i == 0 ? region->facts : &facts[i - 1], nest->loops[i]);
    inside->depth = nest->count;
    statement_emit(inside, &facts[nest->count - 1], nest->body);
}

static void emit_tiles_function(const Emitter *around, Region *region) {
    size_t count = region->captures.count;
    LLVMTypeRef *types = capture_types((Emitter *)around, region);
    types[count] = types[count + 1] = around->index;
    region->tiles_type = LLVMFunctionType(LLVMVoidTypeInContext(around->held->llvm), types, (unsigned)count + 2, false);
    Emitter inside = begin_inside(around, region, "tiles", region->tiles_type);
    region->tiles_function = inside.function;
    enter_scope(&inside, region);
    LLVMBasicBlockRef end = block_append(&inside, "end");
    const char *name = loop_block_name(&inside, region->nest.loops, region->nest.count);
    iterations_emit(&inside, name, LLVMGetParam(inside.function, (unsigned)count),
                    LLVMGetParam(inside.function, (unsigned)count + 1), end, tile_emit, region);
    finish_inside(&inside);
}

/* task * tiles / tasks, in 64 bits */
static LLVMValueRef stretch_start(Emitter *inside, const Region *region, LLVMValueRef task) {
    LLVMBuilderRef builder = inside->builder;
    LLVMValueRef wide = LLVMBuildZExtOrBitCast(builder, task, inside->i64, "");
    LLVMValueRef product = LLVMBuildMul(builder, wide, word_constant(inside, (uint64_t)region->nest.tiles), "");
    LLVMValueRef start = LLVMBuildUDiv(builder, product, word_constant(inside, (uint64_t)region->tasks), "");
    return LLVMBuildTruncOrBitCast(builder, start, inside->index, "");
}

static LLVMValueRef worker_part(Emitter *inside, const Region *region, LLVMValueRef workspace, LLVMValueRef worker) {
    int64_t bytes = worker_bytes(region->nest.body);
    if (bytes == 0) return workspace;
    LLVMValueRef offset = LLVMBuildMul(inside->builder, worker, integer_constant(inside, bytes), "");
    return LLVMBuildGEP2(inside->builder, LLVMInt8TypeInContext(inside->held->llvm), workspace, &offset, 1, "");
}

/* void NAME.task(void *closure, size_t task, size_t worker) */
static LLVMValueRef emit_task_function(const Emitter *around, const Region *region) {
    LLVMTypeRef types[] = {around->pointer, around->index, around->index};
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(around->held->llvm), types, 3, false);
    Emitter inside = begin_inside(around, region, "task", type);
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
    LLVMBuildCall2(builder, region->tiles_type, region->tiles_function, arguments, (unsigned)count + 2, "");
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

/* How many functions of tasks the module has. */
static int count_regions(const Emitter *emitter) {
    int count = 0;
    while (LLVMGetNamedFunction(emitter->module,
                                arena_format(emitter->context, "%s.task%d", emitter->plan->name, count)) != NULL)
        count++;
    return count;
}

void cores_emit(Emitter *emitter, const Facts *facts, const Stmt *loop) {
    Region region = {.facts = facts, .nest = cores_region(loop), .number = count_regions(emitter)};
    region.tasks = region.nest.tiles < emitter->plan->threads ? region.nest.tiles : emitter->plan->threads;
    capture_all(emitter, &region);
    region.closure = LLVMStructTypeInContext(emitter->held->llvm, capture_types(emitter, &region),
                                             (unsigned)region.captures.count, false);
    LLVMValueRef closure = fill_closure(emitter, &region);
    LLVMBasicBlockRef here = LLVMGetInsertBlock(emitter->builder);
    emit_tiles_function(emitter, &region);
    LLVMValueRef task = emit_task_function(emitter, &region);
    LLVMPositionBuilderAtEnd(emitter->builder, here);
    call_parallel_for(emitter, &region, task, closure);
}
