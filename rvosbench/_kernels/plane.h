/* Planes: rows of words_in(width) words, one bit a pixel. The spare bits of the last word of a row are zero. */
#ifndef RVOSBENCH_PLANE_H
#define RVOSBENCH_PLANE_H

#include "common.h"

/* A part of a plane: rows [top, bottom), words [left, right) of each. */
struct box {
    size_t top, bottom, left, right;
};

static inline size_t box_words(const struct box *box) { return (box->bottom - box->top) * (box->right - box->left); }

static inline int box_is_empty(const struct box *box) { return box->top >= box->bottom || box->left >= box->right; }

/* The disk that boundaries are dilated with: for each row offset the span of column offsets, narrowest first, each
 * span within the next one. */
struct span {
    int32_t row, first, last;
};

struct disk {
    size_t number;
    const struct span *spans;
    size_t reach;  /* the largest offset in any direction */
    int is_around; /* whether each span holds the column offset 0, which those of a centred disk do */
};

/* The words of a plane that are not zero lie in this box. */
struct box plane_bounds(const word *plane, size_t height, size_t width);

uint64_t plane_area(const word *plane, size_t words);

/* Both areas at once: of what two planes share, and of what either has, outside of `void_` if that is not NULL. */
void plane_intersection_union(const word *a, const word *b, const word *void_, size_t words, uint64_t areas[2]);

/* Part of a plane: the words in `box`, rows `stride` words apart. */
struct part {
    const word *words;
    struct box box;
    size_t stride;
};

uint64_t part_area(const struct part *part);
uint64_t part_common_area(const struct part *a, const struct part *b);

/* The box that holds the boundary of what lies in `box`: one pixel more to the top and to the left. */
struct box boundary_box(const struct box *box);

/* The boundary of the plane inside `box`, as rows `stride` words apart. */
void plane_boundary(const word *plane, size_t height, size_t width, const struct box *box, word *boundary,
                    size_t stride);

/* In a part with margins others can look around. Left and right of each row are at least so many words of zeros, and
 * the stride is a multiple of four. */
#define MARGIN 2
#define NEAR_REACH 63 /* the farthest they can look */

/* Words that part_near_area needs besides. */
size_t near_scratch_words(const struct part *part, const struct part *other, const struct disk *disk);

/* How many pixels of `part` have one of `other` inside the disk around them. `other` has margins; the reach of the
 * disk is at most NEAR_REACH, and its spans are around it. */
uint64_t part_near_area(const struct part *part, const struct part *other, const struct disk *disk, word *scratch);

/* Words that plane_dilate needs besides. */
size_t dilate_scratch_words(const struct box *to, const struct disk *disk);

/* What `from` becomes inside the box `to_box` when each of its pixels grows to a disk, as rows without gaps. Bits
 * beyond the width may be set. */
void plane_dilate(const struct part *from, const struct disk *disk, word *to, const struct box *to_box, word *scratch);

#endif
