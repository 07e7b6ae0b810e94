/* What must hold whatever the input was. A broken promise ends the process, which is what the fuzzer looks for. */
#ifndef RVOSBENCH_CHECKS_H
#define RVOSBENCH_CHECKS_H

#include <stdio.h>
#include <stdlib.h>

#include "score.h"

#define PROMISE(condition)                                                \
    do {                                                                  \
        if (!(condition)) {                                               \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                      \
        }                                                                 \
    } while (0)

static inline void check_spare_bits(const word *plane, size_t height, size_t width) {
    const size_t words = words_in(width);
    for (size_t y = 1; y <= height; y++) PROMISE(!(plane[y * words - 1] & ~last_word_mask(width)));
}

/* Scores the plane against itself and against nothing. */
static inline void check_scores(const word *plane, size_t height, size_t width) {
    static const struct span spans[] = {{-2, 0, 0}, {2, 0, 0}, {-1, -1, 1}, {1, -1, 1}, {0, -2, 2}};
    const struct disk disk = {.number = 5, .spans = spans, .reach = 2, .is_around = 1};
    const size_t words = height * words_in(width);
    struct score_memory memory = {0};
    struct truth truth;
    struct score score;
    word *nothing = calloc(words, sizeof *nothing);
    PROMISE(nothing && truth_prepare(&truth, plane, height, width, &disk, NULL));
    PROMISE(truth_score(&truth, plane, &memory, &score) && score.j == 1 && score.f == 1 && score.area == truth.area);
    PROMISE(truth_score(&truth, nothing, &memory, &score) && score.j == (truth.area ? 0 : 1));
    truth_free(&truth);
    PROMISE(truth_prepare(&truth, plane, height, width, &disk, plane) && truth.area == 0);
    PROMISE(truth_score(&truth, plane, &memory, &score) && score.j == 1 && score.f == 1 && score.area == 0);
    truth_free(&truth);
    free(memory.words);
    free(nothing);
}

#endif
