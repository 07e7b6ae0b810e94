/* What all parts of the kernel share: the word type, the reasons for refusing input, and compiler specifics.
 *
 * Nothing but libc is used, and nothing here knows of Python: the fuzz harness links the same files.
 */
#ifndef RVOSBENCH_COMMON_H
#define RVOSBENCH_COMMON_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* 64 pixels of a row; bit k is the k-th of them. Planes come from any bytes-like object, hence aligned(1). */
typedef uint64_t word __attribute__((may_alias, aligned(1)));

#define WORD_BITS 64
#define MAX_SIDE 65536 /* of an image; products of two sides then fit everywhere */

/* Why input is refused. The numbers are those of `Reason` in errors.py. */
enum reason {
    ACCEPTED = 0,
    NOT_PNG = 1,
    TRUNCATED = 2,
    BAD_CHUNK = 3,
    BAD_CRC = 4,
    WRONG_MODE = 5,
    WRONG_SIZE = 6,
    BAD_STREAM = 7,
    TOO_LITTLE_DATA = 8,
    TOO_MUCH_DATA = 9,
    BAD_ADLER = 10,
    BAD_FILTER = 11,
    BAD_COUNTS = 12,
    BAD_RUNS = 13,
    NO_MEMORY = 14,
};

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* Compiled twice and chosen when the module is loaded, where the compiler and the loader can do so: popcount
 * and 256-bit vectors are not part of the oldest x86-64. A sanitizer is not yet set up when the choice is made. */
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && __GNUC__ >= 11
#define WIDE_VECTORS __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define WIDE_VECTORS
#endif

static inline uint64_t load_le64(const uint8_t *from) {
    uint64_t value;
    memcpy(&value, from, sizeof value);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

static inline uint32_t load_be32(const uint8_t *from) {
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static inline size_t words_in(size_t width) { return (width + WORD_BITS - 1) / WORD_BITS; }

/* The bits of the last word of a row that are pixels. */
static inline uint64_t last_word_mask(size_t width) { return ~UINT64_C(0) >> (-width & (WORD_BITS - 1)); }

#endif
