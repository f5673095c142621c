/* SPDX-License-Identifier: Apache-2.0 */
/* How much code an object file holds. */
#ifndef SEPTET_TUNER_AGENT_CODE_BYTES_H
#define SEPTET_TUNER_AGENT_CODE_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of all executable sections of an ELF object of this machine's byte order; -1 when it is none. */
int64_t code_bytes(const char *object, size_t length);

#endif
