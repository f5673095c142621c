/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors: name, type, logical axes, and a layout that says in which order their elements lie in memory. */
#ifndef SEPTET_IR_TENSOR_H
#define SEPTET_IR_TENSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/context.h"
#include "base/text.h"
#include "ir/affine.h"
#include "ir/types.h"

enum { TENSOR_MAX_RANK = 12, LAYOUT_MAX_OPS = 3 };

/* Where a tensor lives. SCOPES(identifier, spelling) */
#define SCOPES(X)                                                                                                      \
    X(ARGUMENT, argument)   /* passed by the caller */                                                                 \
    X(PACKED, packed)       /* made ahead, by NAME_pack */                                                             \
    X(CONSTANT, constant)   /* known when compiling */                                                                 \
    X(WORKSPACE, workspace) /* scratch that the caller passes */                                                       \
    X(STACK, stack)         /* scratch on the stack */                                                                 \
    X(REGISTERS, registers) /* vector registers: indices are constants after unrolling */                              \
    X(TILE, tile)           /* registers of a matrix unit */

typedef enum Scope {
#define SCOPE_ENUM(id, spelling) SCOPE_##id,
    SCOPES(SCOPE_ENUM)
#undef SCOPE_ENUM
} Scope;

/* A logical axis. */
typedef struct Axis {
    const char *name;
    int64_t extent;
} Axis;

/* A physical axis: a logical one taken through div and mod steps, "k/32", "k%32", "k/16%4". */
typedef struct LayoutAxis {
    int axis; /* index into Tensor.axes */
    int op_count;
    struct {
        bool modulo; /* % or / */
        int64_t divisor;
    } ops[LAYOUT_MAX_OPS];
} LayoutAxis;

typedef struct Layout {
    int rank;
    LayoutAxis axes[TENSOR_MAX_RANK]; /* outermost first */
} Layout;

/* An exact number of a constant tensor. */
typedef struct Rational {
    int64_t numerator, denominator; /* denominator > 0, lowest terms */
} Rational;

typedef struct Tensor {
    const char *name;
    ScalarType type;
    Scope scope;
    bool padded; /* reads outside contribute nothing */
    int rank;
    Axis axes[TENSOR_MAX_RANK];
    Layout layout;
    const Rational *values; /* SCOPE_CONSTANT: in logical row-major order, else NULL */
} Tensor;

const char *scope_name(Scope scope);
bool scope_find(const char *name, size_t length, Scope *out);

/* The layout in which axes lie in their logical order. */
Layout layout_identity(int rank);

/* Extent of physical axis `axis` of the tensor: "/d" makes ceil(e/d), "%d" makes d, so that whole blocks are there. */
int64_t tensor_layout_extent(const Tensor *tensor, int axis);

/* Indices of a logical axis that have a place in memory: its extent, rounded up to what the blocks of the layout hold.
 * The places from the extent on are the filling. */
int64_t tensor_reach(const Tensor *tensor, int axis);

/* Elements in memory, blocks filled up; INT64_MAX when there are more. tensor_bytes: in bytes, of a tensor of a
 * verified nest, which has at most 2^48 elements. */
int64_t tensor_elements(const Tensor *tensor);
int64_t tensor_bytes(const Tensor *tensor);

/* Physical offset in elements of logical indices; as a quasi-affine expression, and as a number. */
const Affine *tensor_offset(Context *context, const Tensor *tensor, const Affine *const *index);
int64_t tensor_offset_at(const Tensor *tensor, const int64_t *index);

/* The element of a constant tensor at logical indices, rounded to its type. */
double tensor_constant_at(const Tensor *tensor, const int64_t *index);

/* Index of the axis of that name, -1 when there is none. */
int tensor_find_axis(const Tensor *tensor, const char *name);

/* "[n 1, c 64, h 56, w 56] as [n h w c]", the layout left out when it is the identity; tensor_print_shape with the type
 * in front. */
void tensor_print_axes(const Tensor *tensor, Text *text);
void tensor_print_shape(const Tensor *tensor, Text *text);

/* A line that declares the tensor: "tensor x f32 [n 1, c 64] padded", "tensor wp f32 [k/32 2, c 64, k%32 32] in
 * packed", "constant A f32 [a 2, b 2] = {" and its values, "}". */
void tensor_print_declaration(const Tensor *tensor, Text *text);

/* Is the tensor possible: 1..TENSOR_MAX_RANK axes with names of their own and extents in 1..PROBLEM_MAX_EXTENT, at most
 * PROBLEM_MAX_ELEMENTS elements, and a layout that gives every element one place? STATUS_INVALID with tensor and axis.
 */
Status tensor_verify(Context *context, const Tensor *tensor);

#endif
