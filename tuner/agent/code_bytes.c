/* SPDX-License-Identifier: Apache-2.0 */
/* Adds up section headers; both widths of ELF have the same fields. */
#include "tuner/agent/code_bytes.h"

#include <elf.h>
#include <string.h>

#define SUM_SECTIONS(Header, Section)                                                                                  \
    Header header;                                                                                                     \
    int64_t sum = 0;                                                                                                   \
    if (length < sizeof header) return -1;                                                                             \
    memcpy(&header, object, sizeof header);                                                                            \
    for (size_t i = 0; i < header.e_shnum; i++) {                                                                      \
        Section section;                                                                                               \
        size_t offset = (size_t)header.e_shoff + i * sizeof section;                                                   \
        if (offset > length || length - offset < sizeof section) return -1;                                            \
        memcpy(&section, object + offset, sizeof section);                                                             \
        if ((section.sh_flags & SHF_EXECINSTR) != 0) sum += (int64_t)section.sh_size;                                  \
    }                                                                                                                  \
    return sum;

static int64_t sum_wide(const char *object, size_t length) {
    SUM_SECTIONS(Elf64_Ehdr, Elf64_Shdr)
}

static int64_t sum_narrow(const char *object, size_t length){SUM_SECTIONS(Elf32_Ehdr, Elf32_Shdr)}

int64_t code_bytes(const char *object, size_t length) {
    if (length <= EI_CLASS || memcmp(object, ELFMAG, SELFMAG) != 0) return -1;
    return object[EI_CLASS] == ELFCLASS64 ? sum_wide(object, length) : sum_narrow(object, length);
}
