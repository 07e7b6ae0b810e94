/* A run in column order is two toggles of the column it begins and ends in, and, where it goes on over the end of
 * a column, one at the top of each column that it reaches. A running XOR down the rows then gives the mask. */
#include "rle.h"

#include <stdlib.h>

#include "plane.h"

#define FIRST_CHARACTER 48
#define MORE 0x20
#define SIGN 0x10
#define GROUP_BITS 5
#define MAX_GROUPS 7

/* Reads a number and moves `next` on. Returns 0 if there is none. */
static int read_number(const uint8_t **next, const uint8_t *end, int64_t *number) {
    int64_t value = 0;
    for (int shift = 0; shift < MAX_GROUPS * GROUP_BITS; shift += GROUP_BITS) {
        if (*next == end) return 0;
        unsigned group = *(*next)++ - (unsigned)FIRST_CHARACTER;
        if (group > 63) return 0;
        value |= (int64_t)(group & 31) << shift;
        if (!(group & MORE)) {
            *number = group & SIGN ? value - ((int64_t)1 << (shift + GROUP_BITS)) : value;
            return 1;
        }
    }
    return 0;
}

static inline void toggle(word *row, size_t x) { row[x / WORD_BITS] ^= UINT64_C(1) << (x % WORD_BITS); }

/* Sets the bits [from, to) of a row. */
static void set_range(word *row, size_t from, size_t to) {
    for (size_t j = from / WORD_BITS; j * WORD_BITS < to; j++) {
        uint64_t bits = ~UINT64_C(0);
        if (j == from / WORD_BITS) bits <<= from % WORD_BITS;
        if (j == to / WORD_BITS) bits &= (UINT64_C(1) << (to % WORD_BITS)) - 1;
        row[j] |= bits;
    }
}

WIDE_VECTORS
static void xor_down(word *plane, size_t height, size_t words, size_t first, size_t last) {
    for (size_t y = 1; y < height; y++, plane += words)
        for (size_t j = first; j <= last; j++) plane[words + j] ^= plane[j];
}

enum reason rle_read_plane(const uint8_t *counts, size_t length, size_t height, size_t width, word *plane) {
    const uint8_t *next = counts, *end = counts + length;
    const size_t words = words_in(width);
    const int64_t pixels = (int64_t)height * (int64_t)width;
    int64_t total = 0, run = 0, before[2] = {0, 0}; /* the last runs of background and of foreground */
    size_t x = 0, y = 0, first = SIZE_MAX, last = 0, number = 0;
    enum reason reason = ACCEPTED;
    memset(plane, 0, height * words * sizeof(word));
    if (!length) return BAD_COUNTS;
    for (; next < end; number++) {
        if (!read_number(&next, end, &run)) return BAD_COUNTS;
        if (reason) continue; /* what follows is only checked for being numbers */
        if (number > 2) run += before[number % 2];
        before[number % 2] = run;
        if (run < 0 || run > pixels - total) {
            reason = BAD_RUNS;
            continue;
        }
        size_t from = y ? x + 1 : x; /* the first column whose top the run can reach */
        total += run;
        if (number % 2 && run) {
            if (x < first) first = x;
            if (y) toggle(plane + y * words, x);
        }
        y += (size_t)run;
        if (y >= height) {
            size_t columns = y < 2 * height ? 1 : y / height;
            x += columns;
            y -= columns * height;
        }
        if (number % 2 && run) {
            size_t to = y ? x + 1 : x;
            if (from < to) set_range(plane, from, to);
            if (y) toggle(plane + y * words, x);
            last = to - 1;
        }
    }
    if (reason || total != pixels) return BAD_RUNS;
    if (first <= last && first < width) xor_down(plane, height, words, first / WORD_BITS, last / WORD_BITS);
    return ACCEPTED;
}

/* Visits every pixel that differs from the one above it, or is set in the first row. Counts those of each column in
 * `at`, or, given `rows`, writes there which rows they are in, for each column from at[column] on. `bounds` are those
 * of the plane. */
static void visit_toggles(const word *plane, size_t height, size_t words, const struct box *bounds, size_t *at,
                          uint32_t *rows) {
    for (size_t y = bounds->top; y < height && y <= bounds->bottom; y++)
        for (size_t j = bounds->left; j < bounds->right; j++) {
            const word *here = plane + y * words + j;
            uint64_t bits = y ? *here ^ *(here - words) : *here;
            for (; bits; bits &= bits - 1) {
                size_t x = j * WORD_BITS + (size_t)__builtin_ctzll(bits);
                if (rows) rows[at[x]] = (uint32_t)y;
                at[x]++;
            }
        }
}

static uint8_t *write_number(uint8_t *to, int64_t number) {
    for (;;) {
        unsigned group = (unsigned)(number & 31);
        number >>= GROUP_BITS;
        int more = group & SIGN ? number != -1 : number != 0;
        *to++ = (uint8_t)(FIRST_CHARACTER + (more ? group | MORE : group));
        if (!more) return to;
    }
}

struct runs {
    uint8_t *next;
    int64_t last, before[2]; /* where the last run ended; the last two runs */
    size_t number;
};

static void end_run(struct runs *runs, int64_t position) {
    int64_t run = position - runs->last, *same = &runs->before[runs->number % 2];
    runs->next = write_number(runs->next, runs->number > 2 ? run - *same : run);
    runs->last = position;
    runs->number++;
    *same = run;
}

uint8_t *rle_write_counts(const word *plane, size_t height, size_t width, size_t *length) {
    size_t *at = calloc(width, sizeof *at), total = 0;
    if (!at) return NULL;
    const struct box bounds = plane_bounds(plane, height, width);
    visit_toggles(plane, height, words_in(width), &bounds, at, NULL);
    for (size_t x = 0; x < width; x++) {
        size_t here = at[x];
        at[x] = total;
        total += here;
    }
    uint32_t *rows = malloc((total + 1) * sizeof *rows);
    uint8_t *counts = malloc((total + width + 1) * MAX_GROUPS);
    if (rows && counts) {
        visit_toggles(plane, height, words_in(width), &bounds, at, rows);
        struct runs runs = {.next = counts};
        size_t i = 0;
        int inside = 0; /* the state of the last pixel of the column before */
        for (size_t x = 0; x < width; x++) {
            const int64_t top = (int64_t)(x * height);
            int set = i < at[x] && rows[i] == 0;
            if (set != inside) end_run(&runs, top);
            i += (size_t)set;
            inside = set ^ (int)((at[x] - i) & 1);
            for (; i < at[x]; i++) end_run(&runs, top + rows[i]);
        }
        if (inside || runs.last < (int64_t)(width * height) || !runs.number) end_run(&runs, (int64_t)(width * height));
        *length = (size_t)(runs.next - counts);
    } else {
        free(counts);
        counts = NULL;
    }
    free(at);
    free(rows);
    return counts;
}
