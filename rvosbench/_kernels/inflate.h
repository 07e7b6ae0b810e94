/* A decompressor for images that are mostly zero: what stays zero is not even written. */
#ifndef RVOSBENCH_INFLATE_H
#define RVOSBENCH_INFLATE_H

#include "pixels.h"

#define BLOCK 64      /* bytes whose being touched is noted together */
#define TOUCHED_SLACK 80
#define RAW_SLACK 128 /* bytes after the end that may be read and written */

/* `bytes` holds `size` bytes and RAW_SLACK more; `touched` has an entry, 0 or 1, for each block of them, and
 * TOUCHED_SLACK more. Between two images all of it is zero; a block that is not touched still is. */
struct raw {
    uint8_t *bytes;
    uint8_t *touched;
    size_t size;
};

/* Decompresses a whole zlib stream into `raw`, which it must fill exactly; the checksum is compared. */
enum reason inflate_zlib(const uint8_t *stream, size_t length, struct raw *raw);

/* Makes all of `raw` zero again, at the cost of what was touched. */
void raw_clear(struct raw *raw);

/* Which of the 64 blocks from `block` on were touched; blocks after the end were not. */
static inline uint64_t touched_blocks(const struct raw *raw, size_t block) { return nonzero64(raw->touched + block); }

static inline size_t raw_blocks(size_t size) { return (size + RAW_SLACK) / BLOCK + 1; }

#endif
