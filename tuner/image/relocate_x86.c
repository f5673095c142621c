/* SPDX-License-Identifier: Apache-2.0 */
/* Relocations of x86-64 (System V ABI, AMD64 supplement, section 4.4). */
#include <elf.h>
#include <string.h>

#include "tuner/image/internal.h"

static FixupResult fix_relative(const Fixup *fixup) {
    int64_t distance = (int64_t)(fixup->address - (uint64_t)(uintptr_t)fixup->place);
    int32_t field = (int32_t)distance;
    if (fixup->room < sizeof field) return FIXUP_UNKNOWN;
    if (!fits_signed(distance, 32)) return FIXUP_TOO_FAR;
    memcpy(fixup->place, &field, sizeof field);
    return FIXUP_DONE;
}

static FixupResult fix(const Fixup *fixup) {
    switch (fixup->type) {
    case R_X86_64_64:
        if (fixup->room < sizeof fixup->address) return FIXUP_UNKNOWN;
        memcpy(fixup->place, &fixup->address, sizeof fixup->address);
        return FIXUP_DONE;
    case R_X86_64_PC32:
    case R_X86_64_PLT32: return fix_relative(fixup);
    default: return FIXUP_UNKNOWN;
    }
}

const ImageArchitecture image_x86 = {
    .machine = EM_X86_64,
    .name = "x86-64",
    .fix = fix,
    .jump = {0xFF, 0x25, 2, 0, 0, 0, 0x66, 0x90}, /* jmp *2(%rip); xchg %ax, %ax */
};
