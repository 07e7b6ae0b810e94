#include "png.h"

#include <stdlib.h>

#include "checksums.h"
#include "pixels.h"
#include "unfilter.h"

#define MAX_CHUNK 0x7FFFFFFFu
#define HEADER_LENGTH 13

struct file {
    const uint8_t *next, *end;
};

struct chunk {
    const uint8_t *type, *data;
    size_t length;
};

struct image {
    struct png_header header;
    const uint8_t *palette;
    size_t colours;
    const uint8_t *stream;
    size_t stream_length;
};

static enum reason next_chunk(struct file *file, struct chunk *chunk) {
    size_t left = (size_t)(file->end - file->next);
    if (left < 12) return TRUNCATED;
    chunk->length = load_be32(file->next);
    chunk->type = file->next + 4;
    chunk->data = file->next + 8;
    if (chunk->length > MAX_CHUNK) return BAD_CHUNK;
    if (chunk->length > left - 12) return TRUNCATED;
    for (int i = 0; i < 4; i++) {
        uint8_t letter = chunk->type[i] | 0x20;
        if (letter < 'a' || letter > 'z') return BAD_CHUNK;
    }
    file->next = chunk->data + chunk->length + 4;
#ifndef RVOSBENCH_FUZZ /* mutations would never get past it */
    if (crc32_of(chunk->type, chunk->length + 4) != load_be32(chunk->data + chunk->length)) return BAD_CRC;
#endif
    return ACCEPTED;
}

static int is_chunk(const struct chunk *chunk, const char *type) { return !memcmp(chunk->type, type, 4); }

static enum reason open_file(const uint8_t *bytes, size_t length, struct file *file, struct png_header *header) {
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    struct chunk chunk;
    if (length < 8 || memcmp(bytes, signature, 8)) return NOT_PNG;
    *file = (struct file){bytes + 8, bytes + length};
    enum reason reason = next_chunk(file, &chunk);
    if (reason) return reason;
    if (!is_chunk(&chunk, "IHDR") || chunk.length != HEADER_LENGTH) return BAD_CHUNK;
    *header = (struct png_header){
        .width = load_be32(chunk.data),
        .height = load_be32(chunk.data + 4),
        .depth = chunk.data[8],
        .colour_type = chunk.data[9],
        .interlace = chunk.data[12],
    };
    if (!header->width || !header->height || header->width > MAX_CHUNK || header->height > MAX_CHUNK) return BAD_CHUNK;
    return chunk.data[10] || chunk.data[11] || header->interlace > 1 ? BAD_CHUNK : ACCEPTED;
}

enum reason png_read_header(const uint8_t *bytes, size_t length, struct png_header *header) {
    struct file file;
    return open_file(bytes, length, &file, header);
}

static int is_label_mode(const struct png_header *header) {
    uint8_t depth = header->depth;
    return (header->colour_type == GRAY || header->colour_type == PALETTE) &&
           (depth == 1 || depth == 2 || depth == 4 || depth == 8);
}

/* A buffer of at least `size` bytes, all zero if it is new. Returns 0 if there is no memory. */
static int ensure(uint8_t **buffer, size_t *capacity, size_t size) {
    if (*capacity >= size) return 1;
    free(*buffer);
    *buffer = calloc(size, 1);
    *capacity = *buffer ? size : 0;
    return *buffer != NULL;
}

static enum reason join(struct image *image, const struct chunk *more, struct scratch *scratch, size_t whole) {
    if (!ensure(&scratch->stream, &scratch->stream_capacity, whole)) return NO_MEMORY;
    if (image->stream != scratch->stream) memcpy(scratch->stream, image->stream, image->stream_length);
    image->stream = scratch->stream;
    memcpy(scratch->stream + image->stream_length, more->data, more->length);
    image->stream_length += more->length;
    return ACCEPTED;
}

