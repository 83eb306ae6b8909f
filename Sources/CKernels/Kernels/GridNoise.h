// Noise on a grid, drawn without a floating-point result: 64 random bits are compared with thresholds (GridLaw.c). Usually
// the first 16 bits of a value decide; otherwise 48 more are drawn. Which path a value takes only affects speed: every path
// gives the integer of the definition.

#define LANES 16
#define HALVES 8               // values for which a Philox block gives 16 bits
#define GROUP (HALVES * LANES)  // values of the blocks that are drawn together
#define PIECE (32 * GROUP)
#define WIDTH 64

typedef uint16_t wide_halves __attribute__((ext_vector_type(WIDTH)));
typedef bool flags __attribute__((ext_vector_type(WIDTH)));

typedef struct {
    _Alignas(64) uint16_t bits[PIECE];  // the first 16 of each value
    _Alignas(64) int16_t z[PIECE];
    _Alignas(64) uint32_t open[PIECE + WIDTH];  // the places of the values that these leave open
    size_t open_count;
} grid_piece;

// Ten rounds for eight blocks, a word in the low half of each lane. What is left in the high halves does no harm: products
// read low halves only.
INLINE void wide_philox(wides counter[4], uint64_t key) {
    const wides low = 0xFFFFFFFFu;
    uint32_t key0 = (uint32_t)key, key1 = (uint32_t)(key >> 32);
#pragma clang loop unroll(full)
    for (int round = 0; round < 10; round++) {
        wides a = (counter[0] & low) * 0xD2511F53u, b = (counter[2] & low) * 0xCD9E8D57u;
        counter[0] = (b >> 32) ^ counter[1] ^ key0;
        counter[1] = b;
        counter[2] = (a >> 32) ^ counter[3] ^ key1;
        counter[3] = a;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
}

// Value 128c + 32k + 2l + h of an image takes its first 16 bits from half h (0: the low one) of word k of block 16c + l.
INLINE void draw_bits(surety_noise_counter at, uint64_t key, size_t first, size_t count, grid_piece *piece) {
    const wides low = 0xFFFFFFFFu, evens = {0, 2, 4, 6, 8, 10, 12, 14};
    for (size_t start = 0; start < count; start += GROUP) {
        wides block = evens + (first + start) / HALVES;
        wides even[4] = {block, at.sample, at.image, at.stream}, odd[4] = {block + 1, at.sample, at.image, at.stream};
        wide_philox(even, key);
        wide_philox(odd, key);
        for (int k = 0; k < 4; k++) {
            wides pairs = (even[k] & low) | odd[k] << 32;
            memcpy(piece->bits + start + 2 * k * LANES, &pairs, sizeof pairs);
        }
    }
}

// Notes the places of the bits of `mask`, counted from `start`. Four are always written: there are seldom more.
INLINE void note_open(uint64_t mask, size_t start, grid_piece *piece) {
    uint32_t *open = piece->open + piece->open_count;
    piece->open_count += (size_t)__builtin_popcountll(mask);
    for (int i = 0; i < 4; i++, mask &= mask - 1) *open++ = (uint32_t)start + (uint32_t)__builtin_ctzll(mask | 1ull << 63);
    for (; __builtin_expect(mask != 0, 0); mask &= mask - 1) *open++ = (uint32_t)start + (uint32_t)__builtin_ctzll(mask);
}

#ifdef HAS_PERMUTATION
// |Z| by a cubic for each half octave of V's first 15 bits, wherever it is farther from the next integer than the cubic's
// largest error.
typedef struct {
    __m512 cubic[4][2];
    __m512i margin[2];
    int fraction_bits;
    uint32_t bias;
} quick_law;

INLINE words quick_magnitude(const quick_law *law, words v, uint32_t *open) {
    floats p = __builtin_convertvector(v, floats);
    __m512i segment = (__m512i)(to_bits(p) >> 22);
    floats c[4];
    for (int i = 0; i < 4; i++) c[i] = (floats)_mm512_permutex2var_ps(law->cubic[i][0], segment, law->cubic[i][1]);
    floats y = FMA(FMA(FMA(c[3], p, c[2]), p, c[1]), p, c[0]);
    words fixed = (words)to_bits(y);
    __m512i distance = _mm512_abs_epi32((__m512i)(fixed << (uint32_t)(32 - law->fraction_bits)));
    *open = _mm512_cmplt_epu32_mask(distance, _mm512_permutex2var_epi32(law->margin[0], segment, law->margin[1]));
    return (fixed >> (uint32_t)law->fraction_bits) - law->bias;
}

INLINE void look_up(const surety_grid_law *law, size_t count, grid_piece *piece) {
    quick_law quick = {.fraction_bits = law->fraction_bits, .bias = (uint32_t)law->bias};
    for (int half = 0; half < 2; half++) {
        for (int i = 0; i < 4; i++) quick.cubic[i][half] = _mm512_load_ps(law->cubic[i] + LANES * half);
        quick.margin[half] = _mm512_load_si512(law->margin + LANES * half);
    }
    piece->open_count = 0;
#pragma clang loop unroll(disable)
    for (size_t start = 0; start < count; start += WIDTH) {
        uint64_t mask = 0;
        for (int half = 0; half < 2; half++) {
            words u;
            memcpy(&u, piece->bits + start + 2 * half * LANES, sizeof u);
            uint32_t even, odd;
            words a = quick_magnitude(&quick, u & 0x7FFF, &even), b = quick_magnitude(&quick, (u >> 16) & 0x7FFF, &odd);
            __m512i z = (__m512i)((a & 0xFFFF) | b << 16), sign = _mm512_srai_epi16((__m512i)u, 15);
            z = _mm512_sub_epi16(_mm512_xor_si512(z, sign), sign);
            memcpy(piece->z + start + 2 * half * LANES, &z, sizeof z);
            mask |= (_pdep_u64(even, 0x55555555u) | _pdep_u64(odd, 0xAAAAAAAAu)) << 32 * half;
        }
        note_open(mask, start, piece);
    }
}
#else
// |Z| from a table; negative if a threshold lies among the values of V that begin with these bits.
INLINE void look_up(const surety_grid_law *law, size_t count, grid_piece *piece) {
    piece->open_count = 0;
    for (size_t start = 0; start < count; start += WIDTH) {
        for (size_t i = start; i < start + WIDTH; i += 4) {
            uint64_t four;
            memcpy(&four, piece->bits + i, sizeof four);
            piece->z[i] = law->cells[four & 0x7FFF];
            piece->z[i + 1] = law->cells[four >> 16 & 0x7FFF];
            piece->z[i + 2] = law->cells[four >> 32 & 0x7FFF];
            piece->z[i + 3] = law->cells[four >> 48 & 0x7FFF];
        }
    }
    for (size_t start = 0; start < count; start += WIDTH) {
        wide_halves cell, u;
        memcpy(&cell, piece->z + start, sizeof cell);
        memcpy(&u, piece->bits + start, sizeof u);
        wide_halves sign = -(u >> 15), z = (cell ^ sign) - sign;
        memcpy(piece->z + start, &z, sizeof z);
        flags is_open = __builtin_convertvector((cell >> 15) != 0, flags);
        uint64_t mask;
        memcpy(&mask, &is_open, sizeof mask);
        note_open(mask, start, piece);
    }
}
#endif

// |Z| of V, between `low` and `high`.
INLINE int32_t bisected(const uint64_t *thresholds, uint64_t v, int32_t low, int32_t high) {
    while (low < high) {
        int32_t middle = low + (high - low + 1) / 2;
        if (v < thresholds[middle]) low = middle; else high = middle - 1;
    }
    return low;
}

// Z of a value's first 16 bits and its other 48. Except in the tails, the guess is right or one too high.
INLINE int32_t settled(const surety_grid_law *law, uint32_t bits, uint64_t rest, int32_t guess) {
    const uint64_t *thresholds = law->thresholds;
    uint32_t cell = bits & 0x7FFF;
    uint64_t v = (uint64_t)cell << 48 | rest;
    // Which one is random, so no branch is used.
    int32_t z = guess - (v >= thresholds[guess]);
    if (__builtin_expect(v >= thresholds[z] || v < thresholds[z + 1], 0))
        z = bisected(thresholds, v, law->largest[cell + 1], law->largest[cell]);
    return bits >> 15 ? -z : z;
}

// The other 48 bits of values; those of value i come from words 0 and 1 of block 2³¹ + i: all of word 0, then the high half
// of word 1.
INLINE void draw_rests(surety_noise_counter at, uint64_t key, words places, uint64_t rests[LANES]) {
    for (int half = 0; half < 2; half++) {
        wides block = __builtin_convertvector(half ? places.hi : places.lo, wides) | 0x80000000u;
        wides counter[4] = {block, at.sample, at.image, at.stream};
        wide_philox(counter, key);
        wides rest = (counter[0] & 0xFFFFFFFFu) << 16 | (counter[1] & 0xFFFFFFFFu) >> 16;
        memcpy(rests + half * LANES / 2, &rest, sizeof rest);
    }
}

INLINE void settle(const surety_grid_law *law, surety_noise_counter at, uint64_t key, size_t first, grid_piece *piece) {
    for (size_t start = 0; start < piece->open_count; start += LANES) {
        words places;
        uint64_t rests[LANES];
        memcpy(&places, piece->open + start, sizeof places);
        draw_rests(at, key, places + (uint32_t)first, rests);
        size_t count = piece->open_count - start < LANES ? piece->open_count - start : LANES;
        for (size_t i = 0; i < count; i++) {
            uint32_t place = piece->open[start + i];
            uint32_t bits = piece->bits[place];
            piece->z[place] = (int16_t)settled(law, bits, rests[i], abs(law->cells[bits & 0x7FFF]));
        }
    }
}

// On a fine grid, 16 bits decide nothing: each value needs all 64.
INLINE void settle_fine(const surety_grid_law *law, size_t count, const grid_piece *piece, const uint64_t *rests, int32_t *z) {
    int32_t guesses[LANES];
    for (size_t start = 0; start < count; start += LANES) {
        size_t size = count - start < LANES ? count - start : LANES;
        // Within a cell, |Z| falls almost evenly: a guess is off by one, and seldom by more.
        for (size_t i = 0; i < size; i++) {
            const int32_t *most = law->largest + (piece->bits[start + i] & 0x7FFF);
            uint64_t range = (uint64_t)(most[0] - most[1]);
            guesses[i] = most[0] - (int32_t)((rests[start + i] >> 16) * range >> 32) + 1;
            __builtin_prefetch(law->thresholds + guesses[i]);
        }
        for (size_t i = 0; i < size; i++) {
            uint32_t bits = piece->bits[start + i];
            uint64_t rest = rests[start + i], v = (uint64_t)(bits & 0x7FFF) << 48 | rest;
            int32_t guess = guesses[i] - (v >= law->thresholds[guesses[i]]);
            z[start + i] = settled(law, bits, rest, guess);
        }
    }
}

INLINE void draw_fine(const surety_grid_law *law, surety_noise_counter at, uint64_t key, size_t first, size_t count,
                      const grid_piece *piece, int32_t *z) {
    const words lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    uint64_t rests[PIECE];
    for (size_t start = 0; start < count; start += LANES) draw_rests(at, key, lanes + (uint32_t)(first + start), rests + start);
    settle_fine(law, count, piece, rests, z);
}

void KERNEL(grid_integers)(const surety_grid_law *law, const uint16_t *bits, const uint64_t *rests, int32_t *out, size_t count) {
    grid_piece piece;
    memset(&piece, 0, sizeof piece);
    for (size_t first = 0; first < count; first += PIECE) {
        size_t size = count - first < PIECE ? count - first : PIECE;
        memcpy(piece.bits, bits + first, size * sizeof *bits);
        if (law->cells) {
            look_up(law, size, &piece);
            for (size_t i = 0; i < size; i++) out[first + i] = piece.z[i];
            for (size_t i = 0; i < piece.open_count; i++) {
                uint32_t place = piece.open[i], cell = piece.bits[place] & 0x7FFF;
                if (place < size) out[first + place] = settled(law, piece.bits[place], rests[first + place], abs(law->cells[cell]));
            }
        } else {
            settle_fine(law, size, &piece, rests + first, out + first);
        }
    }
}

// For each piece of an image, runs `action` with the noise Z[i] of its values i.
#define FOR_EACH_PIECE(action) \
    grid_piece piece; \
    memset(piece.open, 0, sizeof piece.open); \
    for (size_t first = 0; first < count; first += PIECE, points += PIECE, out += PIECE) { \
        size_t size = count - first < PIECE ? count - first : PIECE; \
        draw_bits(at, key, first, size, &piece); \
        if (law->cells) { \
            look_up(law, size, &piece); \
            settle(law, at, key, first, &piece); \
            const int16_t *Z = piece.z; \
            for (size_t i = 0; i < size; i++) action; \
        } else { \
            int32_t Z[PIECE]; \
            draw_fine(law, at, key, first, size, &piece, Z); \
            for (size_t i = 0; i < size; i++) action; \
        } \
    }

void KERNEL(add_grid_noise)(const surety_grid_law *law, surety_noise_counter at, uint64_t key, const int32_t *points,
                            int32_t *out, size_t count) {
    FOR_EACH_PIECE(out[i] = points[i] + Z[i])
}

void KERNEL(draw_noisy_image)(const surety_grid_law *law, surety_noise_counter at, uint64_t key, const int32_t *points,
                              float steps, float *out, size_t count) {
    FOR_EACH_PIECE(out[i] = (float)(points[i] + Z[i]) / steps)
}

#undef FOR_EACH_PIECE
#undef LANES
#undef HALVES
#undef GROUP
#undef PIECE
#undef WIDTH
#undef FMA
