/* SPDX-License-Identifier: Apache-2.0 */
/* Multiply-add loops of x86: AVX-512, AVX2 with FMA, SSE, scalar. Each keeps ACCUMULATORS independent chains in
 * registers: at two FMAs a cycle of four cycles' latency eight would do, and all fit beside the two factors, also in
 * the 16 registers of SSE and AVX. The factors are no constants, so that the compiler cannot fold a chain. CMake
 * compiles this file with optimisation and without vectorisation in every build. */
#include <immintrin.h>

#include "tuner/measuring/fma_peak.h"

enum { ACCUMULATORS = 12, UNROLL = 4 };

/* The body of a loop over vectors of type V of LANES floats. */
#define PEAK_LOOP(V, LANES, SET, MULTIPLY_ADD)                                                                         \
    V chains[ACCUMULATORS];                                                                                            \
    volatile float source[2] = {0.999f, 0.001f};                                                                       \
    V factor = SET(source[0]), summand = SET(source[1]);                                                               \
    for (int i = 0; i < ACCUMULATORS; i++) chains[i] = SET((float)i);                                                  \
    for (int64_t n = 0; n < iterations; n++) {                                                                         \
        _Pragma("GCC unroll 4") for (int u = 0; u < UNROLL; u++) {                                                     \
            _Pragma("GCC unroll 12") for (int i = 0; i < ACCUMULATORS; i++) chains[i] = MULTIPLY_ADD(chains[i]);       \
        }                                                                                                              \
    }                                                                                                                  \
    V sum = chains[0];                                                                                                 \
    for (int i = 1; i < ACCUMULATORS; i++) sum += chains[i];                                                           \
    return lane_sum((const float *)&sum, LANES);

static float lane_sum(const float *lanes, int count) {
    float sum = 0;
    for (int i = 0; i < count; i++) sum += lanes[i];
    return sum;
}

__attribute__((target("avx512f"))) static float peak_avx512(int64_t iterations) {
#define FMA_512(chain) _mm512_fmadd_ps(chain, factor, summand)
    PEAK_LOOP(__m512, 16, _mm512_set1_ps, FMA_512)
}

__attribute__((target("avx2,fma"))) static float peak_avx2(int64_t iterations) {
#define FMA_256(chain) _mm256_fmadd_ps(chain, factor, summand)
    PEAK_LOOP(__m256, 8, _mm256_set1_ps, FMA_256)
}

static float peak_sse(int64_t iterations) {
#define MULTIPLY_ADD_128(chain) _mm_add_ps(_mm_mul_ps(chain, factor), summand)
    PEAK_LOOP(__m128, 4, _mm_set1_ps, MULTIPLY_ADD_128)
}

static float peak_scalar(int64_t iterations) {
#define SET_SCALAR(value) (value)
#define MULTIPLY_ADD_SCALAR(chain) ((chain) * factor + summand)
    PEAK_LOOP(float, 1, SET_SCALAR, MULTIPLY_ADD_SCALAR)
}

static FmaPeak peak_of(FmaPeakLoop *loop, int lanes, const char *description) {
    return (FmaPeak){loop, 2.0 * ACCUMULATORS * UNROLL * lanes, description};
}

FmaPeak fma_peak(const Target *target) {
    if (target->fma && target->vector_bytes == 64) return peak_of(peak_avx512, 16, "zmm fma");
    if (target->fma && target->vector_bytes == 32) return peak_of(peak_avx2, 8, "ymm fma");
    if (target->vector_bytes == 16) return peak_of(peak_sse, 4, "xmm mul + add");
    return peak_of(peak_scalar, 1, "scalar mul + add");
}
