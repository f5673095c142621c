/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader needs to know about an architecture. */
#ifndef SEPTET_TUNER_IMAGE_INTERNAL_H
#define SEPTET_TUNER_IMAGE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in a loaded section that refers to an address. */
typedef struct Fixup {
    unsigned char *place;
    size_t room;      /* bytes from the place to the end of its section */
    uint32_t type;    /* R_X86_64_… or R_AARCH64_… */
    uint64_t address; /* the symbol's, with the addend */
} Fixup;

typedef enum FixupResult { FIXUP_DONE, FIXUP_UNKNOWN, FIXUP_TOO_FAR } FixupResult;

enum { IMAGE_JUMP_BYTES = 16 };

typedef struct ImageArchitecture {
    uint16_t machine; /* EM_… */
    const char *name;
    FixupResult (*fix)(const Fixup *fixup);
    unsigned char jump[8]; /* instructions that jump to the address in the eight bytes behind them */
} ImageArchitecture;

extern const ImageArchitecture image_x86, image_arm64;

/* Is the number one of `bits` bits with a sign? */
static inline bool fits_signed(int64_t value, int bits) {
    int64_t limit = (int64_t)1 << (bits - 1);
    return value >= -limit && value < limit;
}

#endif
