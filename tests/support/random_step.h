/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of random steps. */
#ifndef SEPTET_TESTS_SUPPORT_RANDOM_STEP_H
#define SEPTET_TESTS_SUPPORT_RANDOM_STEP_H

#include "base/random.h"
#include "ir/nest.h"

/* A step of any kind for the nest, which applies or does not; what it names ends in `number`. Inside context_run. */
const char *random_step(Context *context, Random *random, const Nest *nest, int number);

/* Lines of an idiom: steps that only come to something together, such as a block of lanes, rows that are kept, or a
 * transpose. NULL-terminated texts that random_idiom_line fills in for the nest as it stands. */
const char *const *random_idiom(Random *random);
const char *random_idiom_line(Context *context, Random *random, const Nest *nest, const char *line, int number);

#endif
