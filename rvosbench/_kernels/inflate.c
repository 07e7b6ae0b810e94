/* Inflate (RFC 1950, 1951) for images that are mostly zero.
 *
 * A mask is a few thousand symbols that stand for half a million bytes, and nearly all of those are zero. So the
 * output begins as zeros, blocks of 64 bytes note whether anything was written to them, and a match whose source
 * lies in untouched blocks only moves the position on. Everything after works on touched blocks alone.
 *
 * What is refused, and in which order things are noticed, is what zlib does: the twin relies on zlib.
 */
#include "inflate.h"

#include "checksums.h"
#include "huffman.h"

#define MAX_MATCH 258

struct bits {
    const uint8_t *next, *end;
    uint64_t buffer; /* zeros follow the last bit of the input */
    int count;       /* negative once more was taken than there is */
};

static inline void refill(struct bits *bits) {
    if (LIKELY(bits->end - bits->next >= 8)) {
        bits->buffer |= load_le64(bits->next) << bits->count;
        bits->next += (63 - bits->count) >> 3;
        bits->count |= 56;
    } else {
        while (bits->count <= 55 && bits->next < bits->end) {
            bits->buffer |= (uint64_t)*bits->next++ << bits->count;
            bits->count += 8;
        }
    }
}

static inline uint32_t peek(const struct bits *bits, int number) {
    return (uint32_t)(bits->buffer & ((UINT64_C(1) << number) - 1));
}

static inline void drop(struct bits *bits, int number) {
    bits->buffer >>= number;
    bits->count -= number;
}

static inline uint32_t take(struct bits *bits, int number) {
    uint32_t value = peek(bits, number);
    drop(bits, number);
    return value;
}

/* The code lengths of literals and distances, themselves compressed. */
static enum reason read_lengths(struct bits *bits, const uint32_t *precode, uint8_t *lengths, unsigned number) {
    for (unsigned have = 0; have < number;) {
        refill(bits);
        uint32_t entry = precode[peek(bits, PRECODE_BITS)];
        drop(bits, (int)CODE_BITS(entry));
        if (bits->count < 0) return TOO_LITTLE_DATA;
        unsigned symbol = VALUE(entry), times = 1;
        uint8_t length = (uint8_t)symbol;
        if (symbol >= 16) {
            times = symbol == 16 ? 3 + take(bits, 2) : symbol == 17 ? 3 + take(bits, 3) : 11 + take(bits, 7);
            if (bits->count < 0) return TOO_LITTLE_DATA;
            if ((symbol == 16 && !have) || have + times > number) return BAD_STREAM;
            length = symbol == 16 ? lengths[have - 1] : 0;
        }
        memset(lengths + have, length, times);
        have += times;
    }
    return ACCEPTED;
}

static enum reason dynamic_tables(struct bits *bits, struct tables *tables) {
    static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[MAX_LITERALS + MAX_DISTANCES] = {0}, short_lengths[19] = {0};
    uint32_t precode[PRECODE_ENTRIES];
    refill(bits);
    unsigned literals = 257 + take(bits, 5), distances = 1 + take(bits, 5), shorts = 4 + take(bits, 4);
    if (bits->count < 0) return TOO_LITTLE_DATA;
    if (literals > MAX_LITERALS || distances > MAX_DISTANCES) return BAD_STREAM;
    for (unsigned i = 0; i < shorts; i++) {
        refill(bits);
        short_lengths[order[i]] = (uint8_t)take(bits, 3);
        if (bits->count < 0) return TOO_LITTLE_DATA;
    }
    enum reason reason = precode_table(precode, short_lengths);
    if (reason) return reason;
    reason = read_lengths(bits, precode, lengths, literals + distances);
    if (reason) return reason;
    if (!lengths[END_OF_BLOCK]) return BAD_STREAM;
    reason = literal_table(tables, lengths, literals);
    return reason ? reason : distance_table(tables, lengths + literals, distances);
}

/* Which of the blocks of [from, to), at most eight, were touched: a byte for each, the first one lowest. */
static inline uint64_t touched_between(const struct raw *raw, size_t from, size_t to) {
    return load_le64(raw->touched + from / BLOCK) & ~UINT64_C(0) >> (8 * (7 - ((to - 1) / BLOCK - from / BLOCK)));
}

static inline void touch(struct raw *raw, size_t from, size_t to) {
    memset(raw->touched + from / BLOCK, 1, (to - 1) / BLOCK - from / BLOCK + 1);
}