/* Reads to the end of the file, and checks what it can before any pixel is decompressed. */
static enum reason read_chunks(const uint8_t *bytes, size_t length, size_t height, size_t width,
                               struct scratch *scratch, struct image *image) {
    struct file file;
    struct chunk chunk, before = {.type = (const uint8_t *)"IHDR"};
    enum reason reason = open_file(bytes, length, &file, &image->header);
    if (reason) return reason;
    if (!is_label_mode(&image->header)) return WRONG_MODE;
    if (image->header.height != height || image->header.width != width) return WRONG_SIZE;
    for (;; before = chunk) {
        reason = next_chunk(&file, &chunk);
        if (reason) return reason;
        if (is_chunk(&chunk, "IEND")) break;
        if (is_chunk(&chunk, "IDAT")) {
            if (!image->stream) {
                image->stream = chunk.data;
                image->stream_length = chunk.length;
            } else {
                if (!is_chunk(&before, "IDAT")) return BAD_CHUNK;
                reason = join(image, &chunk, scratch, length);
                if (reason) return reason;
            }
        } else if (is_chunk(&chunk, "PLTE")) {
            if (image->palette || image->stream || chunk.length % 3 || !chunk.length || chunk.length > 768)
                return BAD_CHUNK;
            image->palette = chunk.data;
            image->colours = chunk.length / 3;
        } else if (!(chunk.type[0] & 0x20)) {
            return BAD_CHUNK; /* one that must be understood, and is not known */
        }
    }
    if (!image->stream || (image->header.colour_type == PALETTE && !image->palette)) return BAD_CHUNK;
    return ACCEPTED;
}

/* The rows of an image, or of one pass of an interlaced one: every dx-th column from x on, and so on. */
struct pass {
    size_t x, y, dx, dy;
};
static const struct pass whole = {0, 0, 1, 1};
static const struct pass adam7[7] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                     {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};

static size_t pass_columns(const struct png_header *header, const struct pass *pass) {
    return header->width > pass->x ? (header->width - pass->x + pass->dx - 1) / pass->dx : 0;
}

static size_t pass_rows(const struct png_header *header, const struct pass *pass) {
    return header->height > pass->y ? (header->height - pass->y + pass->dy - 1) / pass->dy : 0;
}

static size_t pass_row_bytes(const struct png_header *header, const struct pass *pass) {
    return (pass_columns(header, pass) * header->depth + 7) / 8;
}

static size_t pass_size(const struct png_header *header, const struct pass *pass) {
    size_t row_bytes = pass_row_bytes(header, pass);
    return row_bytes ? pass_rows(header, pass) * (1 + row_bytes) : 0;
}

static size_t raw_size(const struct png_header *header) {
    size_t size = 0;
    if (!header->interlace) return pass_size(header, &whole);
    for (int i = 0; i < 7; i++) size += pass_size(header, &adam7[i]);
    return size;
}

static enum reason decompress(const struct image *image, struct scratch *scratch) {
    size_t size = raw_size(&image->header);
    if (scratch->capacity < size) {
        free(scratch->raw.bytes);
        free(scratch->raw.touched);
        scratch->raw.bytes = calloc(raw_blocks(size), BLOCK);
        scratch->raw.touched = calloc(raw_blocks(size) + TOUCHED_SLACK, 1);
        scratch->raw.size = 0;
        scratch->capacity = scratch->raw.bytes && scratch->raw.touched ? size : 0;
        if (!scratch->capacity) return NO_MEMORY;
    }
    scratch->raw.size = size;
    return inflate_zlib(image->stream, image->stream_length, &scratch->raw);
}

/* Undoes the filters of a pass on bytes, and puts its pixels where they belong. */
static enum reason spread(const struct png_header *header, const struct pass *pass, uint8_t *rows, uint8_t *labels) {
    size_t columns = pass_columns(header, pass), number = pass_rows(header, pass);
    size_t row_bytes = pass_row_bytes(header, pass), depth = header->depth;
    if (!row_bytes) return ACCEPTED;
    enum reason reason = unfilter_rows(rows, number, row_bytes);
    for (size_t i = 0; !reason && i < number; i++) {
        const uint8_t *row = rows + i * (1 + row_bytes) + 1;
        uint8_t *to = labels + (pass->y + i * pass->dy) * header->width + pass->x;
        if (depth == 8 && pass->dx == 1) {
            memcpy(to, row, columns);
        } else {
            for (size_t k = 0, bit = 0; k < columns; k++, bit += depth)
                to[k * pass->dx] = (uint8_t)(row[bit / 8] >> (8 - depth - bit % 8)) & (uint8_t)((1u << depth) - 1);
        }
    }
    return reason;
}

/* Whether undoing the filters writes to the rows. */
static int is_filtered(const struct png_header *header, const struct raw *raw) {
    if (header->interlace) return 1;
    size_t stride = 1 + pass_row_bytes(header, &whole);
    for (size_t at = 0; at < raw->size; at += stride)
        if (raw->bytes[at]) return 1;
    return 0;
}

