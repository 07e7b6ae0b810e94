/* A decompressor for images that are mostly zero: what stays zero is not even written. */
#ifndef RVOSBENCH_INFLATE_H
#define RVOSBENCH_INFLATE_H

#include "common.h"

#define BLOCK 64      /* bytes whose being touched is noted together */
#define RAW_SLACK 128 /* bytes after the end that may be read and written */

/* `bytes` holds `size` bytes and RAW_SLACK more; `touched` has one entry for each block of them, and 16 more.
 * Between two images all of it is zero; a block that is not touched still is. */
struct raw {
    uint8_t *bytes;
    uint8_t *touched;
    size_t size;
};

/* Decompresses a whole zlib stream into `raw`, which it must fill exactly; the checksum is compared. */
enum reason inflate_zlib(const uint8_t *stream, size_t length, struct raw *raw);

/* Makes all of `raw` zero again, at the cost of what was touched. */
void raw_clear(struct raw *raw);

static inline size_t raw_blocks(size_t size) { return (size + RAW_SLACK) / BLOCK + 1; }

#endif
