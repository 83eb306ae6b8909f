// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011)
// and the Box–Muller transform, sixteen blocks at a time.

#define LANES 16
#define CHUNK (4 * LANES)

typedef float floats __attribute__((ext_vector_type(LANES)));
typedef int32_t ints __attribute__((ext_vector_type(LANES)));
typedef uint32_t words __attribute__((ext_vector_type(LANES)));
typedef uint16_t halves __attribute__((ext_vector_type(LANES)));
typedef uint64_t wides __attribute__((ext_vector_type(LANES / 2)));

// How vectors are passed between functions differs with the instruction set; these are all inlined.
#pragma clang diagnostic ignored "-Wpsabi"

INLINE floats from_bits(ints bits) {
    floats value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

INLINE ints to_bits(floats value) {
    ints bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

// Where the mask's lanes are all ones `a`, elsewhere (all zeros) `b`.
INLINE floats choose(ints mask, floats a, floats b) { return from_bits((to_bits(a) & mask) | (to_bits(b) & ~mask)); }

// The high and low words of factor·value. Processors multiply every other word into a double one.
INLINE void multiply(uint32_t factor, words value, words *high, words *low) {
    const wides low_half = 0xFFFFFFFFu;
    wides pairs;
    memcpy(&pairs, &value, sizeof pairs);
    wides even = (pairs & low_half) * factor, odd = (pairs >> 32) * factor;
    wides highs = (even >> 32) | (odd & ~low_half), lows = (even & low_half) | (odd << 32);
    memcpy(high, &highs, sizeof highs);
    memcpy(low, &lows, sizeof lows);
}

INLINE void philox(words counter[4], uint32_t key0, uint32_t key1) {
#pragma clang loop unroll(full)
    for (int round = 0; round < 10; round++) {
        words high0, low0, high1, low1;
        multiply(0xD2511F53u, counter[0], &high0, &low0);
        multiply(0xCD9E8D57u, counter[2], &high1, &low1);
        counter[0] = high1 ^ counter[1] ^ key0;
        counter[1] = low1;
        counter[2] = high0 ^ counter[3] ^ key1;
        counter[3] = low0;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
}

// a·b + c, rounded once. IEEE 754 defines it to the last bit: it is safe, where contraction is not.
#define FMA(a, b, c) __builtin_elementwise_fma((floats)(a), (floats)(b), (floats)(c))

// √(−2 ln u) for u = (word + ½)·2⁻³², rounded to single precision.
INLINE floats radius(words word) {
    floats u = FMA(__builtin_convertvector(word, floats), 0x1p-32f, 0x1p-33f);
    // u = 2^e·m with m in [√½, √2): ln u = e ln 2 + ln m, and ln m by Cephes' polynomial in m − 1.
    ints bits = to_bits(u) - 0x3F3504F3;
    ints exponent = bits >> 23;
    floats x = from_bits((bits & 0x007FFFFF) + 0x3F3504F3) - 1.0f;
    // Near u = 1 the rounding of u would matter, so there x = u − 1 is computed from the complement of the word.
    x = choose(exponent == 0, FMA(__builtin_convertvector(~word, floats), -0x1p-32f, -0x1p-33f), x);
    floats square = x * x;
    floats p = FMA(x, 7.0376836292e-2f, -1.1514610310e-1f);
    p = FMA(p, x, 1.1676998740e-1f);
    p = FMA(p, x, -1.2420140846e-1f);
    p = FMA(p, x, 1.4249322787e-1f);
    p = FMA(p, x, -1.6668057665e-1f);
    p = FMA(p, x, 2.0000714765e-1f);
    p = FMA(p, x, -2.4999993993e-1f);
    p = FMA(p, x, 3.3333331174e-1f);
    floats e = __builtin_convertvector(exponent, floats);
    floats correction = FMA(e, -2.12194440e-4f, square * -0.5f);
    floats logarithm = FMA(e, 0.693359375f, x + FMA(square * x, p, correction));
    return __builtin_elementwise_sqrt(logarithm * -2.0f);
}

// Cosine and sine of 2π·word·2⁻³²: the nearest quarter turn, and Cephes' polynomials for the rest.
INLINE void direction(words word, floats *cosine, floats *sine) {
    words quarter = (word + 0x20000000u) >> 30;
    words remainder = word - (quarter << 30);
    ints signed_remainder, turns;
    memcpy(&signed_remainder, &remainder, sizeof signed_remainder);
    memcpy(&turns, &quarter, sizeof turns);
    floats x = __builtin_convertvector(signed_remainder, floats) * 1.46291807926716e-9f;  // 2π·2⁻³²
    floats square = x * x;
    floats s = FMA(square, -1.9515295891e-4f, 8.3321608736e-3f);
    s = FMA(s, square, -1.6666654611e-1f);
    s = FMA(s * square, x, x);
    floats c = FMA(square, 2.443315711809948e-5f, -1.388731625493765e-3f);
    c = FMA(c, square, 4.166664568298827e-2f);
    c = FMA(c * square, square, FMA(square, -0.5f, 1.0f));
    ints swapped = -(turns & 1);
    floats first = choose(swapped, s, c), second = choose(swapped, c, s);
    ints cosine_sign = ((turns + 1) & 2) << 30, sine_sign = (turns & 2) << 30;
    *cosine = from_bits(to_bits(first) ^ cosine_sign);
    *sine = from_bits(to_bits(second) ^ sine_sign);
}

// Sixty-four standard normal values: value 16k + l is the k-th of block 16·chunk + l.
INLINE void normals(surety_noise_counter at, uint32_t chunk, uint64_t key, floats values[4]) {
    const words lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    words counter[4] = {lanes + chunk * LANES, at.sample, at.image, at.stream};
    philox(counter, (uint32_t)key, (uint32_t)(key >> 32));
#pragma clang loop unroll(full)
    for (int pair = 0; pair < 2; pair++) {
        floats length = radius(counter[2 * pair]), cosine, sine;
        direction(counter[2 * pair + 1], &cosine, &sine);
        values[2 * pair] = length * cosine;
        values[2 * pair + 1] = length * sine;
    }
}

void KERNEL(add_noise)(surety_noise_counter at, uint64_t key, float sigma, const float *image, float *out,
                       size_t count) {
    for (size_t start = 0; start < count; start += CHUNK) {
        floats values[4];
        normals(at, (uint32_t)(start / CHUNK), key, values);
        size_t remaining = count - start;
        if (remaining >= CHUNK) {
            for (int k = 0; k < 4; k++) {
                floats pixels;
                memcpy(&pixels, image + start + k * LANES, sizeof pixels);
                pixels = FMA(values[k], sigma, pixels);
                memcpy(out + start + k * LANES, &pixels, sizeof pixels);
            }
        } else {
            float noise[CHUNK];
            memcpy(noise, values, sizeof noise);
            for (size_t i = 0; i < remaining; i++) out[start + i] = __builtin_fmaf(noise[i], sigma, image[start + i]);
        }
    }
}

void KERNEL(philox)(const uint32_t counter[4], uint64_t key, uint32_t out[4]) {
    words state[4] = {counter[0], counter[1], counter[2], counter[3]};
    philox(state, (uint32_t)key, (uint32_t)(key >> 32));
    for (int i = 0; i < 4; i++) out[i] = state[i][0];
}

void KERNEL(add_uniform)(surety_noise_counter at, uint64_t key, float bound, float *values, size_t count) {
    const words lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    for (size_t start = 0; start < count; start += CHUNK) {
        words counter[4] = {lanes + (uint32_t)(start / 4), at.sample, at.image, at.stream};
        philox(counter, (uint32_t)key, (uint32_t)(key >> 32));
        float offsets[4][LANES];
        for (int k = 0; k < 4; k++) {
            floats unit = 2 * (__builtin_convertvector(counter[k] >> 8, floats) + 0.5f) * 0x1p-24f - 1;
            unit *= bound;
            memcpy(offsets[k], &unit, sizeof unit);
        }
        size_t remaining = count - start < CHUNK ? count - start : CHUNK;
        for (size_t i = 0; i < remaining; i++) values[start + i] += offsets[i % 4][i / 4];
    }
}

#undef LANES
#undef CHUNK
