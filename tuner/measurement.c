/* SPDX-License-Identifier: Apache-2.0 */
/* Names and meanings of the statuses of measurements; the hash of what is measured. */
#include "tuner/measurement.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <string.h>

static const struct {
    const char *name, *meaning;
} statuses[MEASUREMENT_STATUSES] = {
#define STATUS(id, name, meaning) {name, meaning},
#include "tuner/statuses.def"
#undef STATUS
};

const char *measurement_status_name(MeasurementStatus status) {
    return statuses[status].name;
}

const char *measurement_status_meaning(MeasurementStatus status) {
    return statuses[status].meaning;
}

bool measurement_status_parse(const char *name, MeasurementStatus *out) {
    for (int i = 0; i < MEASUREMENT_STATUSES; i++) {
        if (strcmp(statuses[i].name, name) != 0) continue;
        *out = (MeasurementStatus)i;
        return true;
    }
    return false;
}

void measurement_hash_object(const char *bytes, size_t length, char out[SHA256_HEX_BYTES]) {
    struct sha256_ctx hash;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&hash);
    sha256_update(&hash, length, (const uint8_t *)bytes);
    sha256_digest(&hash, sizeof digest, digest);
    base16_encode_update(out, sizeof digest, digest);
    out[SHA256_HEX_BYTES - 1] = '\0';
}
