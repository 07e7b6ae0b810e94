/* PNG filters undone on packed bits.
 *
 * In an image whose pixels are 0 or V, every filter is algebra on bits. Let x be the mask, a, b and c its left,
 * upper and upper left neighbours, and n the residuals that are not 0:
 *
 *   None     x = n
 *   Sub      x = n ^ a, which is the running XOR of n
 *   Up       x = n ^ b
 *   Paeth    predicts b where b != c, and a elsewhere: a running XOR that begins anew wherever b != c
 *   Average  takes a + b apart by itself: residuals are 0 or V, -V or 0, and two others where a != b
 *
 * Each row is checked against the residuals that such an image must have, so nothing is ever guessed: what does
 * not fit is decoded on bytes instead.
 */
#include "pixels.h"
#include "unfilter.h"

struct rows {
    const struct raw *raw;
    size_t width, words;
    uint8_t value; /* V; 0 as long as every pixel is 0 */
    int several;   /* rows without filter had more than one value */
    uint8_t *seen;
};

static inline uint64_t running_xor(uint64_t bits) {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    return bits ^ bits << 32;
}

/* Each bit of `chosen` takes the bit of `values`, each other the one before it; `before` precedes the first. The
 * carries of an addition do that for all 64 at once. */
static inline uint64_t hold(uint64_t chosen, uint64_t values, uint64_t before) {
    uint64_t set = chosen & values, kept = ~chosen;
    uint64_t into = (set | kept) ^ set ^ ((set | kept) + set + before);
    uint64_t last = (set | (kept & into)) & UINT64_C(1) << 63;
    return into >> 1 | last;
}

static inline const uint8_t *residuals(const struct rows *rows, size_t y, size_t j) {
    return rows->raw->bytes + y * (rows->width + 1) + 1 + j * WORD_BITS;
}

static inline uint64_t pixels_of(const struct rows *rows, size_t j) {
    return j + 1 == rows->words ? last_word_mask(rows->width) : ~UINT64_C(0);
}

/* Writes the residuals of row y that are not 0, from touched blocks alone. Returns whether there are any. */
static int nonzero_row(const struct rows *rows, size_t y, word *nonzero) {
    const size_t start = y * (rows->width + 1) + 1, end = start + rows->width;
    uint64_t any = 0;
    memset(nonzero, 0, rows->words * sizeof(word));
    for (size_t group = start / BLOCK; group * BLOCK < end; group += 64) {
        uint64_t touched = touched_blocks(rows->raw, group);
        if (end - group * BLOCK < 64 * BLOCK) touched &= ~UINT64_C(0) >> (63 - (end - 1 - group * BLOCK) / BLOCK);
        for (; touched; touched &= touched - 1) {
            const size_t at = (group + (size_t)__builtin_ctzll(touched)) * BLOCK;
            uint64_t bits = nonzero64(rows->raw->bytes + at);
            if (end - at < BLOCK) bits &= (UINT64_C(1) << (end - at)) - 1;
            if (at < start) {
                bits >>= start - at;
                nonzero[0] |= bits;
            } else {
                const size_t j = (at - start) / WORD_BITS, shift = (at - start) % WORD_BITS;
                nonzero[j] |= bits << shift;
                if (j + 1 < rows->words) nonzero[j + 1] |= (bits >> 1) >> (63 - shift);
            }
            any |= bits;
        }
    }
    return any != 0;
}

static int is_untouched(const struct rows *rows, size_t y) {
    const size_t start = y * (rows->width + 1), last = start + rows->width;
    uint64_t any = 0;
    for (size_t block = start / BLOCK; block <= last / BLOCK; block += 64) {
        uint64_t touched = touched_blocks(rows->raw, block);
        if (last / BLOCK - block < 63) touched &= ~UINT64_C(0) >> (63 - (last / BLOCK - block));
        any |= touched;
    }
    return !any;
}

static void plain_row(struct rows *rows, size_t y, const word *mask) {
    for (size_t j = 0; j < rows->words; j++) {
        if (!mask[j]) continue;
        const uint8_t *bytes = residuals(rows, y, j);
        if (!rows->value) rows->value = bytes[__builtin_ctzll(mask[j])];
        uint64_t other = mask[j] & ~equal64(bytes, rows->value);
        if (other) {
            rows->several = 1;
            note_values(bytes, other, rows->seen);
        }
    }
}

/* The first residual that is not 0 has only zeros before it, so it is V itself. */
static void find_value(struct rows *rows, size_t y, const word *nonzero) {
    for (size_t j = 0; !rows->value && j < rows->words; j++)
        if (nonzero[j]) rows->value = residuals(rows, y, j)[__builtin_ctzll(nonzero[j])];
}

/* Residuals must be V where 0 was predicted, and -V where V was. */
static inline uint64_t misfits(const struct rows *rows, const uint8_t *bytes, uint64_t nonzero, uint64_t predicted) {
    uint64_t positive = equal64(bytes, rows->value), negative = equal64(bytes, (uint8_t)-rows->value);
    return nonzero & ~((positive & ~predicted) | (negative & predicted));
}

