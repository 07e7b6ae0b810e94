/* Whether pixels have others near them: looked for from where they are, instead of growing all of the others.
 *
 * The pixels are those of a boundary, and few of its words are not zero. Where two boundaries agree each word finds
 * what it looks for in its own row or in the next ones. Where they do not, it would look into all rows of the disk for
 * nothing; so, if there are many such words, it is first found out which of their pixels have anything in the square
 * around them. */
#include "plane.h"

/* Each bit of the word, whether any of the `number` bits from it on upwards is set; those after the word are zero. */
static inline uint64_t any_upwards(uint64_t bits, unsigned number) {
    unsigned covered = 1;
    for (; 2 * covered < number; covered *= 2) bits |= bits >> covered;
    return bits | bits >> (number - covered);
}

static inline uint64_t any_downwards(uint64_t bits, unsigned number) {
    unsigned covered = 1;
    for (; 2 * covered < number; covered *= 2) bits |= bits << covered;
    return bits | bits << (number - covered);
}

/* The lowest `number` bits; none if it is negative. */
static inline uint64_t lowest_bits(int number) { return ~(~UINT64_C(0) << (number > 0 ? number : 0)); }

static inline uint64_t highest_bits(int number) { return ~(~UINT64_C(0) >> (number > 0 ? number : 0)); }

/* Each bit x of the word `here`, whether any bit from x - below to x + above is set; both are at most NEAR_REACH. Of
 * the words beside it only the bit that is nearest counts: it is in reach of all bits up to some distance. The bit that
 * is farthest away never is, so it may be set without harm, and spares a branch. */
static inline uint64_t any_around(uint64_t before, uint64_t here, uint64_t after, int below, int above) {
    const int from_below = below - __builtin_clzll(before | 1);
    const int from_above = above - __builtin_ctzll(after | UINT64_C(1) << 63);
    return any_upwards(here, (unsigned)above + 1) | any_downwards(here, (unsigned)below + 1) |
           lowest_bits(from_below) | highest_bits(from_above);
}

/* The number of words is a multiple of four, for vectors. */
static inline void or_row(word *restrict to, const word *restrict a, const word *restrict b, size_t number) {
    for (size_t j = 0; j < number; j += 4)
        for (size_t k = j; k < j + 4; k++) to[k] = a[k] | b[k];
}

/* For each row from `reach` above the part to `reach` below: what any row at most so far away has, margins included.
 *
 * Windows of 2 * reach + 1 rows are put together from the end of one stretch of so many rows and the beginning of the
 * next: what is set down to a row since its stretch began, and from a row on until its stretch ends. */
static inline void find_tall(const struct part *part, size_t reach, word *tall) {
    const size_t stride = part->stride, rows = part->box.bottom - part->box.top, window = 2 * reach + 1;
    const word *words = part->words - MARGIN;
    word *nothing = tall + (rows + 2 * reach) * stride, *since = nothing + stride;
    memset(nothing, 0, 2 * stride * sizeof(word));
    for (size_t y = 0; y < rows + 2 * reach; y++) {
        word *here = tall + y * stride;
        or_row(here, y < rows ? words + y * stride : nothing, y % window ? here - stride : nothing, stride);
    }
    for (size_t y = rows; y-- > 0;) {
        word *here = tall + (y + 2 * reach) * stride; /* its window begins with row y */
        if (y % window == 2 * reach) memset(since, 0, stride * sizeof(word));
        for (size_t j = 0; j < stride; j += 4)
            for (size_t k = j; k < j + 4; k++) here[k] |= since[k] |= words[y * stride + k];
    }
}

/* Words that found nothing yet. */
struct lonely {
    uint64_t bits;
    uint32_t y, at; /* row of the plane; word of the other part, 0 being the one before its first */
};

static size_t tall_words(const struct part *part, const struct disk *disk) {
    return (part->box.bottom - part->box.top + 2 * disk->reach + 2) * part->stride; /* two rows are for find_tall */
}

size_t near_scratch_words(const struct part *part, const struct part *other, const struct disk *disk) {
    return (box_words(&part->box) + 1) * (sizeof(struct lonely) / sizeof(word)) + tall_words(other, disk);
}

/* What is left of `bits` after looking into the rows of the spans [begin, end), wide ones first. */
static inline uint64_t look(const struct part *other, const struct span *spans, size_t begin, size_t end, size_t y,
                            size_t at, uint64_t bits) {
    const size_t rows = other->box.bottom - other->box.top;
    for (size_t i = end; bits && i-- > begin;) {
        const size_t row = y + (size_t)spans[i].row - other->box.top;
        if (row >= rows) continue;
        const word *here = other->words + row * other->stride + at - 1;
        if (here[-1] | here[0] | here[1])
            bits &= ~any_around(here[-1], here[0], here[1], -spans[i].first, spans[i].last);
    }
    return bits;
}

/* Lists the words of the part that are not zero, with those around which there may be something. Returns how many. */
static inline size_t list_words(const struct part *part, const struct part *other, size_t reach, struct lonely *found) {
    const size_t top = other->box.top > reach ? other->box.top - reach : 0, bottom = other->box.bottom + reach;
    const size_t left = other->box.left ? other->box.left - 1 : 0, right = other->box.right + 1;
    const size_t first_y = part->box.top > top ? part->box.top : top;
    const size_t end_y = part->box.bottom < bottom ? part->box.bottom : bottom;
    const size_t first_j = part->box.left > left ? part->box.left : left;
    const size_t end_j = part->box.right < right ? part->box.right : right;
    size_t number = 0;
    for (size_t y = first_y; y < end_y; y++) {
        const word *row = part->words + (y - part->box.top) * part->stride;
        for (size_t j = first_j; j < end_j; j++) { /* without branches: no one could foretell them */
            const uint64_t bits = row[j - part->box.left];
            found[number] = (struct lonely){bits, (uint32_t)y, (uint32_t)(j + 1 - other->box.left)};
            number += bits != 0;
        }
    }
    return number;
}

WIDE_VECTORS
uint64_t part_near_area(const struct part *part, const struct part *other, const struct disk *disk, word *scratch) {
    const size_t reach = disk->reach, narrow = disk->number ? disk->number - 1 : 0; /* spans but for the widest */
    struct lonely *lonely = (struct lonely *)scratch;
    word *tall = scratch + (box_words(&part->box) + 1) * (sizeof *lonely / sizeof *tall);
    const size_t number = list_words(part, other, reach, lonely);
    size_t found_nothing = 0;
    uint64_t area = 0;
    for (size_t i = 0; i < number; i++) {
        const struct lonely one = lonely[i];
        const uint64_t bits = look(other, disk->spans, narrow, disk->number, one.y, one.at, one.bits);
        area += (uint64_t)__builtin_popcountll(one.bits & ~bits);
        lonely[found_nothing] = (struct lonely){bits, one.y, one.at};
        found_nothing += bits != 0;
    }
    const int are_many = 4 * found_nothing * disk->number > tall_words(other, disk);
    if (are_many) find_tall(other, reach, tall);
    for (size_t i = 0; i < found_nothing; i++) {
        const size_t y = lonely[i].y, at = lonely[i].at;
        uint64_t bits = lonely[i].bits;
        if (are_many) {
            const word *here = tall + (y + reach - other->box.top) * other->stride + MARGIN + at - 1;
            bits &= any_around(here[-1], here[0], here[1], (int)reach, (int)reach);
        }
        area += (uint64_t)__builtin_popcountll(bits & ~look(other, disk->spans, 0, narrow, y, at, bits));
    }
    return area;
}
