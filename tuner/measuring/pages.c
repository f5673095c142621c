/* SPDX-License-Identifier: Apache-2.0 */
/* Anonymous mappings. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "tuner/measuring/pages.h"

#include <sys/mman.h>

Pages pages_new(size_t bytes) {
    Pages pages = {.bytes = bytes > 0 ? bytes : 1};
    void *data = mmap(NULL, pages.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data != MAP_FAILED) pages.data = data;
    return pages;
}

void pages_free(Pages *pages) {
    if (pages->data != NULL) munmap(pages->data, pages->bytes);
    *pages = (Pages){0};
}
