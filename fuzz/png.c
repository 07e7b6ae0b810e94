/* Any bytes as a PNG file: the mask and the label map of it must agree, and nothing may be left behind.
 *
 * Built with RVOSBENCH_FUZZ, checksums are not compared: hardly any mutation would get past them. */
#include "png.h"

#include "checks.h"
#include "checksums.h"
#include "pixels.h"

#define MOST_PIXELS 40000

static void check_scratch(const struct scratch *scratch) {
    if (!scratch->raw.bytes) return;
    const size_t blocks = raw_blocks(scratch->capacity);
    for (size_t i = 0; i < blocks * BLOCK; i++) PROMISE(!scratch->raw.bytes[i]);
    for (size_t i = 0; i < blocks + TOUCHED_SLACK; i++) PROMISE(!scratch->raw.touched[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *file, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *file, size_t length) {
    static int ready;
    if (!ready) {
        checksums_init();
        ready = 1;
    }
    struct png_header header;
    size_t height = 5, width = 70; /* of most files another size is expected */
    if (!png_read_header(file, length, &header) && (uint64_t)header.height * header.width <= MOST_PIXELS) {
        height = header.height;
        width = header.width;
    }
    struct scratch scratch = {0};
    uint32_t facts = 0, label_facts = 0;
    word *plane = malloc(height * words_in(width) * sizeof *plane);
    word *other = malloc(height * words_in(width) * sizeof *other);
    uint8_t *labels = malloc(height * width);
    PROMISE(plane && other && labels);
    const enum reason reason = png_read_plane(file, length, height, width, &scratch, plane, &facts);
    check_scratch(&scratch);
    PROMISE(reason == png_read_labels(file, length, height, width, &scratch, labels, &label_facts));
    check_scratch(&scratch);
    if (!reason) {
        pixels_to_plane(labels, height, width, other);
        PROMISE(facts == label_facts);
        PROMISE(!memcmp(plane, other, height * words_in(width) * sizeof *plane));
        check_spare_bits(plane, height, width);
        check_scores(plane, height, width);
    }
    scratch_free(&scratch);
    free(plane);
    free(other);
    free(labels);
    return 0;
}
