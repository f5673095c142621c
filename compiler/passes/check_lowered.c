/* SPDX-License-Identifier: Apache-2.0 */
/* check_lowered: changes nothing; refuses what the target's vectors and registers cannot do, with what to do about it.
 *
 * Each access on lanes must have stride 0 or 1 in memory from lane to lane (a store 1): others would be gathers and
 * scatters, which no target does well; and it must have it whether or not a mask holds. A mask must be linear in the
 * lane. A buffer in registers has no addresses: its indices must be constants, but for the lane. Buffers in registers
 * and on the stack together must fit on a stack: what does not fit into registers is spilled there, and each buffer has
 * its place for the whole call. What a worker needs of the workspace is bounded, too.
 *
 * Requires  unrolled loops, lanes that were sunk.
 * Ensures   lowered form (passes.h).
 * Leaves    everything. */
#include <string.h>

#include "compiler/passes/internal.h"

/* Less than what any system gives to the first thread, and glibc to the others. */
enum { MAX_STACK_BYTES = 1 << 20 };

/* More than any layer needs whose tensors a machine of today holds. */
#define MAX_WORKSPACE_BYTES ((int64_t)1 << 32)

typedef struct LoweredCheck {
    Context *context;
    const Nest *nest;
    const Facts *facts;
    const Stmt *lanes; /* around the store; NULL: none */
    Status status;     /* of the first refusal */
} LoweredCheck;

/* The tensor that a packed one is a copy of; the tensor itself when it is none. */
typedef struct SourceSearch {
    const Tensor *copy;
    const Tensor *source;
} SourceSearch;

static void take_source(void *data, const Expr *access) {
    ((SourceSearch *)data)->source = access->access.tensor;
}

static void search_source(void *data, const Stmt *stmt) {
    SourceSearch *search = data;
    if (stmt->kind == STMT_STORE && stmt->store.tensor == search->copy)
        expr_visit(stmt->store.value, take_source, search);
    stmt_visit_children(stmt, search_source, search);
}

static const Tensor *packed_from(const Nest *nest, const Tensor *tensor) {
    SourceSearch search = {.copy = tensor, .source = tensor};
    if (tensor->scope == SCOPE_PACKED && nest->ahead != NULL) search_source(&search, nest->ahead);
    return search.source;
}

/* The name of the logical axis whose index the lane walks along: "k" for an axis "k%32" too. */
static const char *lane_axis(Context *context, const Tensor *tensor, const Affine *const *index, const Var *lane) {
    for (int i = 0; i < tensor->rank; i++)
        if (affine_uses(index[i], lane))
            return arena_substring(context, tensor->axes[i].name, strcspn(tensor->axes[i].name, "/%"));
    return "it";
}

static const char *innermost_axis(Context *context, const Tensor *tensor) {
    int innermost = tensor->layout.axes[tensor->layout.rank - 1].axis;
    const char *name = tensor->axes[innermost].name;
    return arena_substring(context, name, strcspn(name, "/%"));
}

/* What the user can do about a stride. */
static const char *stride_advice(const LoweredCheck *check, const Tensor *tensor, const Affine *const *index) {
    Context *context = check->context;
    const Tensor *source = packed_from(check->nest, tensor);
    const char *axis = lane_axis(context, tensor, index, check->lanes->loop.var);
    bool is_weights = strcmp(source->name, PIPELINE_WEIGHTS) == 0;
    if (is_weights)
        return arena_format(context, "pack %s with %s innermost", source == tensor ? "it" : source->name, axis);
    return arena_format(context, "its innermost axis is %s: put loops of that on lanes",
                        innermost_axis(context, tensor));
}

static void refuse_lanes(LoweredCheck *check, const char *what, const char *advice) {
    if (check->status == STATUS_OK)
        check->status = refuse_loop(check->context, check->nest, check->lanes->loop.var, "lanes %s: %s; %s",
                                    check->lanes->loop.var->name, what, advice);
}

