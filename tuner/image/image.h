/* SPDX-License-Identifier: Apache-2.0 */
/* A loader of kernels' objects: exactly the bytes that were written, laid out in this process, so that what is checked
 * and timed is what ships. It knows what compiled kernels hold, and no more: ELF of 64 bits in this machine's byte
 * order, a handful of relocations, and no symbol of anybody else but those that are offered. It takes microseconds
 * where a linker of general use takes tens of milliseconds, and makes the agent for boards (septet-agent) a small
 * program without LLVM.
 *
 *     | code … , a jump for each import | constants … | variables … |        each part on pages of its own
 *
 *     load.c    sections and symbols        relocate_x86.c, relocate_arm64.c    the places that refer to them */
#ifndef SEPTET_TUNER_IMAGE_IMAGE_H
#define SEPTET_TUNER_IMAGE_IMAGE_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#include "base/context.h"

/* A function of this process that an object may call. */
typedef struct ImageImport {
    const char *name;
    void (*function)(void);
} ImageImport;

typedef struct Image {
    unsigned char *memory; /* NULL: nothing is loaded */
    size_t memory_bytes;
    const char *object; /* the caller's bytes */
    size_t length;
    size_t count;              /* of the following, in the context's arena */
    const Elf64_Shdr *headers; /* of sections */
    unsigned char **sections;  /* where each lies; NULL: it is not loaded */
} Image;

/* Loads an object. The code is good until image_unload, also when the context is gone. STATUS_INVALID with the reason
 * when the bytes are no such object, or need what is not offered; STATUS_NO_MEMORY. Inside context_run. */
Status image_load(Context *context, const char *object, size_t length, const ImageImport *imports, size_t import_count,
                  Image *out);

/* Takes an image that was never loaded, too. */
void image_unload(Image *image);

/* Address of a symbol that other files may see; NULL when there is none. Only as long as the context and the object's
 * bytes live. */
void *image_symbol(const Image *image, const char *name);

#endif
