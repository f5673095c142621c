/* SPDX-License-Identifier: Apache-2.0 */
/* Loops of loads of x86: AVX-512, AVX2, SSE2. Each step reads 512 bytes into independent chains of `or`, which an x86
 * core executes at least as often as it loads. CMake compiles this file with optimisation and without vectorisation in
 * every build. */
#include <immintrin.h>
#include <string.h>

#include "tuner/measuring/read_loop.h"

enum { CHAINS = 8, LARGEST_VECTOR_BYTES = 64 };

/* The body of a loop over vectors of type V. */
#define READ_LOOP(V, ZERO, LOAD, OR)                                                                                   \
    enum { STEP = READ_LOOP_STEP_BYTES / sizeof(V) };                                                                  \
    V chains[CHAINS];                                                                                                  \
    for (int i = 0; i < CHAINS; i++) chains[i] = ZERO();                                                               \
    for (int64_t pass = 0; pass < passes; pass++) {                                                                    \
        const V *next = data;                                                                                          \
        for (const V *end = next + bytes / (int64_t)sizeof(V); next < end; next += STEP) {                             \
            _Pragma("GCC unroll 32") for (int i = 0; i < STEP; i++) chains[i % CHAINS] =                               \
                OR(chains[i % CHAINS], LOAD(next + i));                                                                \
        }                                                                                                              \
        __asm__ volatile("" ::: "memory"); /* each pass reads anew */                                                  \
    }                                                                                                                  \
    V all = chains[0];                                                                                                 \
    for (int i = 1; i < CHAINS; i++) all = OR(all, chains[i]);                                                         \
    return words_or(&all, sizeof all);

static uint32_t words_or(const void *vector, size_t bytes) {
    uint32_t words[LARGEST_VECTOR_BYTES / sizeof(uint32_t)] = {0}, all = 0;
    memcpy(words, vector, bytes);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) all |= words[i];
    return all;
}

__attribute__((target("avx512f"))) static uint32_t read_avx512(const void *data, int64_t bytes, int64_t passes) {
    READ_LOOP(__m512i, _mm512_setzero_si512, _mm512_load_si512, _mm512_or_si512)
}

__attribute__((target("avx2"))) static uint32_t read_avx2(const void *data, int64_t bytes, int64_t passes) {
    READ_LOOP(__m256i, _mm256_setzero_si256, _mm256_load_si256, _mm256_or_si256)
}

static uint32_t read_sse2(const void *data, int64_t bytes,
                          int64_t passes){READ_LOOP(__m128i, _mm_setzero_si128, _mm_load_si128, _mm_or_si128)}

ReadLoop *read_loop(const Target *target) {
    if (target->vector_bytes == 64) return read_avx512;
    return target->vector_bytes == 32 ? read_avx2 : read_sse2;
}
