/* SPDX-License-Identifier: Apache-2.0 */
/* pack T as [axes] -> name [ahead]: a stage of its own copies T into another layout, and all reads of T read the copy.
 *
 * An axis "k/16%2" is the piece (k div 16) mod 2 of T's index k; the pieces of one index must be its digits in some
 * mixed radix, so that each element has one place. Blocks are filled up with zeros: "k%32" always has 32 elements.
 *
 * With `ahead` T is the weights, and they are copied once, by NAME_pack. Without, T is copied whenever the kernel runs,
 * to workspace, in front of all that reads it; `place` then moves that to where it is read. Such a copy of a padded
 * tensor holds the padding, zeros, as far as it is read (pack_padding.c), so that sums need no guards:
 *
 *     for r, s: if (0 <= p + r - 1 < 56 && …) y += x[n, c, p + r - 1, …] * w[…]
 *     becomes     for …, h 58, …: { xp = 0; if (1 <= h < 57 && …) xp = x[…, h - 1, …] }
 *                 for r, s: y += xp[n, p + r, …, c] * w[…]
 *
 * The result is packed the other way round: it is computed in the copy's layout, in workspace, and copied to where the
 * caller wants it behind all else. */
#include <stdlib.h>
#include <string.h>

#include "compiler/schedule/pack.h"
#include "compiler/schedule/producer.h"
#include "ir/range.h"

/* A piece of an index: (index div divisor) mod modulus; modulus 0 = none. */
typedef struct Piece {
    int64_t divisor, modulus;
} Piece;

typedef struct Pack {
    const Tensor *from;
    Tensor *to;
    int source[TENSOR_MAX_RANK]; /* axis of `from` that each axis of `to` is a piece of */
    Piece pieces[TENSOR_MAX_RANK];
    Range range[TENSOR_MAX_RANK]; /* indices of `from` that are copied */
    bool is_wider;                /* than `from`: some of them lie outside of it, or a block is filled up */
    bool is_result;               /* `from` is computed in `to` */
} Pack;

static Status read_piece(const Application *application, const PackAxis *axis, Piece *out) {
    *out = (Piece){.divisor = 1};
    for (int i = 0; i < axis->op_count; i++) {
        int64_t d = axis->ops[i].divisor;
        bool fits = out->modulus == 0 || out->modulus % d == 0;
        if (!fits) return refuse(application, axis->offset, "%lld does not divide the block before it", (long long)d);
        if (axis->ops[i].modulo) {
            out->modulus = d;
        } else {
            out->divisor *= d;
            out->modulus /= d;
        }
        if (out->divisor > INT32_MAX) return refuse(application, axis->offset, "the blocks are too large");
    }
    return STATUS_OK;
}

static const char *piece_name(Context *context, const PackAxis *axis) {
    const char *name = axis->name;
    for (int i = 0; i < axis->op_count; i++)
        name =
            arena_format(context, "%s%c%lld", name, axis->ops[i].modulo ? '%' : '/', (long long)axis->ops[i].divisor);
    return name;
}

/* A digit of axis `source`; "k%1", which a recipe writes for vectors of one lane, is always 0 and says nothing. */
static bool is_digit(const Pack *pack, int piece, int source) {
    return pack->source[piece] == source && pack->pieces[piece].modulus != 1;
}

/* Are the pieces of axis `source` digits that name each index once? Digits go up from divisor 1, each starting where
 * the one below ends. */
static Status check_digits(const Application *application, const Pack *pack, int source) {
    const char *name = pack->from->axes[source].name;
    int64_t next = 1;
    for (int used = 0;; used++) {
        int found = -1;
        for (int i = 0; i < pack->to->rank; i++)
            if (is_digit(pack, i, source) && pack->pieces[i].divisor == next) found = i;
        if (found < 0)
            return refuse(application, application->step->offset,
                          "the axes of '%s' do not give each element one place; write %s, or %s/b … %s%%b", name, name,
                          name, name);
        if (pack->pieces[found].modulus != 0) {
            next *= pack->pieces[found].modulus;
            continue;
        }
        int pieces = 0;
        for (int i = 0; i < pack->to->rank; i++) pieces += is_digit(pack, i, source);
        if (pieces == used + 1) return STATUS_OK;
        return refuse(application, application->step->offset, "the axes of '%s' store elements twice", name);
    }
}

static Status read_axes(const Application *application, Pack *pack) {
    const Step *step = application->step;
    if (step->axis_count > TENSOR_MAX_RANK)
        return refuse(application, step->offset, "a layout has at most %d axes", TENSOR_MAX_RANK);
    pack->to->rank = step->axis_count;
    for (int i = 0; i < step->axis_count; i++) {
        const PackAxis *axis = &step->axes[i];
        int source = tensor_find_axis(pack->from, axis->name);
        if (source < 0)
            return refuse(application, axis->offset, "tensor %s has no axis '%s'", pack->from->name, axis->name);
        TRY(read_piece(application, axis, &pack->pieces[i]));
        pack->source[i] = source;
        int64_t extent = pack->range[source].last - pack->range[source].first + 1;
        int64_t d = pack->pieces[i].divisor, m = pack->pieces[i].modulus;
        pack->to->axes[i] = (Axis){piece_name(application->context, axis), m > 0 ? m : (extent + d - 1) / d};
    }
    for (int i = 0; i < pack->from->rank; i++) TRY(check_digits(application, pack, i));
    pack->to->layout = layout_identity(pack->to->rank);
    if (tensor_elements(pack->to) > RANGE_LIMIT)
        return refuse(application, step->offset, "the packed tensor would be larger than 2^48 elements");
    return STATUS_OK;
}

