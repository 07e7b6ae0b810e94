/* Any bytes as run lengths: what is accepted must come back the same when it is written and read once more. */
#include "checks.h"
#include "rle.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    if (length < 2) return 0;
    const size_t height = 1 + bytes[0] % 70, width = 1 + bytes[1];
    const size_t size = height * words_in(width) * sizeof(word);
    word *plane = malloc(size), *again = malloc(size);
    PROMISE(plane && again);
    if (!rle_read_plane(bytes + 2, length - 2, height, width, plane)) {
        size_t written;
        uint8_t *counts = rle_write_counts(plane, height, width, &written);
        PROMISE(counts && written <= 7 * (height * width + 1));
        PROMISE(!rle_read_plane(counts, written, height, width, again));
        PROMISE(!memcmp(plane, again, size));
        check_spare_bits(plane, height, width);
        check_scores(plane, height, width);
        free(counts);
    }
    free(plane);
    free(again);
    return 0;
}
