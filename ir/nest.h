/* SPDX-License-Identifier: Apache-2.0 */
/* The loop nest: an immutable tree of statements. The nest of a pipeline is its obvious one; schedule steps and passes
 * rewrite it, and every state prints, verifies and interprets.
 *
 * A reduction is one node with three children that share their loops' names and marks:
 *     init    runs before the first iteration of all reduction loops:   acc = start value
 *     update  the reduction loops and what is inside:                   acc += term
 *     finish  runs after the last:                                      y = epilogue(acc)
 * init and finish are nests of their own over the spatial loops that lie inside the outermost reduction loop. */
#ifndef SEPTET_IR_NEST_H
#define SEPTET_IR_NEST_H

#include "ir/cond.h"
#include "ir/expr.h"
#include "ir/pipeline.h"

/* How the iterations of a loop run. MARKS(identifier, word in a nest) */
#define MARKS(X)                                                                                                       \
    X(NONE, for)      /* one after the other */                                                                        \
    X(UNROLL, unroll) /* one after the other, the body replicated when lowering */                                     \
    X(LANES, lanes)   /* at the same time on the lanes of a vector */                                                  \
    X(TILE, tile)     /* at the same time on a matrix unit */                                                          \
    X(CORES, cores)   /* at the same time on threads */

typedef enum Mark {
#define MARK_ENUM(id, word) MARK_##id,
    MARKS(MARK_ENUM)
#undef MARK_ENUM
} Mark;

enum { BOUND_MAX_TERMS = 4 };

/* The largest (lower bounds) or the smallest (upper bounds, exclusive) of its terms. */
typedef struct Bound {
    int count; /* >= 1 */
    const Affine *terms[BOUND_MAX_TERMS];
} Bound;

typedef enum StmtKind {
    STMT_FOR,   /* iterations lower <= var < upper, in order unless the mark says otherwise; none when lower >= upper */
    STMT_IF,    /* body when all conditions hold */
    STMT_BLOCK, /* one after the other; an empty block does nothing */
    STMT_REDUCE,  /* init, then update, then finish */
    STMT_ALLOC,   /* a buffer that lives while body runs; its elements start undefined */
    STMT_STORE,   /* tensor[index] = value, or += value */
    STMT_PREFETCH /* asks for a cache line: computes nothing, and may name any place, in the tensor or not */
} StmtKind;

typedef struct Stmt Stmt;
struct Stmt {
    StmtKind kind;
    union {
        struct {
            const Var *var;
            Bound lower, upper;
            Mark mark;
            int64_t factor; /* MARK_UNROLL: replicate so often; 0 = fully */
            const Stmt *body;
        } loop;
        struct {
            int count;
            const Cond *conds;
            const Stmt *body;
        } guard;
        struct {
            int count;
            const Stmt *const *items;
        } block;
        struct {
            const Stmt *init, *update, *finish;
        } reduce;
        struct {
            const Tensor *tensor;
            const Stmt *body;
        } alloc;
        struct {
            const Tensor *tensor;
            const Affine *const *index;
            bool add; /* += */
            const Expr *value;
        } store;
        struct {
            const Tensor *tensor;
            const Affine *offset; /* in elements from the tensor's first, in its layout */
            int level;            /* of the cache that is to hold it, 1 or 2 */
        } prefetch;
    };
};

/* After `peel q … -> a b c` the name q means all of a, b, c. */
typedef struct Alias {
    const struct Alias *next;
    const char *stage, *name;
    int count;
    const char *const *meaning; /* count names */
} Alias;

/* Where a schedule asked for a loop (made or marked it) or for a buffer, so that what cannot be lowered is shown there.
 */
typedef struct NestPlace {
    const struct NestPlace *next;
    const Var *var;     /* the loop, or NULL */
    const char *buffer; /* its name, or NULL */
    const Source *source;
    size_t offset;
} NestPlace;

typedef struct Nest {
    const Pipeline *pipeline;
    const Stmt *ahead; /* the body of NAME_pack; NULL when nothing is packed */
    const Stmt *body;  /* the body of NAME */
    int tensor_count;  /* the pipeline's tensors, then those that steps made (packed …); not those of STMT_ALLOC */
    const Tensor *const *tensors;
    const Alias *aliases;
    const NestPlace *places; /* the last steps first */
    bool multiplies_padding; /* sums read zeros in a copy of a padded tensor where guards kept them out before */
    int var_count;           /* ids of loops are 0 .. var_count - 1 */
} Nest;

