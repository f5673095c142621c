/* SPDX-License-Identifier: Apache-2.0 */
/* The scalar types of tensors (types.def): names, sizes, rounding. */
#ifndef SEPTET_IR_TYPES_H
#define SEPTET_IR_TYPES_H

#include <stdbool.h>
#include <stddef.h>

typedef enum ScalarType {
#define TYPE(id, spelling, bytes) TYPE_##id,
#include "ir/types.def"
#undef TYPE
    TYPE_COUNT
} ScalarType;

/* "f32" */
const char *type_name(ScalarType type);

/* Size of one element in bytes. */
size_t type_bytes(ScalarType type);

/* Finds a type by its spelling; false when there is none. */
bool type_find(const char *name, size_t length, ScalarType *out);

/* The value of the type that `value` becomes when it is stored: rounded to nearest even, integers saturated. */
double type_round(ScalarType type, double value);

#endif
