/* The prefix codes of deflate, as tables that are indexed with the next bits of the input. */
#ifndef RVOSBENCH_HUFFMAN_H
#define RVOSBENCH_HUFFMAN_H

#include "common.h"

#define LITERAL_BITS 9
#define LITERAL_ENTRIES 852 /* the most that 286 symbols of up to 15 bits need with 9 looked up at once */
#define DISTANCE_BITS 8
#define DISTANCE_ENTRIES 402 /* 32 symbols, 8 bits */
#define PRECODE_BITS 7
#define PRECODE_ENTRIES 128
#define MAX_CODE 15
#define MAX_LITERALS 286
#define MAX_DISTANCES 30
#define END_OF_BLOCK 256

/* A table entry: a value in the upper half, flags, the number of extra bits, and the bits that the code takes. */
#define IS_LENGTH 0x8000u
#define IS_END 0x4000u
#define IS_INVALID 0x2000u
#define IS_SUBTABLE 0x1000u
#define NOT_LITERAL 0xF000u
#define VALUE(entry) ((entry) >> 16)
#define EXTRA(entry) ((entry) >> 8 & 15)
#define CODE_BITS(entry) ((entry) & 0xFF)

struct tables {
    uint32_t literal[LITERAL_ENTRIES];
    uint32_t distance[DISTANCE_ENTRIES];
};

/* Fills a table for the canonical code with these lengths; of codes of the wrong kind nothing is left to decode. */
enum reason literal_table(struct tables *tables, const uint8_t *lengths, unsigned symbols);
enum reason distance_table(struct tables *tables, const uint8_t *lengths, unsigned symbols);
enum reason precode_table(uint32_t table[PRECODE_ENTRIES], const uint8_t lengths[19]);

/* The codes of a block that brings none. */
enum reason fixed_tables(struct tables *tables);

#endif
