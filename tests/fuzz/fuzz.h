/* SPDX-License-Identifier: Apache-2.0 */
/* Hostile input. A file fuzz_NAME.c defines fuzz_input for one kind of it and becomes the program fuzz_NAME:
 *     in every build with run_inputs.c, which tries seeds, the inputs that once did harm, and a few spoilt copies of
 *                    each; ctest "hostile/NAME", in the default tier
 *     preset fuzz    with libFuzzer, which looks for more; scripts/fuzz runs it */
#ifndef SEPTET_TESTS_FUZZ_FUZZ_H
#define SEPTET_TESTS_FUZZ_FUZZ_H

#include <stdint.h>

#include "base/context.h"

/* Reads the input and checks what is promised of what is read. Inside context_run. Refuses it with a message, or
 * returns STATUS_OK; STATUS_WRONG when a promise is broken, and STATUS_NO_MEMORY are findings. */
Status fuzz_input(Context *context, const Source *input);

/* Are both texts equal? Else STATUS_WRONG shows the difference. */
Status fuzz_compare(Context *context, const char *what, const char *expected, const char *actual);

/* What libFuzzer calls: fuzz_input on a copy of the bytes; aborts on a finding. Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
