#include "score.h"

#include <stdlib.h>

static void clear_void(word *masked, const word *plane, const word *void_, size_t words) {
    for (size_t i = 0; i < words; i++) masked[i] = plane[i] & ~void_[i];
}

static size_t stride_with_margins(const struct box *box) { return (box->right - box->left + 2 * MARGIN + 3) / 4 * 4; }

static size_t words_with_margins(const struct box *box) { return (box->bottom - box->top) * stride_with_margins(box); }

/* Whether pixels can look for others around them; otherwise, for disks that are very large or off their centre, all of
 * the others are dilated. */
static int can_look(const struct disk *disk) { return disk->reach <= NEAR_REACH && disk->is_around; }

/* Writes the boundary of a plane whose pixels lie in `box`, with margins. */
static struct part find_boundary(const word *plane, size_t height, size_t width, const struct box *box, word *memory) {
    const struct box around = boundary_box(box);
    const struct part boundary = {.words = memory + MARGIN, .box = around, .stride = stride_with_margins(&around)};
    const size_t used = MARGIN + around.right - around.left;
    word *row = memory;
    if (box_is_empty(&around)) return boundary;
    for (size_t y = around.top; y < around.bottom; y++, row += boundary.stride) {
        memset(row, 0, MARGIN * sizeof(word));
        memset(row + used, 0, (boundary.stride - used) * sizeof(word));
    }
    plane_boundary(plane, height, width, &around, memory + MARGIN, boundary.stride);
    return boundary;
}

int truth_prepare(struct truth *truth, const word *plane, size_t height, size_t width, const struct disk *disk,
                  const word *void_) {
    const size_t words = words_in(width), all = height * words, void_words = void_ ? all : 0;
    const size_t span_bytes = disk->number * sizeof *disk->spans;
    word *masked = NULL;
    *truth = (struct truth){.height = height, .width = width, .disk = *disk};
    if (void_) {
        masked = malloc(all * sizeof(word));
        if (!masked) return 0;
        clear_void(masked, plane, void_, all);
        plane = masked;
    }
    const struct box box = plane_bounds(plane, height, width), around = boundary_box(&box);
    const size_t mask_words = box_words(&box), edge_words = words_with_margins(&around);
    word *memory = malloc((void_words + mask_words + edge_words) * sizeof(word) + span_bytes + 1);
    if (memory) {
        word *mask = memory + void_words, *boundary = mask + mask_words;
        truth->memory = memory;
        truth->disk.spans = memcpy(boundary + edge_words, disk->spans, span_bytes);
        if (void_) truth->void_ = memcpy(memory, void_, all * sizeof(word));
        const size_t number = box.right - box.left;
        truth->mask = (struct part){.words = mask, .box = box, .stride = number};
        for (size_t y = box.top; y < box.bottom; y++, mask += number)
            memcpy(mask, plane + y * words + box.left, number * sizeof(word));
        truth->boundary = find_boundary(plane, height, width, &box, boundary);
        truth->area = part_area(&truth->mask);
        truth->boundary_area = part_area(&truth->boundary);
    }
    free(masked);
    return memory != NULL;
}

void truth_free(struct truth *truth) {
    free(truth->memory);
    truth->memory = NULL;
}

static size_t near_words(const struct part *part, const struct part *other, const struct disk *disk) {
    return can_look(disk) ? near_scratch_words(part, other, disk)
                          : box_words(&part->box) + dilate_scratch_words(&part->box, disk);
}

/* How many pixels of `part` have one of `other` near. */
static uint64_t near_area(const struct part *part, const struct part *other, const struct disk *disk, word *scratch) {
    if (can_look(disk)) return part_near_area(part, other, disk, scratch);
    const struct part near = {.words = scratch, .box = part->box, .stride = part->box.right - part->box.left};
    plane_dilate(other, disk, scratch, &near.box, scratch + box_words(&near.box));
    return part_common_area(part, &near);
}

/* Exactly the arithmetic of the official script, for the same last bit. */
static double f_measure(uint64_t hits_of_prediction, uint64_t predicted, uint64_t hits_of_truth, uint64_t true_) {
    double precision, recall;
    if (!predicted && !true_) return 1.0;
    if (!predicted || !true_) return 0.0; /* one of precision and recall is 0, the other 1 */
    precision = (double)hits_of_prediction / (double)predicted;
    recall = (double)hits_of_truth / (double)true_;
    if (precision + recall == 0) return 0.0;
    return 2 * precision * recall / (precision + recall);
}

static int ensure(struct score_memory *memory, size_t words) {
    if (memory->capacity >= words) return 1;
    free(memory->words);
    memory->words = malloc(words * sizeof(word));
    memory->capacity = memory->words ? words : 0;
    return memory->words != NULL;
}

/* Words that truth_score needs at most, were the prediction all over the image. */
static size_t needed_words(const struct truth *truth) {
    const struct box whole = {.bottom = truth->height, .right = words_in(truth->width)};
    const struct part part = {.box = whole, .stride = stride_with_margins(&whole)};
    return words_with_margins(&whole) + near_words(&part, &part, &truth->disk);
}

int truth_score(const struct truth *truth, const word *plane, struct score_memory *memory, struct score *score) {
    const size_t words = words_in(truth->width), all = truth->height * words, needed = needed_words(truth);
    if (!ensure(memory, needed + (truth->void_ ? all : 0))) return 0;
    if (truth->void_) {
        clear_void(memory->words + needed, plane, truth->void_, all);
        plane = memory->words + needed;
    }
    struct part mask = {.box = plane_bounds(plane, truth->height, truth->width), .stride = words};
    mask.words = plane + mask.box.top * words + mask.box.left;
    score->area = part_area(&mask);
    score->intersection = part_common_area(&mask, &truth->mask);
    score->union_ = score->area + truth->area - score->intersection;
    score->j = score->union_ ? (double)score->intersection / (double)score->union_ : 1.0;

    const struct part boundary = find_boundary(plane, truth->height, truth->width, &mask.box, memory->words);
    const uint64_t predicted = part_area(&boundary);
    uint64_t hits_of_prediction = 0, hits_of_truth = 0;
    if (predicted && truth->boundary_area) {
        word *scratch = memory->words + words_with_margins(&boundary.box);
        hits_of_prediction = near_area(&boundary, &truth->boundary, &truth->disk, scratch);
        hits_of_truth = near_area(&truth->boundary, &boundary, &truth->disk, scratch);
    }
    score->f = f_measure(hits_of_prediction, predicted, hits_of_truth, truth->boundary_area);
    return 1;
}
