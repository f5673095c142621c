/* SPDX-License-Identifier: Apache-2.0 */
/* Ways to prove that have files of their own. */
#ifndef SEPTET_IR_FACTS_INTERNAL_H
#define SEPTET_IR_FACTS_INTERNAL_H

#include "ir/facts.h"

/* facts_prove without cases. */
bool facts_prove_directly(const Facts *facts, const Cond *cond);

/* Does the condition hold in both cases of a div that has two values here? False when there is none. */
bool facts_prove_by_cases(const Facts *facts, const Cond *cond);

#endif
