/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as text: base64 (RFC 4648, section 4), with padding. */
#ifndef SEPTET_BASE_BASE64_H
#define SEPTET_BASE_BASE64_H

#include "base/context.h"

/* NUL-terminated, in the context's arena. Inside context_run. */
const char *base64_encode(Context *context, const char *bytes, size_t length);

/* Into the context's arena. STATUS_INVALID when it is no base64, also with blanks in it. Inside context_run. */
Status base64_decode(Context *context, const char *text, const char **bytes, size_t *length);

#endif
