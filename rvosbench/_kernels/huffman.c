#include "huffman.h"

static uint32_t literal_entry(unsigned symbol) {
    static const uint16_t base[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                    31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint8_t extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                    2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    if (symbol < END_OF_BLOCK) return (uint32_t)symbol << 16;
    if (symbol == END_OF_BLOCK) return IS_END;
    if (symbol >= MAX_LITERALS) return IS_INVALID;
    symbol -= END_OF_BLOCK + 1;
    return (uint32_t)base[symbol] << 16 | IS_LENGTH | (uint32_t)extra[symbol] << 8;
}

static uint32_t distance_entry(unsigned symbol) {
    if (symbol >= MAX_DISTANCES) return IS_INVALID;
    if (symbol < 4) return (uint32_t)(symbol + 1) << 16;
    unsigned extra = symbol / 2 - 1;
    return (((2 + symbol % 2) << extra) + 1) << 16 | extra << 8;
}

static uint32_t precode_entry(unsigned symbol) { return (uint32_t)symbol << 16; }

/* Fills a lookup table for the canonical code with these lengths. Codes longer than `bits` go through subtables.
 * Only a code of a single bit may be incomplete, and only with `may_be_incomplete`; one without symbols is noticed
 * where it is used. */
static enum reason build(uint32_t *table, size_t capacity, int bits, const uint8_t *lengths, unsigned symbols,
                         uint32_t (*entry_of)(unsigned), int may_be_incomplete) {
    unsigned count[MAX_CODE + 1] = {0}, offset[MAX_CODE + 2] = {0};
    uint16_t sorted[288];
    for (unsigned symbol = 0; symbol < symbols; symbol++) count[lengths[symbol]]++;
    int longest = MAX_CODE;
    while (longest > 0 && !count[longest]) longest--;
    int left = 1;
    for (int length = 1; length <= MAX_CODE; length++) {
        left = 2 * left - (int)count[length];
        if (left < 0) return BAD_STREAM;
        offset[length + 1] = offset[length] + count[length];
    }
    if (left > 0) {
        if (longest > 0 && !(may_be_incomplete && longest == 1)) return BAD_STREAM;
        for (size_t i = 0; i < (size_t)1 << bits; i++) table[i] = IS_INVALID | 1;
    }
    for (unsigned symbol = 0; symbol < symbols; symbol++)
        if (lengths[symbol]) sorted[offset[lengths[symbol]]++] = (uint16_t)symbol;

    size_t used = (size_t)1 << bits; /* entries of the table and the subtables so far */
    size_t start = 0;                /* of the present subtable */
    unsigned code = 0;               /* the present code, its first bit lowest */
    unsigned prefix = ~0u;
    int length = 1, sub_bits = 0;
    for (unsigned i = 0; i < symbols - count[0]; i++) {
        while (!count[length]) length++;
        uint32_t entry = entry_of(sorted[i]) | (uint32_t)length;
        if (length <= bits) {
            for (size_t at = code; at < (size_t)1 << bits; at += (size_t)1 << length) table[at] = entry;
        } else {
            if ((code & ((1u << bits) - 1)) != prefix) {
                prefix = code & ((1u << bits) - 1);
                sub_bits = length - bits;
                int room = 1 << sub_bits;
                while (sub_bits + bits < longest && (room -= (int)count[sub_bits + bits]) > 0) {
                    sub_bits++;
                    room <<= 1;
                }
                start = used;
                used += (size_t)1 << sub_bits;
                if (used > capacity) return BAD_STREAM;
                table[prefix] = (uint32_t)start << 16 | IS_SUBTABLE | (uint32_t)sub_bits << 8 | (uint32_t)bits;
            }
            for (size_t at = code >> bits; at < (size_t)1 << sub_bits; at += (size_t)1 << (length - bits))
                table[start + at] = entry;
        }
        count[length]--;
        unsigned top = 1u << (length - 1);
        while (code & top) top >>= 1;
        code = top ? (code & (top - 1)) + top : 0;
    }
    return ACCEPTED;
}

enum reason literal_table(struct tables *tables, const uint8_t *lengths, unsigned symbols) {
    return build(tables->literal, LITERAL_ENTRIES, LITERAL_BITS, lengths, symbols, literal_entry, 1);
}

enum reason distance_table(struct tables *tables, const uint8_t *lengths, unsigned symbols) {
    return build(tables->distance, DISTANCE_ENTRIES, DISTANCE_BITS, lengths, symbols, distance_entry, 1);
}

enum reason precode_table(uint32_t table[PRECODE_ENTRIES], const uint8_t lengths[19]) {
    return build(table, PRECODE_ENTRIES, PRECODE_BITS, lengths, 19, precode_entry, 0);
}

enum reason fixed_tables(struct tables *tables) {
    uint8_t lengths[288];
    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 280, 8, 8);
    enum reason reason = literal_table(tables, lengths, 288);
    memset(lengths, 5, 32);
    return reason ? reason : distance_table(tables, lengths, 32);
}
