/* SPDX-License-Identifier: Apache-2.0 */
/* Relocations of AArch64 (ELF for the Arm 64-bit Architecture, section 5.7): data, and fields of instructions. */
#include <elf.h>
#include <string.h>

#include "tuner/image/internal.h"

enum { PAGE_BITS = 12, OFFSET_MASK = (1 << PAGE_BITS) - 1 };

/* Replaces the field of `bits` bits at `shift` of the instruction at the place. */
static void set_field(const Fixup *fixup, int shift, int bits, uint64_t value) {
    uint32_t word, mask = (uint32_t)(((uint64_t)1 << bits) - 1);
    memcpy(&word, fixup->place, sizeof word);
    word = (word & ~(mask << shift)) | (((uint32_t)value & mask) << shift);
    memcpy(fixup->place, &word, sizeof word);
}

static int64_t distance(const Fixup *fixup) {
    return (int64_t)(fixup->address - (uint64_t)(uintptr_t)fixup->place);
}

/* bl, b: in words. */
static FixupResult fix_jump(const Fixup *fixup) {
    if (!fits_signed(distance(fixup), 28)) return FIXUP_TOO_FAR;
    set_field(fixup, 0, 26, (uint64_t)distance(fixup) >> 2);
    return FIXUP_DONE;
}

/* adrp: in pages, the lowest two bits apart from the others. */
static FixupResult fix_page(const Fixup *fixup) {
    uint64_t here = (uint64_t)(uintptr_t)fixup->place >> PAGE_BITS, there = fixup->address >> PAGE_BITS;
    if (!fits_signed((int64_t)(there - here), 21)) return FIXUP_TOO_FAR;
    set_field(fixup, 29, 2, there - here);
    set_field(fixup, 5, 19, (there - here) >> 2);
    return FIXUP_DONE;
}

/* add, and loads and stores of 2^log2_bytes: the offset within the page. */
static FixupResult fix_offset(const Fixup *fixup, int log2_bytes) {
    set_field(fixup, 10, 12, (fixup->address & OFFSET_MASK) >> log2_bytes);
    return FIXUP_DONE;
}

static FixupResult fix_instruction(const Fixup *fixup) {
    switch (fixup->type) {
    case R_AARCH64_CALL26:
    case R_AARCH64_JUMP26: return fix_jump(fixup);
    case R_AARCH64_ADR_PREL_PG_HI21: return fix_page(fixup);
    case R_AARCH64_ADD_ABS_LO12_NC:
    case R_AARCH64_LDST8_ABS_LO12_NC: return fix_offset(fixup, 0);
    case R_AARCH64_LDST16_ABS_LO12_NC: return fix_offset(fixup, 1);
    case R_AARCH64_LDST32_ABS_LO12_NC: return fix_offset(fixup, 2);
    case R_AARCH64_LDST64_ABS_LO12_NC: return fix_offset(fixup, 3);
    case R_AARCH64_LDST128_ABS_LO12_NC: return fix_offset(fixup, 4);
    default: return FIXUP_UNKNOWN;
    }
}

static FixupResult fix(const Fixup *fixup) {
    int32_t near = (int32_t)distance(fixup);
    if (fixup->room < sizeof near) return FIXUP_UNKNOWN;
    switch (fixup->type) {
    case R_AARCH64_ABS64:
        if (fixup->room < sizeof fixup->address) return FIXUP_UNKNOWN;
        memcpy(fixup->place, &fixup->address, sizeof fixup->address);
        return FIXUP_DONE;
    case R_AARCH64_PREL32:
        if (!fits_signed(distance(fixup), 32)) return FIXUP_TOO_FAR;
        memcpy(fixup->place, &near, sizeof near);
        return FIXUP_DONE;
    default: return fix_instruction(fixup);
    }
}

const ImageArchitecture image_arm64 = {
    .machine = EM_AARCH64,
    .name = "AArch64",
    .fix = fix,
    .jump = {0x50, 0, 0, 0x58, 0, 2, 0x1F, 0xD6}, /* ldr x16, .+8; br x16 */
};