/* Where the copy has the element of T at `index`. */
static void packed_index(const Pack *pack, Context *context, const Affine *const *index, const Affine **out) {
    for (int i = 0; i < pack->to->rank; i++) {
        int source = pack->source[i];
        const Affine *position = affine_offset(context, index[source], -pack->range[source].first);
        const Affine *digit = affine_div(context, position, pack->pieces[i].divisor);
        out[i] = pack->pieces[i].modulus > 0 ? affine_mod(context, digit, pack->pieces[i].modulus) : digit;
    }
}

static const Expr *read_packed(void *data, Context *context, const Expr *leaf) {
    const Pack *pack = data;
    if (leaf->kind != EXPR_ACCESS || leaf->access.tensor != pack->from) return leaf;
    const Affine *index[TENSOR_MAX_RANK];
    packed_index(pack, context, leaf->access.index, index);
    return expr_access(context, pack->to, index);
}

/* A store that reads and writes the copy in place of T. */
static const Stmt *use_packed(void *data, Context *context, const Stmt *stmt) {
    const Pack *pack = data;
    const Affine *index[TENSOR_MAX_RANK];
    if (stmt->kind != STMT_STORE) return stmt;
    const Expr *value = expr_rewrite(context, stmt->store.value, read_packed, data);
    if (stmt->store.tensor == pack->from) {
        packed_index(pack, context, stmt->store.index, index);
        return stmt_store(context, pack->to, index, stmt->store.add, value);
    }
    if (value == stmt->store.value) return stmt;
    return stmt_store(context, stmt->store.tensor, stmt->store.index, stmt->store.add, value);
}

/* for axes of the copy { [copy = 0; if (inside T)] copy = T }; of a result, { [if (inside T)] T = copy } */
static const Stmt *make_copy(Context *context, Nest *nest, const Pack *pack) {
    const Affine *to[TENSOR_MAX_RANK] = {0}, *from[TENSOR_MAX_RANK] = {0};
    const Var *vars[TENSOR_MAX_RANK] = {0};
    for (int i = 0; i < pack->from->rank; i++) from[i] = affine_constant(context, pack->range[i].first);
    for (int i = 0; i < pack->to->rank; i++) {
        const char *axis = pack->from->axes[pack->source[i]].name;
        vars[i] = nest_new_var(context, nest, arena_format(context, "%s_%d", axis, i), pack->to->name, false);
        to[i] = affine_variable(context, vars[i]);
        const Affine *digit = affine_scale(context, to[i], pack->pieces[i].divisor);
        from[pack->source[i]] = affine_add(context, from[pack->source[i]], digit);
    }
    CondList inside = {0};
    for (int i = 0; i < pack->from->rank; i++) {
        const Affine *end = affine_constant(context, pack->from->axes[i].extent - 1);
        Cond low = {.expr = from[i]}, high = {.expr = affine_subtract(context, end, from[i])};
        VECTOR_PUSH(context, &inside, low);
        VECTOR_PUSH(context, &inside, high);
    }
    const Stmt *copy = pack->is_result
                           ? stmt_store(context, pack->from, from, false, expr_access(context, pack->to, to))
                           : stmt_store(context, pack->to, to, false, expr_access(context, pack->from, from));
    const Stmt *guarded = stmt_guard(context, (int)inside.count, inside.items, copy);
    const Stmt *items[] = {stmt_store(context, pack->to, to, false, expr_number(context, 0)), guarded};
    const Stmt *wider = pack->is_result ? guarded : stmt_block(context, 2, items);
    const Stmt *body = pack->is_wider ? wider : copy;
    for (int i = pack->to->rank - 1; i >= 0; i--) {
        Bound end = bound_constant(context, pack->to->axes[i].extent);
        body = stmt_loop(context, vars[i], bound_constant(context, 0), end, MARK_NONE, 0, body);
    }
    return body;
}

static Status check_ahead(const Application *application, const Tensor *from) {
    const Step *step = application->step;
    if (strcmp(from->name, PIPELINE_WEIGHTS) != 0 || from->scope != SCOPE_ARGUMENT)
        return refuse(application, step->offset, "only the weights, tensor %s, are known ahead", PIPELINE_WEIGHTS);
    for (int i = 0; i < application->nest->tensor_count; i++)
        if (application->nest->tensors[i]->scope == SCOPE_PACKED)
            return refuse(application, step->offset, "%s is packed already, as %s", step->tensor,
                          application->nest->tensors[i]->name);
    return STATUS_OK;
}

