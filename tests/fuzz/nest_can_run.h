/* SPDX-License-Identifier: Apache-2.0 */
/* Which nests a harness interprets. */
#ifndef SEPTET_TESTS_FUZZ_NEST_CAN_RUN_H
#define SEPTET_TESTS_FUZZ_NEST_CAN_RUN_H

#include "ir/nest.h"

/* Can the nest be interpreted by tests/support/equivalence.h: is it small (some milliseconds), and without a tensor
 * that has a meaning there? */
bool nest_can_run(const Nest *nest);

#endif
