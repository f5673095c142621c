/* SPDX-License-Identifier: Apache-2.0 */
/* Tails that run in full. */
#ifndef SEPTET_COMPILER_SCHEDULE_TAIL_H
#define SEPTET_COMPILER_SCHEDULE_TAIL_H

#include "compiler/schedule/internal.h"

/* The step `split L size tail=shift|pad -> outer inner` of a loop that leaves a rest, with names that are free. */
Status split_full_tiles(const Application *application, const Nest **out);

#endif