/* Copies a block's worth of bytes; the blocks that it comes to lie in are touched if what they get is not zero. */
static inline void copy_block(struct raw *raw, const uint8_t *from, size_t at) {
    memcpy(raw->bytes + at, from, BLOCK);
    const uint64_t nonzero = nonzero64(from);
    const uint64_t in_first = ~UINT64_C(0) >> (at % BLOCK);
    raw->touched[at / BLOCK] |= (nonzero & in_first) != 0;
    raw->touched[at / BLOCK + 1] |= (nonzero & ~in_first) != 0;
}

/* Repeats what was written `distance` bytes ago, and of that only the blocks in `touched`. */
static inline void copy_match(struct raw *raw, size_t position, size_t distance, size_t length, uint64_t touched) {
    const size_t end = position + length, start = position - distance;
    uint8_t *bytes = raw->bytes;
    if (distance >= length && distance >= BLOCK) {
        for (; touched; touched &= touched - 1) {
            const size_t block = (start / BLOCK + (size_t)__builtin_ctzll(touched) / 8) * BLOCK;
            const size_t from = block > start ? block : start;
            copy_block(raw, bytes + from, from + distance);
        }
        memset(bytes + end, 0, BLOCK); /* up to so many bytes too many were written */
    } else if (distance == 1) {
        memset(bytes + position, bytes[position - 1], length);
        touch(raw, position, end);
    } else {
        for (size_t at = position; at < end; at++) bytes[at] = bytes[at - distance];
        touch(raw, position, end);
    }
}

/* The match that was last found to stand for 258 zeros after a zero: its bits, and those again and again. */
struct zeros {
    uint64_t repeated;
    uint32_t code;
    unsigned code_bits;
};

/* How often the code stands in the input, one after the other. A mask is mostly this. */
static inline size_t repetitions(struct zeros *zeros, uint64_t code, unsigned code_bits, const struct bits *bits) {
    if (zeros->code_bits != code_bits || zeros->code != code) {
        zeros->code_bits = code_bits;
        zeros->code = (uint32_t)code;
        zeros->repeated = 0;
        for (unsigned shift = 0; shift < 64; shift += code_bits) zeros->repeated |= code << shift;
    }
    const uint64_t differs = (bits->buffer ^ zeros->repeated) | UINT64_C(1) << bits->count;
    return (unsigned)__builtin_ctzll(differs) / code_bits;
}

static enum reason compressed_block(struct bits *input, const struct tables *tables, struct raw *raw, size_t *where) {
    struct bits bits = *input;
    size_t position = *where;
    enum reason reason = ACCEPTED;
    struct zeros zeros = {0};
    for (;;) {
        refill(&bits);
        const uint64_t code = bits.buffer;
        const int count = bits.count;
        uint32_t entry = tables->literal[peek(&bits, LITERAL_BITS)];
        if (UNLIKELY(entry & IS_SUBTABLE))
            entry = tables->literal[VALUE(entry) + (peek(&bits, LITERAL_BITS + (int)EXTRA(entry)) >> LITERAL_BITS)];
        drop(&bits, (int)CODE_BITS(entry));
        if (!(entry & NOT_LITERAL)) {
            reason = TOO_LITTLE_DATA;
            if (UNLIKELY(bits.count < 0)) break;
            reason = TOO_MUCH_DATA;
            if (UNLIKELY(position == raw->size)) break;
            raw->bytes[position] = (uint8_t)VALUE(entry);
            raw->touched[position / BLOCK] |= VALUE(entry) != 0;
            position++;
            continue;
        }
        size_t length = VALUE(entry) + take(&bits, (int)EXTRA(entry));
        reason = TOO_LITTLE_DATA;
        if (UNLIKELY(bits.count < 0)) break;
        if (UNLIKELY(!(entry & IS_LENGTH))) {
            reason = entry & IS_END ? ACCEPTED : BAD_STREAM;
            break;
        }
        entry = tables->distance[peek(&bits, DISTANCE_BITS)];
        if (UNLIKELY(entry & IS_SUBTABLE))
            entry = tables->distance[VALUE(entry) + (peek(&bits, DISTANCE_BITS + (int)EXTRA(entry)) >> DISTANCE_BITS)];
        drop(&bits, (int)CODE_BITS(entry));
        size_t distance = VALUE(entry) + take(&bits, (int)EXTRA(entry));
        if (UNLIKELY(bits.count < 0)) break;
        reason = BAD_STREAM;
        if (UNLIKELY(entry & IS_INVALID)) break;
        if (UNLIKELY(length > raw->size - position || distance > position)) {
            reason = position == raw->size || distance <= position ? TOO_MUCH_DATA : BAD_STREAM;
            break;
        }
        if (distance == 1 && !raw->bytes[position - 1]) {
            position += length;
            const unsigned code_bits = (unsigned)(count - bits.count);
            if (length == MAX_MATCH && code_bits <= 28) {
                size_t times = repetitions(&zeros, code & ((UINT64_C(1) << code_bits) - 1), code_bits, &bits);
                if (times > (raw->size - position) / MAX_MATCH) times = (raw->size - position) / MAX_MATCH;
                position += times * MAX_MATCH;
                drop(&bits, (int)(times * code_bits));
            }
            continue;
        }
        const size_t source_end = distance < length ? position : position - distance + length;
        const uint64_t touched = touched_between(raw, position - distance, source_end);
        if (touched) copy_match(raw, position, distance, length, touched);
        position += length;
    }
    *input = bits;
    *where = position;
    return reason;
}

