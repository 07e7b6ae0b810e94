#include "unfilter.h"

static inline uint8_t paeth(int left, int up, int corner) {
    int to_left = up - corner, to_up = left - corner, to_corner = to_left + to_up;
    to_left = to_left < 0 ? -to_left : to_left;
    to_up = to_up < 0 ? -to_up : to_up;
    to_corner = to_corner < 0 ? -to_corner : to_corner;
    return (uint8_t)(to_left <= to_up && to_left <= to_corner ? left : to_up <= to_corner ? up : corner);
}

static void undo_average(uint8_t *row, const uint8_t *above, size_t length) {
    uint8_t left = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned sum = left + (above ? above[i] : 0u);
        row[i] = left = (uint8_t)(row[i] + sum / 2);
    }
}

static void undo_paeth(uint8_t *row, const uint8_t *above, size_t length) {
    uint8_t left = 0, corner = 0;
    for (size_t i = 0; i < length; i++) {
        uint8_t up = above ? above[i] : 0;
        row[i] = left = (uint8_t)(row[i] + paeth(left, up, corner));
        corner = up;
    }
}

enum reason unfilter_rows(uint8_t *rows, size_t number, size_t row_bytes) {
    const uint8_t *above = NULL;
    for (size_t y = 0; y < number; y++, rows += 1 + row_bytes) {
        uint8_t *row = rows + 1;
        switch (rows[0]) {
            case 0:
                break;
            case 1:
                for (size_t i = 1; i < row_bytes; i++) row[i] = (uint8_t)(row[i] + row[i - 1]);
                break;
            case 2:
                for (size_t i = 0; above && i < row_bytes; i++) row[i] = (uint8_t)(row[i] + above[i]);
                break;
            case 3:
                undo_average(row, above, row_bytes);
                break;
            case 4:
                undo_paeth(row, above, row_bytes);
                break;
            default:
                return BAD_FILTER;
        }
        above = row;
    }
    return ACCEPTED;
}
