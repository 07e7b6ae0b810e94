/* CRC-32 of a chunk and Adler-32 of the pixels. */
#ifndef RVOSBENCH_CHECKSUMS_H
#define RVOSBENCH_CHECKSUMS_H

#include "inflate.h"

/* Fills the tables of crc32_of; once, before anything else. */
void checksums_init(void);

uint32_t crc32_of(const uint8_t *bytes, size_t length);

/* Skips what was not touched: zeros add nothing to the first sum, and a known amount to the second. */
uint32_t adler32_of_raw(const struct raw *raw);

#endif