static enum reason stored_block(struct bits *bits, struct raw *raw, size_t *where) {
    drop(bits, bits->count & 7);
    refill(bits);
    uint32_t length = take(bits, 16), complement = take(bits, 16);
    if (bits->count < 0) return TOO_LITTLE_DATA;
    if (length != (complement ^ 0xFFFF)) return BAD_STREAM;
    bits->next -= bits->count / 8; /* give back the whole bytes that were taken ahead */
    bits->buffer = 0;
    bits->count = 0;
    size_t there = (size_t)(bits->end - bits->next), room = raw->size - *where;
    size_t taken = length < there ? length : there;
    if (taken > room) return TOO_MUCH_DATA;
    if (taken) {
        memcpy(raw->bytes + *where, bits->next, taken);
        touch(raw, *where, *where + taken);
        bits->next += taken;
        *where += taken;
    }
    return taken == length ? ACCEPTED : TOO_LITTLE_DATA;
}

static enum reason inflate_blocks(struct bits *bits, struct raw *raw) {
    struct tables tables;
    size_t position = 0;
    for (int last = 0; !last;) {
        refill(bits);
        last = (int)take(bits, 1);
        unsigned type = take(bits, 2);
        if (bits->count < 0) return TOO_LITTLE_DATA;
        enum reason reason;
        if (type == 0) {
            reason = stored_block(bits, raw, &position);
        } else {
            reason = type == 1   ? fixed_tables(&tables)
                     : type == 2 ? dynamic_tables(bits, &tables)
                                 : BAD_STREAM;
            if (!reason) reason = compressed_block(bits, &tables, raw, &position);
        }
        if (reason) return reason;
    }
    return position == raw->size ? ACCEPTED : TOO_LITTLE_DATA;
}

enum reason inflate_zlib(const uint8_t *stream, size_t length, struct raw *raw) {
    if (length < 2) return TOO_LITTLE_DATA;
    if ((stream[0] & 15) != 8 || stream[0] >> 4 > 7 || stream[1] & 0x20 || (stream[0] << 8 | stream[1]) % 31)
        return BAD_STREAM;
    struct bits bits = {.next = stream + 2, .end = stream + length};
    enum reason reason = inflate_blocks(&bits, raw);
    if (reason) return reason;
    const uint8_t *rest = bits.next - bits.count / 8;
    if (bits.end - rest < 4) return TOO_LITTLE_DATA;
#ifndef RVOSBENCH_FUZZ /* mutations would never get past it */
    if (load_be32(rest) != adler32_of_raw(raw)) return BAD_ADLER;
#endif
    return bits.end - rest == 4 ? ACCEPTED : TOO_MUCH_DATA;
}

void raw_clear(struct raw *raw) {
    const size_t blocks = raw_blocks(raw->size);
    for (size_t group = 0; group < blocks; group += 64) {
        uint64_t touched = touched_blocks(raw, group);
        if (!touched) continue;
        for (; touched; touched &= touched - 1)
            memset(raw->bytes + (group + (size_t)__builtin_ctzll(touched)) * BLOCK, 0, BLOCK);
        memset(raw->touched + group, 0, blocks - group < 64 ? blocks - group : 64);
    }
}
