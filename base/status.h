/* SPDX-License-Identifier: Apache-2.0 */
/* Result of a library call. The words that explain it are in the Context (base/context.h). */
#ifndef SEPTET_BASE_STATUS_H
#define SEPTET_BASE_STATUS_H

typedef enum Status {
    STATUS_OK = 0,
    STATUS_INVALID,     /* the input is malformed or impossible */
    STATUS_REFUSED,     /* a schedule step does not apply, with the reason */
    STATUS_UNPROVED,    /* what a schedule step or pass made cannot be proved to be right: it is not used */
    STATUS_UNSUPPORTED, /* legal, but not supported in this version or on this machine */
    STATUS_NO_MEMORY,
    STATUS_IO,   /* a file could not be read or written */
    STATUS_WRONG /* a result differs from its reference */
} Status;

/* Returns from the calling function when `call` does not give STATUS_OK. */
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        Status try_status_ = (call);                                                                                   \
        if (try_status_ != STATUS_OK) return try_status_;                                                              \
    } while (0)

#endif
