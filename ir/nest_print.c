/* SPDX-License-Identifier: Apache-2.0 */
/* Printing loop nests. */
#include "ir/nest.h"

const char *mark_name(Mark mark) {
    static const char *const words[] = {
#define MARK_WORD(id, word) [MARK_##id] = #word,
        MARKS(MARK_WORD)
#undef MARK_WORD
    };
    return words[mark];
}