static void check_stride(LoweredCheck *check, const Tensor *tensor, const Affine *const *index, bool is_store) {
    Context *context = check->context;
    const Var *lane = check->lanes->loop.var;
    const Affine *offset = facts_simplify(context, check->facts, tensor_offset(context, tensor, index));
    int64_t stride = affine_coefficient(offset, lane);
    if (affine_hides(offset, lane)) {
        const char *what = arena_format(context, "lanes of one vector are not side by side in %s", tensor->name);
        refuse_lanes(check, what, "split so that a block of its layout is a multiple of the lanes");
    } else if (stride == 0 && is_store) {
        refuse_lanes(check, arena_format(context, "all lanes would write one element of %s", tensor->name),
                     "put a loop of its indices on lanes");
    } else if (stride != 0 && stride != 1) {
        const char *what = arena_format(context, "%s has stride %lld there", tensor->name, (long long)stride);
        refuse_lanes(check, what, stride_advice(check, tensor, index));
    }
}

static void check_registers(LoweredCheck *check, const Tensor *tensor, const Affine *const *index) {
    const Affine *zero = affine_constant(check->context, 0);
    for (int i = 0; i < tensor->rank && check->status == STATUS_OK; i++) {
        const Affine *rest = index[i];
        if (check->lanes != NULL) rest = affine_substitute(check->context, rest, check->lanes->loop.var, zero);
        if (affine_is_constant(rest)) continue;
        check->status = refuse_buffer(
            check->context, check->nest, tensor,
            "%s is held in registers, which have no addresses, but axis %s is walked by a loop; unroll it",
            tensor->name, tensor->axes[i].name);
    }
}

static void check_access(LoweredCheck *check, const Tensor *tensor, const Affine *const *index, bool is_store) {
    if (check->status != STATUS_OK) return;
    if (check->lanes != NULL) check_stride(check, tensor, index, is_store);
    if (tensor->scope == SCOPE_REGISTERS) check_registers(check, tensor, index);
}

static void check_read(void *data, const Expr *access) {
    check_access(data, access->access.tensor, access->access.index, false);
}

static void check_mask(LoweredCheck *check, const Stmt *guard) {
    for (int i = 0; i < guard->guard.count; i++)
        if (affine_hides(guard->guard.conds[i].expr, check->lanes->loop.var))
            refuse_lanes(check, "a guard there is not linear in the lane",
                         "fuse its loops less, or choose another loop");
}

static const Stmt *innermost_lanes(const Facts *facts) {
    for (; facts != NULL; facts = facts->outer)
        if (facts->loop != NULL && facts->loop->loop.mark == MARK_LANES) return facts->loop;
    return NULL;
}

const Stmt *passes_lane_conditions(Context *context, const Stmt *guard, const Var *lane, bool dependent) {
    if (guard == NULL) return NULL;
    Cond *conds = ARENA_ARRAY(context, Cond, (size_t)guard->guard.count);
    int count = 0;
    for (int i = 0; i < guard->guard.count; i++) {
        if (affine_uses(guard->guard.conds[i].expr, lane) == dependent) conds[count++] = guard->guard.conds[i];
    }
    return count == 0 ? NULL : stmt_guard(context, count, conds, guard->guard.body);
}

/* What holds at a store, but for its mask; `branch` is room for that. */
static const Facts *facts_without_mask(const LoweredCheck *check, const Facts *facts, Facts *branch) {
    if (check->lanes == NULL || facts->guard == NULL) return facts;
    const Stmt *guard = passes_lane_conditions(check->context, facts->guard, check->lanes->loop.var, false);
    if (guard == NULL) return facts->outer;
    *branch = facts_in_guard(facts->outer, guard);
    return branch;
}

static const Stmt *check_node(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    LoweredCheck *check = data;
    (void)context;
    check->lanes = innermost_lanes(facts);
    if (stmt->kind == STMT_IF && check->lanes != NULL) check_mask(check, stmt);
    if (stmt->kind == STMT_STORE) {
        Facts branch;
        check->facts = facts_without_mask(check, facts, &branch);
        check_access(check, stmt->store.tensor, stmt->store.index, true);
        expr_visit(stmt->store.value, check_read, check);
    }
    return stmt;
}

