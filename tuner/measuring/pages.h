/* SPDX-License-Identifier: Apache-2.0 */
/* Memory straight from the system, zeroed and aligned to a page: for buffers that are timed, whose placement is to be
 * their own and not that of a heap with a past. */
#ifndef SEPTET_TUNER_MEASURING_PAGES_H
#define SEPTET_TUNER_MEASURING_PAGES_H

#include <stddef.h>

typedef struct Pages {
    void *data;
    size_t bytes;
} Pages;

/* At least one byte is mapped. data is NULL when there is no memory. */
Pages pages_new(size_t bytes);

/* Also takes pages without data. */
void pages_free(Pages *pages);

#endif
