/* 64 bytes, one a pixel, to the 64 bits of a word. */
#ifndef RVOSBENCH_PIXELS_H
#define RVOSBENCH_PIXELS_H

#include "common.h"

#if defined(__SSE2__)
#include <emmintrin.h>

/* Bit k says whether byte k equals `value`. Reads 64 bytes. */
static inline uint64_t equal64(const uint8_t *bytes, uint8_t value) {
    const __m128i wanted = _mm_set1_epi8((char)value);
    uint64_t bits = 0;
    for (int i = 0; i < 4; i++) {
        __m128i sixteen = _mm_loadu_si128((const void *)(bytes + 16 * i));
        bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(sixteen, wanted)) << (16 * i);
    }
    return bits;
}
#else
static inline uint64_t equal64(const uint8_t *bytes, uint8_t value) {
    uint64_t bits = 0;
    for (int i = 0; i < 8; i++) {
        uint64_t eight = load_le64(bytes + 8 * i) ^ UINT64_C(0x0101010101010101) * value;
        uint64_t nonzero = (((eight & UINT64_C(0x7F7F7F7F7F7F7F7F)) + UINT64_C(0x7F7F7F7F7F7F7F7F)) | eight) >> 7;
        uint64_t lowest = ~nonzero & UINT64_C(0x0101010101010101);
        bits |= (lowest * UINT64_C(0x0102040810204080) >> 56) << (8 * i);
    }
    return bits;
}
#endif

/* Planes of an array of bytes: of what is not 0, or of one value. And back, to bytes that are 0 or 1. */
void pixels_to_plane(const uint8_t *pixels, size_t height, size_t width, word *plane);
void label_to_plane(const uint8_t *labels, size_t height, size_t width, uint8_t label, word *plane);
void plane_to_pixels(const word *plane, size_t height, size_t width, uint8_t *pixels);

static inline uint64_t nonzero64(const uint8_t *bytes) { return ~equal64(bytes, 0); }

/* Notes in `seen` the values of the bytes that `chosen` has a bit for. */
static inline void note_values(const uint8_t *bytes, uint64_t chosen, uint8_t *seen) {
    while (chosen) {
        uint8_t value = bytes[__builtin_ctzll(chosen)];
        seen[value] = 1;
        chosen &= ~equal64(bytes, value);
    }
}

#endif
