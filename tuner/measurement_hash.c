/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 by nettle. Apart from the rest of tuner/measurement.h, because septet-agent links no library. */
#include <nettle/base16.h>
#include <nettle/sha2.h>

#include "tuner/measurement.h"

void measurement_hash_object(const char *bytes, size_t length, char out[SHA256_HEX_BYTES]) {
    struct sha256_ctx hash;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&hash);
    sha256_update(&hash, length, (const uint8_t *)bytes);
    sha256_digest(&hash, sizeof digest, digest);
    base16_encode_update(out, sizeof digest, digest);
    out[SHA256_HEX_BYTES - 1] = '\0';
}
