/* SPDX-License-Identifier: Apache-2.0 */
/* AMX: TDPBF16PS multiplies 16 rows of 32 numbers with 32 columns of 16, 16 cycles apart, with a latency of 52: six
 * accumulators keep it busy, and the two other tiles are the factors. They are all zero, which AMX takes no less time
 * for. */
#include <immintrin.h>
#include <string.h>

#include "tuner/measuring/machine_facts.h"
#include "tuner/measuring/matrix_peak.h"

enum { ROWS = 16, ROW_BYTES = 64, TILES = 8, ACCUMULATORS = 6, UNROLL = 4 };

static const double product_flops = 2.0 * 16 * 32 * 16; /* of one product of tiles */

/* The operand of LDTILECFG (Intel SDM, volume 1, section 18.3.3). */
typedef struct TileConfiguration {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} TileConfiguration;

#define MULTIPLY_ALL                                                                                                   \
    _tile_dpbf16ps(0, 6, 7);                                                                                           \
    _tile_dpbf16ps(1, 6, 7);                                                                                           \
    _tile_dpbf16ps(2, 6, 7);                                                                                           \
    _tile_dpbf16ps(3, 6, 7);                                                                                           \
    _tile_dpbf16ps(4, 6, 7);                                                                                           \
    _tile_dpbf16ps(5, 6, 7);

__attribute__((target("amx-tile,amx-bf16"))) static void run_loop(int64_t iterations) {
    TileConfiguration configuration;
    memset(&configuration, 0, sizeof configuration);
    configuration.palette = 1;
    for (int i = 0; i < TILES; i++) {
        configuration.row_bytes[i] = ROW_BYTES;
        configuration.rows[i] = ROWS;
    }
    /* GCC 12 believes that the instruction reads eight bytes, and drops the stores to the others. */
    __asm__ volatile("" : : "r"(&configuration) : "memory");
    _tile_loadconfig(&configuration);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_zero(4);
    _tile_zero(5);
    _tile_zero(6);
    _tile_zero(7);
    for (int64_t n = 0; n < iterations; n++) {
        MULTIPLY_ALL
        MULTIPLY_ALL
        MULTIPLY_ALL
        MULTIPLY_ALL
    }
    _tile_release();
}

MatrixPeak matrix_peak(void) {
    if (machine_facts_matrix_unit() != MATRIX_UNIT_ALLOWED) return (MatrixPeak){.loop = NULL};
    return (MatrixPeak){run_loop, product_flops * ACCUMULATORS * UNROLL};
}
