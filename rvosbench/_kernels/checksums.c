#include "checksums.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define ADLER_MODULUS 65521u

static uint32_t crc_table[8][256];

void checksums_init(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
        crc_table[0][byte] = crc;
    }
    for (int step = 1; step < 8; step++)
        for (int byte = 0; byte < 256; byte++) {
            uint32_t before = crc_table[step - 1][byte];
            crc_table[step][byte] = before >> 8 ^ crc_table[0][before & 0xFF];
        }
}

uint32_t crc32_of(const uint8_t *bytes, size_t length) {
    uint32_t crc = ~UINT32_C(0);
    for (; length >= 8; length -= 8, bytes += 8) {
        uint64_t next = load_le64(bytes) ^ crc;
        crc = 0;
        for (int i = 0; i < 8; i++) crc ^= crc_table[7 - i][next >> (8 * i) & 0xFF];
    }
    for (; length; length--, bytes++) crc = crc >> 8 ^ crc_table[0][(crc ^ *bytes) & 0xFF];
    return ~crc;
}

/* The sum of the bytes of a block, and their sum weighted by 64, 63, ... 1. */
static inline void block_sums(const uint8_t *bytes, uint32_t *sum, uint32_t *weighted) {
#if defined(__SSE2__)
    const __m128i zero = _mm_setzero_si128(), eight = _mm_set1_epi16(8);
    __m128i weights = _mm_setr_epi16(64, 63, 62, 61, 60, 59, 58, 57);
    __m128i plain = zero, products = zero;
    for (int i = 0; i < BLOCK; i += 16) {
        __m128i sixteen = _mm_loadu_si128((const void *)(bytes + i));
        plain = _mm_add_epi64(plain, _mm_sad_epu8(sixteen, zero));
        products = _mm_add_epi32(products, _mm_madd_epi16(_mm_unpacklo_epi8(sixteen, zero), weights));
        weights = _mm_sub_epi16(weights, eight);
        products = _mm_add_epi32(products, _mm_madd_epi16(_mm_unpackhi_epi8(sixteen, zero), weights));
        weights = _mm_sub_epi16(weights, eight);
    }
    plain = _mm_add_epi64(plain, _mm_unpackhi_epi64(plain, plain));
    products = _mm_add_epi32(products, _mm_shuffle_epi32(products, 0x4E));
    products = _mm_add_epi32(products, _mm_shuffle_epi32(products, 0xB1));
    *sum = (uint32_t)_mm_cvtsi128_si32(plain);
    *weighted = (uint32_t)_mm_cvtsi128_si32(products);
#else
    *sum = *weighted = 0;
    for (uint32_t i = 0; i < BLOCK; i++) {
        *sum += bytes[i];
        *weighted += (BLOCK - i) * bytes[i];
    }
#endif
}

uint32_t adler32_of_raw(const struct raw *raw) {
    uint64_t first = 1, second = 0; /* the second stays below 2^49 for the largest image */
    const size_t blocks = (raw->size + BLOCK - 1) / BLOCK;
    size_t done = 0; /* blocks that are accounted for */
    for (size_t group = 0; group < blocks; group += 64) {
        for (uint64_t touched = touched_blocks(raw, group); touched; touched &= touched - 1) {
            const size_t block = group + (size_t)__builtin_ctzll(touched);
            uint32_t sum, weighted;
            block_sums(raw->bytes + block * BLOCK, &sum, &weighted);
            second += first * BLOCK * (block + 1 - done) + weighted;
            first += sum;
            if (first >= ADLER_MODULUS) first -= ADLER_MODULUS;
            done = block + 1;
        }
    }
    /* The last block may go on after the end, with zeros: what was counted too often there is taken back. */
    if (done * BLOCK <= raw->size) second += first * (raw->size - done * BLOCK);
    else second -= first * (done * BLOCK - raw->size);
    return (uint32_t)(second % ADLER_MODULUS) << 16 | (uint32_t)first;
}
