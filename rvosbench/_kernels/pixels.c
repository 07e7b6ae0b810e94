#include "pixels.h"

/* The up to 64 bytes of a row from x on; copied only where fewer are left in the row. */
static const uint8_t *sixty_four(const uint8_t *row, size_t x, size_t width, uint8_t copy[WORD_BITS]) {
    if (width - x >= WORD_BITS) return row + x;
    memset(copy, 0, WORD_BITS);
    memcpy(copy, row + x, width - x);
    return copy;
}

void pixels_to_plane(const uint8_t *pixels, size_t height, size_t width, word *plane) {
    uint8_t copy[WORD_BITS];
    for (size_t y = 0; y < height; y++, pixels += width)
        for (size_t x = 0; x < width; x += WORD_BITS) *plane++ = nonzero64(sixty_four(pixels, x, width, copy));
}

void label_to_plane(const uint8_t *labels, size_t height, size_t width, uint8_t label, word *plane) {
    uint8_t copy[WORD_BITS];
    for (size_t y = 0; y < height; y++, labels += width)
        for (size_t x = 0; x < width; x += WORD_BITS) {
            uint64_t mask = equal64(sixty_four(labels, x, width, copy), label);
            *plane++ = width - x < WORD_BITS ? mask & last_word_mask(width) : mask;
        }
}

void plane_to_pixels(const word *plane, size_t height, size_t width, uint8_t *pixels) {
    const uint64_t lowest = UINT64_C(0x0101010101010101);
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x += WORD_BITS) {
            uint64_t bits = *plane++;
            for (size_t i = x; i < x + WORD_BITS && i < width; i += 8, bits >>= 8) {
                uint64_t each = (bits & 0xFF) * lowest & UINT64_C(0x8040201008040201);
                uint64_t eight = (each + lowest * 0x7F) >> 7 & lowest;
                for (size_t k = 0; k < 8 && i + k < width; k++) *pixels++ = (uint8_t)(eight >> (8 * k));
            }
        }
}
