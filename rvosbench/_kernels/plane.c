#include "plane.h"

static struct box box_intersection(const struct box *a, const struct box *b) {
    struct box both = {
        .top = a->top > b->top ? a->top : b->top,
        .bottom = a->bottom < b->bottom ? a->bottom : b->bottom,
        .left = a->left > b->left ? a->left : b->left,
        .right = a->right < b->right ? a->right : b->right,
    };
    if (box_is_empty(&both)) both = (struct box){0};
    return both;
}

WIDE_VECTORS
struct box plane_bounds(const word *plane, size_t height, size_t width) {
    const size_t words = words_in(width);
    uint64_t columns[MAX_SIDE / WORD_BITS];
    struct box box = {.top = height, .bottom = 0, .left = 0, .right = words};
    memset(columns, 0, words * sizeof *columns);
    for (size_t y = 0; y < height; y++, plane += words) {
        uint64_t any = 0;
        for (size_t j = 0; j < words; j++) any |= plane[j];
        if (!any) continue;
        if (box.top == height) box.top = y;
        box.bottom = y + 1;
        for (size_t j = 0; j < words; j++) columns[j] |= plane[j];
    }
    if (!box.bottom) return (struct box){0};
    while (!columns[box.left]) box.left++;
    while (!columns[box.right - 1]) box.right--;
    return box;
}

WIDE_VECTORS
uint64_t plane_area(const word *plane, size_t words) {
    uint64_t area = 0;
    for (size_t i = 0; i < words; i++) area += (uint64_t)__builtin_popcountll(plane[i]);
    return area;
}

WIDE_VECTORS
void plane_intersection_union(const word *a, const word *b, const word *void_, size_t words, uint64_t areas[2]) {
    uint64_t both = 0, either = 0;
    for (size_t i = 0; i < words; i++) {
        uint64_t counted = void_ ? ~void_[i] : ~UINT64_C(0);
        both += (uint64_t)__builtin_popcountll(a[i] & b[i] & counted);
        either += (uint64_t)__builtin_popcountll((a[i] | b[i]) & counted);
    }
    areas[0] = both;
    areas[1] = either;
}

WIDE_VECTORS
uint64_t part_area(const struct part *part) {
    const size_t number = part->box.right - part->box.left;
    const word *row = part->words;
    uint64_t area = 0;
    for (size_t y = part->box.top; y < part->box.bottom; y++, row += part->stride)
        for (size_t j = 0; j < number; j++) area += (uint64_t)__builtin_popcountll(row[j]);
    return area;
}

static const word *words_at(const struct part *part, size_t y, size_t j) {
    return part->words + (y - part->box.top) * part->stride + (j - part->box.left);
}

WIDE_VECTORS
uint64_t part_common_area(const struct part *a, const struct part *b) {
    const struct box both = box_intersection(&a->box, &b->box);
    const size_t number = both.right - both.left;
    uint64_t area = 0;
    if (box_is_empty(&both)) return 0;
    const word *of_a = words_at(a, both.top, both.left), *of_b = words_at(b, both.top, both.left);
    for (size_t y = both.top; y < both.bottom; y++, of_a += a->stride, of_b += b->stride)
        for (size_t j = 0; j < number; j++) area += (uint64_t)__builtin_popcountll(of_a[j] & of_b[j]);
    return area;
}

struct box boundary_box(const struct box *box) {
    struct box grown = *box;
    if (box_is_empty(box)) return (struct box){0};
    if (grown.top) grown.top--;
    if (grown.left) grown.left--;
    return grown;
}

/* A pixel is of the boundary if it differs from its right, lower or lower right neighbour; beyond the last row and
 * column the image goes on as it ends, which is why its border is never a boundary. */
WIDE_VECTORS
void plane_boundary(const word *plane, size_t height, size_t width, const struct box *box, word *boundary,
                    size_t stride) {
    const size_t words = words_in(width), number = box->right - box->left;
    const uint64_t last_pixel = UINT64_C(1) << ((width - 1) % WORD_BITS);
    const size_t inner = box->right == words ? number - 1 : number;
    for (size_t y = box->top; y < box->bottom; y++, boundary += stride) {
        const word *row = plane + y * words + box->left;
        const word *below = y + 1 < height ? row + words : row;
        for (size_t j = 0; j < inner; j++) {
            uint64_t here = row[j], under = below[j];
            uint64_t east = here >> 1 | row[j + 1] << 63, south_east = under >> 1 | below[j + 1] << 63;
            boundary[j] = (here ^ east) | (here ^ under) | (here ^ south_east);
        }
        if (inner < number) {
            uint64_t here = row[inner], under = below[inner];
            uint64_t east = here >> 1 | (here & last_pixel), south_east = under >> 1 | (under & last_pixel);
            boundary[inner] = (here ^ east) | (here ^ under) | (here ^ south_east);
        }
    }
}