static int average_row(const struct rows *rows, size_t y, const word *above, word *row) {
    const uint8_t value = rows->value, minus = (uint8_t)-value;
    const uint8_t low = (uint8_t)-(value / 2), high = (uint8_t)(value - value / 2);
    if (!value) return 1; /* everything is 0, and `row` says so */
    if (!low || low == value || low == minus || high == value || high == minus || low == high) return 0;
    uint64_t wrong = 0, left = 0;
    for (size_t j = 0; j < rows->words; j++) {
        uint64_t nonzero = row[j], up = above[j], plus = 0, less = 0, to_set = 0, to_clear = 0;
        if (nonzero) {
            const uint8_t *bytes = residuals(rows, y, j);
            plus = equal64(bytes, value) & nonzero;
            less = equal64(bytes, minus) & nonzero;
            to_set = equal64(bytes, high) & nonzero;
            to_clear = equal64(bytes, low) & nonzero;
        }
        uint64_t mask = to_set | ((plus | less) & ~up) | (~nonzero & up);
        uint64_t before = mask << 1 | left;
        left = mask >> 63;
        wrong |= nonzero & ~(plus | less | to_set | to_clear);
        wrong |= ((before ^ up) ^ (to_set | to_clear)) & pixels_of(rows, j);
        if (plus != less) wrong |= (plus & (before | up)) | (less & ~(before & up));
        row[j] = mask;
    }
    return !wrong;
}

static int up_row(const struct rows *rows, size_t y, const word *above, word *row) {
    uint64_t wrong = 0;
    for (size_t j = 0; j < rows->words; j++) {
        const uint64_t nonzero = row[j];
        row[j] = nonzero ^ above[j];
        if (nonzero) wrong |= misfits(rows, residuals(rows, y, j), nonzero, above[j]);
    }
    return !wrong;
}

static int sub_row(const struct rows *rows, size_t y, word *row) {
    uint64_t wrong = 0, last = 0;
    for (size_t j = 0; j < rows->words; j++) {
        const uint64_t nonzero = row[j], mask = (nonzero ? running_xor(nonzero) : 0) ^ -last;
        row[j] = mask & pixels_of(rows, j);
        if (nonzero) wrong |= misfits(rows, residuals(rows, y, j), nonzero, mask << 1 | last);
        last = mask >> 63;
    }
    return !wrong;
}

static int paeth_row(const struct rows *rows, size_t y, const word *above, word *row) {
    uint64_t wrong = 0, last_up = 0, last_running = 0, last_held = 0;
    for (size_t j = 0; j < rows->words; j++) {
        const uint64_t nonzero = row[j], up = above[j];
        if (!(nonzero | up | last_up) && last_running == last_held) continue; /* zeros among zeros */
        const uint64_t running = (nonzero ? running_xor(nonzero) : 0) ^ -last_running;
        const uint64_t corner = up << 1 | last_up, before = running << 1 | last_running;
        const uint64_t held = hold(up ^ corner, up ^ before, last_held), mask = running ^ held;
        row[j] = mask & pixels_of(rows, j);
        if (nonzero) wrong |= misfits(rows, residuals(rows, y, j), nonzero, nonzero ^ mask);
        last_up = up >> 63;
        last_running = running >> 63;
        last_held = held >> 63;
    }
    return !wrong;
}

/* Turns the residuals of `row` into the mask. Returns 0 if the image does not have two values. */
static int filtered_row(struct rows *rows, size_t y, int filter, const word *above, word *row) {
    find_value(rows, y, row);
    switch (filter) {
        case 1:
            return sub_row(rows, y, row);
        case 2:
            return up_row(rows, y, above, row);
        case 3:
            return average_row(rows, y, above, row);
        default:
            return paeth_row(rows, y, above, row);
    }
}

enum reason rows_to_plane(const struct raw *raw, size_t height, size_t width, word *plane, uint8_t seen[256],
                          int *suitable) {
    static const word nothing[MAX_SIDE / WORD_BITS];
    struct rows rows = {.raw = raw, .width = width, .words = words_in(width), .seen = seen};
    const word *above = nothing;
    word *row = plane;
    *suitable = 1;
    for (size_t y = 0; y < height; y++, above = row, row += rows.words) {
        if (is_untouched(&rows, y)) { /* filter 0 and nothing but zeros */
            memset(row, 0, rows.words * sizeof(word));
            continue;
        }
        int filter = raw->bytes[y * (width + 1)];
        if (filter > 4) return BAD_FILTER;
        int has_residuals = nonzero_row(&rows, y, row);
        if (filter == 0) {
            plain_row(&rows, y, row);
        } else if (filter == 2 && !has_residuals) {
            memcpy(row, above, rows.words * sizeof(word));
        } else if (has_residuals || filter != 1) {
            *suitable = !rows.several && filtered_row(&rows, y, filter, above, row);
            if (!*suitable) return ACCEPTED;
        }
    }
    seen[rows.value] = 1;
    return ACCEPTED;
}
