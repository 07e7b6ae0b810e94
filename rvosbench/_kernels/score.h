/* J and boundary F of predictions against ground truth that was prepared once. */
#ifndef RVOSBENCH_SCORE_H
#define RVOSBENCH_SCORE_H

#include "plane.h"

/* Ground truth of one frame. Only boxes around what is there are kept; where nothing is, nothing is. */
struct truth {
    size_t height, width;
    struct disk disk;
    const word *void_;          /* pixels that do not count, or NULL */
    struct part mask, boundary; /* the boundary with margins */
    uint64_t area, boundary_area;
    void *memory;
};

struct score {
    double j, f;
    uint64_t intersection, union_, area; /* area: of the prediction, outside the void */
};

/* Memory for scoring predictions, kept between them. */
struct score_memory {
    word *words;
    size_t capacity;
};

/* Copies what it needs of `plane`, `disk` and `void_`. Returns 0 if there is no memory. */
int truth_prepare(struct truth *truth, const word *plane, size_t height, size_t width, const struct disk *disk,
                  const word *void_);

void truth_free(struct truth *truth);

/* Returns 0 if there is no memory. */
int truth_score(const struct truth *truth, const word *plane, struct score_memory *memory, struct score *score);

#endif