typedef struct StackSum {
    int64_t bytes;
    const Tensor *largest; /* NULL: none */
} StackSum;

static int64_t stack_bytes(const Tensor *tensor) {
    bool is_there = tensor->scope == SCOPE_REGISTERS || tensor->scope == SCOPE_TILE || tensor->scope == SCOPE_STACK;
    return is_there ? tensor_elements(tensor) * (int64_t)type_bytes(tensor->type) : 0;
}

/* Sums stop growing when they are too large, so that none overflows. */
static void add_stack(void *data, const Stmt *stmt) {
    StackSum *sum = data;
    if (stmt->kind == STMT_ALLOC && sum->bytes <= MAX_STACK_BYTES) {
        const Tensor *tensor = stmt->alloc.tensor;
        if (sum->largest == NULL || stack_bytes(tensor) > stack_bytes(sum->largest)) sum->largest = tensor;
        sum->bytes += stack_bytes(tensor);
    }
    stmt_visit_children(stmt, add_stack, data);
}

static void check_stack(LoweredCheck *check, const Stmt *part) {
    StackSum sum = {0};
    add_stack(&sum, part);
    if (check->status != STATUS_OK || sum.bytes <= MAX_STACK_BYTES) return;
    check->status = refuse_buffer(
        check->context, check->nest, sum.largest,
        "%s takes %lld bytes of the stack, and all buffers there may take %d; accumulate at a loop further inside",
        sum.largest->name, (long long)stack_bytes(sum.largest), MAX_STACK_BYTES);
}

/* The most that lives in the workspace at the same time. */
typedef struct WorkspaceSum {
    double bytes, largest; /* now; at any time */
    const Tensor *tensor;  /* the largest one; NULL: none */
} WorkspaceSum;

static void enter_workspace(WorkspaceSum *sum, const Tensor *tensor) {
    if (tensor->scope != SCOPE_WORKSPACE) return;
    if (sum->tensor == NULL || tensor_bytes(tensor) > tensor_bytes(sum->tensor)) sum->tensor = tensor;
    sum->bytes += (double)tensor_bytes(tensor);
    if (sum->bytes > sum->largest) sum->largest = sum->bytes;
}

static void add_workspace(void *data, const Stmt *stmt) {
    WorkspaceSum *sum = data;
    double outer = sum->bytes;
    if (stmt->kind == STMT_ALLOC) enter_workspace(sum, stmt->alloc.tensor);
    stmt_visit_children(stmt, add_workspace, data);
    sum->bytes = outer;
}

static void check_workspace(LoweredCheck *check) {
    WorkspaceSum sum = {.tensor = NULL};
    for (int i = 0; i < check->nest->tensor_count; i++) enter_workspace(&sum, check->nest->tensors[i]);
    add_workspace(&sum, check->nest->body);
    if (check->status != STATUS_OK || sum.largest <= (double)MAX_WORKSPACE_BYTES) return;
    check->status = refuse_buffer(check->context, check->nest, sum.tensor,
                                  "%s takes %lld bytes of the workspace, and all buffers there would take %.0f and may "
                                  "take %lld; place it further "
                                  "inside",
                                  sum.tensor->name, (long long)tensor_bytes(sum.tensor), sum.largest,
                                  (long long)MAX_WORKSPACE_BYTES);
}

Status check_lowered(Context *context, const Nest *nest, const Target *target, const Nest **out) {
    (void)target;
    LoweredCheck check = {.context = context, .nest = nest};
    check_stack(&check, nest->body);
    if (nest->ahead != NULL) check_stack(&check, nest->ahead);
    check_workspace(&check);
    stmt_rewrite_with_facts(context, NULL, nest->body, check_node, &check);
    if (nest->ahead != NULL && check.status == STATUS_OK)
        stmt_rewrite_with_facts(context, NULL, nest->ahead, check_node, &check);
    *out = nest;
    return check.status;
}
