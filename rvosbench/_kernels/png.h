/* PNG label maps and masks, from bytes that strangers wrote. */
#ifndef RVOSBENCH_PNG_H
#define RVOSBENCH_PNG_H

#include "inflate.h"

enum colour_type { GRAY = 0, RGB = 2, PALETTE = 3, GRAY_ALPHA = 4, RGBA = 6 };

struct png_header {
    uint32_t height, width;
    uint8_t depth, colour_type, interlace;
};

/* What is worth knowing of an image beside its mask; the layout is that of `PngFacts` in planes.py. */
enum png_fact {
    FACT_LARGEST_SHIFT = 0,   /* 8 bits: the largest value that a pixel has */
    FACT_DISTINCT_SHIFT = 8,  /* 8 bits: how many values other than 0 occur */
    FACT_PALETTE = 1 << 16,   /* the colour type is that of a palette */
    FACT_INTERLACED = 1 << 17,
    FACT_DARK = 1 << 18,      /* a value other than 0 is used that a gray reading would turn into 0 */
    FACT_LIGHT_ZERO = 1 << 19 /* the palette gives 0 a colour that a gray reading would not turn into 0 */
};

/* Memory that decoding needs; kept between images of a batch. All zero but for sizes when not in use. */
struct scratch {
    struct raw raw;
    size_t capacity; /* of raw.bytes, without the slack */
    uint8_t *labels; /* one byte a pixel, for images that are not one byte a pixel in the file */
    size_t labels_capacity;
    uint8_t *stream; /* the parts of a stream, joined */
    size_t stream_capacity;
};

/* The header of any PNG, also of one that is refused later. */
enum reason png_read_header(const uint8_t *file, size_t length, struct png_header *header);

/* The pixels that are not 0, as a plane of height * words_in(width) words. */
enum reason png_read_plane(const uint8_t *file, size_t length, size_t height, size_t width, struct scratch *scratch,
                           word *plane, uint32_t *facts);

/* The values of the pixels as the file has them: palette indices, or gray levels that are not scaled. */
enum reason png_read_labels(const uint8_t *file, size_t length, size_t height, size_t width, struct scratch *scratch,
                            uint8_t *labels, uint32_t *facts);

void scratch_free(struct scratch *scratch);

#endif