/* The obvious nest of a pipeline: each stage after the other, the seven loops of a convolution in the order of the
 * output's indices and then of the sum's; guards of padded reads and of `where` around the update. Partial sums live in
 * the stage's output; where its type would round them, or finish reads the residual, which may be the same memory, in
 * a workspace tensor of its shape. A result y whose layout has blocks that are not full is filled up with zeros at the
 * end, by a nest whose loops belong to a stage y_filling. */
#define NEST_FILLING_SUFFIX "_filling"
const Nest *nest_build(Context *context, const Pipeline *pipeline);

/* Constructors; they share their arguments. A guard without conditions and a block of one item are their child. */
const Stmt *stmt_loop(Context *context, const Var *var, Bound lower, Bound upper, Mark mark, int64_t factor,
                      const Stmt *body);
const Stmt *stmt_guard(Context *context, int count, const Cond *conds, const Stmt *body);
const Stmt *stmt_block(Context *context, int count, const Stmt *const *items);
const Stmt *stmt_reduce(Context *context, const Stmt *init, const Stmt *update, const Stmt *finish);
const Stmt *stmt_alloc(Context *context, const Tensor *tensor, const Stmt *body);
const Stmt *stmt_store(Context *context, const Tensor *tensor, const Affine *const *index, bool add, const Expr *value);
const Stmt *stmt_prefetch(Context *context, const Tensor *tensor, const Affine *offset, int level);
Bound bound_of(const Affine *affine);
Bound bound_constant(Context *context, int64_t value);

/* Does nothing at all (an empty block, or NULL)? */
bool stmt_is_empty(const Stmt *stmt);

/* Rebuilds `stmt` bottom-up: children first, then rewrite(data, node with new children). Children that did not change
 * are shared. */
typedef const Stmt *StmtRewrite(void *data, Context *context, const Stmt *stmt);
const Stmt *stmt_rewrite(Context *context, const Stmt *stmt, StmtRewrite *rewrite, void *data);

/* `stmt` with `var` replaced by `value` in all bounds, conditions, indices. */
const Stmt *stmt_substitute(Context *context, const Stmt *stmt, const Var *var, const Affine *value);

/* Children of a node: calls visit on each direct child. */
typedef void StmtVisit(void *data, const Stmt *child);
void stmt_visit_children(const Stmt *stmt, StmtVisit *visit, void *data);

/* `nest` with another body or ahead part, another tensor, an alias, a new loop; the rest is shared. */
Nest *nest_copy(Context *context, const Nest *nest);
void nest_add_tensor(Context *context, Nest *nest, const Tensor *tensor);
const Tensor *nest_find_tensor(const Nest *nest,
                               const char *name); /* also those of STMT_ALLOC; NULL when there is none */
const Var *nest_new_var(Context *context, Nest *nest, const char *name, const char *stage, bool reduction);

/* Remembers the place of a loop or a buffer (the other one NULL); the last one that was added, NULL when there is none.
 */
void nest_add_place(Context *context, Nest *nest, const Var *var, const char *buffer, const Source *source,
                    size_t offset);
const NestPlace *nest_find_place(const Nest *nest, const Var *var, const char *buffer);

/* As people write it on a whiteboard; the grammar is in ir/README.md. One statement a line, loops that hold one another
 * alone on one line. */
void nest_print(const Nest *nest, Text *text);
void stmt_print(const Stmt *stmt, int indent, Text *text);
const char *mark_name(Mark mark);

/* Reads a nest that nest_print printed, or that was written by hand; the grammar is in ir/README.md. The result is
 * verified, interprets as the nest that was printed does, and prints the same. Errors carry their place. What the text
 * does not say is lost: the old names of peeled loops (aliases), and of the tensor expression all but the tensors and
 * which of them are computed: each stage of the nest's pipeline has only `output` and `ahead`, so that `accumulate` and
 * passes over the pipeline find no sum in it. May be called inside context_run or outside. STATUS_INVALID. */
Status nest_parse(Context *context, const Source *source, const Nest **out);

/* Is the tree well formed: loops in scope and bound once on a path, ranks right, every access proved inside its tensor
 * (or guarded), register buffers written before they are read, …? STATUS_INVALID with the statement in the message; a
 * nest that fails is a bug of the step or pass that made it. */
Status nest_verify(Context *context, const Nest *nest);

#endif
