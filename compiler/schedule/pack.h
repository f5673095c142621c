/* SPDX-License-Identifier: Apache-2.0 */
/* What packing a padded tensor asks of the statements that read it. */
#ifndef SEPTET_COMPILER_SCHEDULE_PACK_H
#define SEPTET_COMPILER_SCHEDULE_PACK_H

#include "compiler/schedule/internal.h"
#include "ir/range.h"

/* The statement without the guards that a copy of the tensor with zeros around it makes superfluous; the statement
 * itself when the tensor is not padded. */
const Stmt *pack_drop_guards(Context *context, const Stmt *body, const Tensor *tensor);

/* The ranges, one an axis, that hold the tensor and all indices that `body` reads it at. Refused when these cannot be
 * told. */
Status pack_find_ranges(const Application *application, const Stmt *body, const Tensor *tensor, Range *out);

#endif