/* Words on either side of a row that bits of a wanted pixel can still come from. */
static size_t padding(const struct disk *disk) { return 1 + disk->reach / WORD_BITS; }

size_t dilate_scratch_words(const struct box *to, const struct disk *disk) {
    return 2 * (to->right - to->left + 2 * padding(disk) + 2);
}

/* row | row moved left by `left` | row moved right by `right`; reads a word beyond each end. */
static inline void grow(const word *restrict row, word *restrict grown, size_t number, unsigned left, unsigned right) {
    const word *before = row - 1, *after = row + 1;
    for (size_t j = 0; j < number; j++)
        grown[j] = row[j] | row[j] << left | (before[j] >> 1) >> (63 - left) | row[j] >> right |
                   (after[j] << 1) << (63 - right);
}

static inline void or_into(word *restrict to, const word *restrict from, size_t number) {
    for (size_t j = 0; j < number; j++) to[j] |= from[j];
}

/* Copies a row so that word `at` of the plane comes first; words outside of [left, right) are zero. */
static int fetch(const word *from, size_t left, size_t right, ptrdiff_t at, size_t number, word *row) {
    uint64_t any = 0;
    for (size_t j = 0; j < number; j++, at++) {
        row[j] = at >= (ptrdiff_t)left && at < (ptrdiff_t)right ? from[at - (ptrdiff_t)left] : 0;
        any |= row[j];
    }
    return any != 0;
}

/* row moved by `offset` pixels: bit x becomes what bit x + offset was. */
static void shift(const word *row, word *shifted, size_t number, ptrdiff_t offset) {
    const ptrdiff_t skip = offset >= 0 ? offset / WORD_BITS : -((-offset + WORD_BITS - 1) / WORD_BITS);
    const unsigned bits = (unsigned)(offset - skip * WORD_BITS);
    for (ptrdiff_t j = 0; j < (ptrdiff_t)number; j++) {
        ptrdiff_t low = j + skip, high = low + 1;
        uint64_t here = low >= 0 && low < (ptrdiff_t)number ? row[low] : 0;
        uint64_t next = high >= 0 && high < (ptrdiff_t)number ? row[high] : 0;
        shifted[j] = here >> bits | (next << 1) << (63 - bits);
    }
}

/* Spans grow from row to row of the disk: each is the one before and what lies beside it. A window of n pixels can
 * grow by n at once, and by 63 at most. */
WIDE_VECTORS
void plane_dilate(const struct part *from, const struct disk *disk, word *to, const struct box *to_box, word *scratch) {
    const size_t number = to_box->right - to_box->left, margin = padding(disk), padded = number + 2 * margin;
    word *row = scratch + 1, *other = row + padded + 2;
    memset(to, 0, box_words(to_box) * sizeof(word));
    memset(scratch, 0, dilate_scratch_words(to_box, disk) * sizeof(word));
    const struct box *from_box = &from->box;
    size_t first = from_box->top + disk->reach > to_box->top ? from_box->top : to_box->top - disk->reach;
    size_t end = from_box->bottom < to_box->bottom + disk->reach ? from_box->bottom : to_box->bottom + disk->reach;
    for (size_t y = first; y < end; y++) {
        const word *source = from->words + (y - from_box->top) * from->stride;
        if (!fetch(source, from_box->left, from_box->right, (ptrdiff_t)to_box->left - (ptrdiff_t)margin, padded, row))
            continue;
        ptrdiff_t left = 0, right = 0;
        for (size_t i = 0; i < disk->number; i++) {
            const struct span *span = &disk->spans[i];
            if (!i) {
                left = right = span->first;
                if (left) {
                    shift(row, other, padded, left);
                    word *swap = row;
                    row = other;
                    other = swap;
                }
            }
            while (left > span->first || right < span->last) {
                ptrdiff_t most = right - left + 1 < 63 ? right - left + 1 : 63;
                ptrdiff_t more_left = left - span->first < most ? left - span->first : most;
                ptrdiff_t more_right = span->last - right < most ? span->last - right : most;
                grow(row, other, padded, (unsigned)more_left, (unsigned)more_right);
                word *swap = row;
                row = other;
                other = swap;
                left -= more_left;
                right += more_right;
            }
            const ptrdiff_t target = (ptrdiff_t)y - span->row - (ptrdiff_t)to_box->top;
            if (target >= 0 && target < (ptrdiff_t)(to_box->bottom - to_box->top))
                or_into(to + (size_t)target * number, row + margin, number);
        }
    }
}
