/* COCO compressed run lengths to planes and back, without a byte for each pixel in between. */
#ifndef RVOSBENCH_RLE_H
#define RVOSBENCH_RLE_H

#include "common.h"

enum reason rle_read_plane(const uint8_t *counts, size_t length, size_t height, size_t width, word *plane);

/* The canonical counts of a plane, in memory that the caller frees; NULL if there is none to be had. */
uint8_t *rle_write_counts(const word *plane, size_t height, size_t width, size_t *length);

#endif