static Status check_packable(const Application *application, const Tensor *from) {
    const Step *step = application->step;
    if (from == NULL) return refuse(application, step->offset, "there is no tensor '%s'", step->tensor);
    if (nest_find_tensor(application->nest, step->names[0]) != NULL)
        return refuse(application, step->offset, "there is a tensor '%s' already", step->names[0]);
    if (step->ahead) return check_ahead(application, from);
    if (!nest_lists(application->nest, from))
        return refuse(application, step->offset, "%s has a place inside the loops already; pack it before", from->name);
    return STATUS_OK;
}

/* Reads the layout for the ranges at hand. */
static Status make_layout(const Application *application, Pack *pack) {
    TRY(read_axes(application, pack));
    int64_t elements = 1;
    for (int i = 0; i < pack->from->rank; i++) elements *= pack->from->axes[i].extent;
    pack->is_wider = tensor_elements(pack->to) != elements;
    return STATUS_OK;
}

static void take_whole_ranges(Pack *pack) {
    for (int i = 0; i < pack->from->rank; i++) pack->range[i] = (Range){0, pack->from->axes[i].extent - 1};
}

static Status pack_ahead(const Application *application, Pack *pack, const Nest **out) {
    Context *context = application->context;
    take_whole_ranges(pack);
    TRY(make_layout(application, pack));
    Nest *nest = nest_copy(context, application->nest);
    nest_add_tensor(context, nest, pack->to);
    const Stmt *parts[] = {nest->ahead, make_copy(context, nest, pack)};
    nest->ahead = nest->ahead == NULL ? parts[1] : stmt_block(context, 2, parts);
    nest->body = stmt_rewrite(context, nest->body, use_packed, pack);
    *out = nest_simplify(context, nest);
    return STATUS_OK;
}

/* The copy goes in front of the first statement that reads the tensor, behind those that compute it, which are left as
 * they are. */
static Status pack_when_run(const Application *application, Pack *pack, const Nest **out) {
    Context *context = application->context;
    const Stmt *body = pack_drop_guards(context, application->nest->body, pack->from), *copy = NULL;
    StmtList items = {0}, parts = {0};
    take_whole_ranges(pack);
    if (pack->from->padded) TRY(pack_find_ranges(application, body, pack->from, pack->range));
    TRY(make_layout(application, pack));
    Nest *nest = nest_copy(context, application->nest);
    nest_add_tensor(context, nest, pack->to);
    nest->multiplies_padding = nest->multiplies_padding || body != application->nest->body;
    stmt_flatten(context, body, &items);
    for (size_t i = 0; i < items.count; i++) {
        const Stmt *item = items.items[i];
        bool is_reader = find_reader(item, pack->from) != NULL && !stores_to(context, item, pack->from);
        if (is_reader && copy == NULL) {
            copy = make_copy(context, nest, pack);
            VECTOR_PUSH(context, &parts, copy);
        }
        if (is_reader) item = stmt_rewrite(context, item, use_packed, pack);
        VECTOR_PUSH(context, &parts, item);
    }
    if (copy == NULL)
        return refuse(application, application->step->offset, "no other stage reads %s when the kernel runs",
                      pack->from->name);
    nest->body = stmt_block(context, (int)parts.count, parts.items);
    *out = nest_simplify(context, nest);
    return STATUS_OK;
}

static bool fills_blocks(const Application *application) {
    StmtList loops = {0};
    bool found = false;
    collect_loops(application->context, application->nest->body, &loops);
    for (size_t i = 0; i < loops.count; i++)
        found |= strstr(loops.items[i]->loop.var->stage, NEST_FILLING_SUFFIX) != NULL;
    return found;
}

static Status pack_result(const Application *application, Pack *pack, const Nest **out) {
    Context *context = application->context;
    if (fills_blocks(application))
        return refuse(application, application->step->offset, "%s has a block that is filled up", pack->from->name);
    take_whole_ranges(pack);
    TRY(make_layout(application, pack));
    Nest *nest = nest_copy(context, application->nest);
    nest_add_tensor(context, nest, pack->to);
    const Stmt *parts[] = {stmt_rewrite(context, nest->body, use_packed, pack), make_copy(context, nest, pack)};
    nest->body = stmt_block(context, 2, parts);
    *out = nest_simplify(context, nest);
    return STATUS_OK;
}

Status schedule_pack(const Application *application, const Nest **out) {
    const Step *step = application->step;
    const Tensor *from = nest_find_tensor(application->nest, step->tensor);
    TRY(check_packable(application, from));
    Tensor *to = ARENA_NEW(application->context, Tensor);
    *to = (Tensor){.name = step->names[0], .type = from->type, .scope = step->ahead ? SCOPE_PACKED : SCOPE_WORKSPACE};
    Pack pack = {.from = from, .to = to};
    const Stage *stage = pipeline_find_stage(application->nest->pipeline, from->name);
    pack.is_result = from->scope == SCOPE_ARGUMENT && stage != NULL;
    if (step->ahead) return pack_ahead(application, &pack, out);
    return pack.is_result ? pack_result(application, &pack, out) : pack_when_run(application, &pack, out);
}
