/* From the filtered rows of a PNG to pixels, either on bytes or, for images of two values, on bits. */
#ifndef RVOSBENCH_UNFILTER_H
#define RVOSBENCH_UNFILTER_H

#include "inflate.h"

/* Rows of `height` filter bytes, each followed by `width` pixels of one byte, to the mask of those that are not 0.
 *
 * Works without undoing the filters on bytes: `*suitable` becomes 0 where that cannot be done, that is where more
 * than two values are filtered, and the plane is then of no use. Values other than 0 are noted in `seen`. */
enum reason rows_to_plane(const struct raw *raw, size_t height, size_t width, word *plane, uint8_t seen[256],
                          int *suitable);

/* Undoes the filters of `rows` rows in place; pixels of a byte or less, so the byte before is the pixel before. */
enum reason unfilter_rows(uint8_t *rows, size_t number, size_t row_bytes);

#endif