static enum reason raw_to_labels(const struct png_header *header, struct raw *raw, uint8_t *labels) {
    if (is_filtered(header, raw)) memset(raw->touched, 1, raw_blocks(raw->size));
    if (!header->interlace) return spread(header, &whole, raw->bytes, labels);
    enum reason reason = ACCEPTED;
    uint8_t *rows = raw->bytes;
    for (int i = 0; !reason && i < 7; i++) {
        reason = spread(header, &adam7[i], rows, labels);
        rows += pass_size(header, &adam7[i]);
    }
    return reason;
}

static void note_all(const uint8_t *labels, size_t length, uint8_t seen[256]) {
    for (; length >= WORD_BITS; labels += WORD_BITS, length -= WORD_BITS)
        note_values(labels, nonzero64(labels), seen);
    for (; length; labels++, length--) seen[*labels] = 1;
}

/* `labels` is followed by at least 63 readable bytes. */
static void labels_to_plane(const uint8_t *labels, size_t height, size_t width, word *plane, uint8_t seen[256]) {
    for (size_t y = 0; y < height; y++, labels += width)
        for (size_t x = 0; x < width; x += WORD_BITS) {
            uint64_t mask = nonzero64(labels + x);
            if (width - x < WORD_BITS) mask &= last_word_mask(width);
            if (mask) note_values(labels + x, mask, seen);
            *plane++ = mask;
        }
}

/* What a gray reading of a palette gives, as libpng computes it for the readers of the official scripts. */
static unsigned luminance(const uint8_t *colour) {
    return (9797u * colour[0] + 19234u * colour[1] + 3737u * colour[2]) >> 15;
}

static uint32_t facts_of(const struct image *image, const uint8_t seen[256]) {
    uint32_t facts = 0, largest = 0, distinct = 0;
    for (unsigned value = 1; value < 256; value++) {
        if (!seen[value]) continue;
        largest = value;
        distinct++;
        if (image->header.colour_type == PALETTE &&
            (value >= image->colours || !luminance(image->palette + (size_t)3 * value)))
            facts |= FACT_DARK;
    }
    if (image->header.interlace) facts |= FACT_INTERLACED;
    if (image->header.colour_type == PALETTE) {
        facts |= FACT_PALETTE;
        if (luminance(image->palette)) facts |= FACT_LIGHT_ZERO;
    }
    return facts | largest << FACT_LARGEST_SHIFT | distinct << FACT_DISTINCT_SHIFT;
}

static enum reason raw_to_plane(const struct png_header *header, struct scratch *scratch, word *plane,
                                uint8_t seen[256]) {
    if (header->depth == 8 && !header->interlace) {
        int suitable;
        enum reason reason = rows_to_plane(&scratch->raw, header->height, header->width, plane, seen, &suitable);
        if (reason || suitable) return reason;
        memset(seen, 0, 256);
    }
    size_t size = (size_t)header->height * header->width + WORD_BITS;
    if (!ensure(&scratch->labels, &scratch->labels_capacity, size)) return NO_MEMORY;
    enum reason reason = raw_to_labels(header, &scratch->raw, scratch->labels);
    if (!reason) labels_to_plane(scratch->labels, header->height, header->width, plane, seen);
    return reason;
}

enum reason png_read_plane(const uint8_t *bytes, size_t length, size_t height, size_t width, struct scratch *scratch,
                           word *plane, uint32_t *facts) {
    struct image image = {0};
    uint8_t seen[256] = {0};
    enum reason reason = read_chunks(bytes, length, height, width, scratch, &image);
    if (reason) return reason;
    reason = decompress(&image, scratch);
    if (!reason) reason = raw_to_plane(&image.header, scratch, plane, seen);
    if (scratch->raw.bytes) raw_clear(&scratch->raw);
    if (!reason) *facts = facts_of(&image, seen);
    return reason;
}

enum reason png_read_labels(const uint8_t *bytes, size_t length, size_t height, size_t width, struct scratch *scratch,
                            uint8_t *labels, uint32_t *facts) {
    struct image image = {0};
    uint8_t seen[256] = {0};
    enum reason reason = read_chunks(bytes, length, height, width, scratch, &image);
    if (reason) return reason;
    reason = decompress(&image, scratch);
    if (!reason) reason = raw_to_labels(&image.header, &scratch->raw, labels);
    if (scratch->raw.bytes) raw_clear(&scratch->raw);
    if (reason) return reason;
    note_all(labels, height * width, seen);
    *facts = facts_of(&image, seen);
    return ACCEPTED;
}

void scratch_free(struct scratch *scratch) {
    free(scratch->raw.bytes);
    free(scratch->raw.touched);
    free(scratch->labels);
    free(scratch->stream);
    memset(scratch, 0, sizeof *scratch);
}
