// One loop nest for each operation: the operand is repeated `outer` times around and `inner` times within.
#define COMBINE(name, operator)                                                                                       \
    void name(const float *left, const float *right, float *out, surety_repetition r) {                     \
        for (int64_t i = 0; i < r.outer; i++) {                                                                       \
            if (r.inner == 1) {                                                                                       \
                for (int64_t j = 0; j < r.middle; j++) out[j] = left[j] operator right[j];                            \
                left += r.middle, out += r.middle;                                                                    \
                continue;                                                                                             \
            }                                                                                                         \
            for (int64_t j = 0; j < r.middle; j++, left += r.inner, out += r.inner) {                                 \
                float value = right[j];                                                                               \
                for (int64_t k = 0; k < r.inner; k++) out[k] = left[k] operator value;                                \
            }                                                                                                         \
        }                                                                                                             \
    }

COMBINE(KERNEL(add_repeated), +)
COMBINE(KERNEL(subtract_repeated), -)
COMBINE(KERNEL(multiply_repeated), *)
COMBINE(KERNEL(divide_repeated), /)

#undef COMBINE

#define LANES 16
typedef float affine_lanes __attribute__((ext_vector_type(LANES)));

// `lanes` numbers side by side, at most LANES. All are read before one is written, so that `out` may be x.
INLINE void rectify_lanes(const float *x, const float *scale, const float *shift, float slope, int lanes, float *out) {
    const size_t size = sizeof(float) * (size_t)lanes;
    affine_lanes y = 0, factor = 0, summand = 0;
    memcpy(&y, x, size), memcpy(&factor, scale, size), memcpy(&summand, shift, size);
    y = y * factor;
    y = y + summand;
    y = y <= 0 ? (slope == 0 ? (affine_lanes)0 : slope * y) : y;  // as `rectify` does: a NaN stays one, and −0 becomes 0
    memcpy(out, &y, size);
}

// `count` numbers, each with its own scale and shift, or with those that come again after LANES.
INLINE void rectify_run(const float *x, const float *scale, const float *shift, bool comes_again, float slope, float *out,
                        int64_t count) {
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        const int64_t at = comes_again ? 0 : i;
        rectify_lanes(x + i, scale + at, shift + at, slope, LANES, out + i);
    }
    for (; i < count; i++) {
        const int64_t at = comes_again ? i % LANES : i;
        rectify_lanes(x + i, scale + at, shift + at, slope, 1, out + i);
    }
}

INLINE void rectify_repeated(const float *x, const float *scale, const float *shift, float slope, float *out,
                             surety_repetition r) {
    float scales[LANES], shifts[LANES];
    if (r.inner == 1 && r.middle > 0 && LANES % r.middle == 0) {
        // Channels in blocks: one run, because the scales of a vector are those of the next one.
        for (int lane = 0; lane < LANES; lane++) scales[lane] = scale[lane % r.middle], shifts[lane] = shift[lane % r.middle];
        rectify_run(x, scales, shifts, true, slope, out, r.outer * r.middle);
        return;
    }
    for (int64_t i = 0; i < r.outer; i++) {
        if (r.inner == 1) {
            rectify_run(x, scale, shift, false, slope, out, r.middle);
            x += r.middle, out += r.middle;
            continue;
        }
        for (int64_t j = 0; j < r.middle; j++, x += r.inner, out += r.inner) {
            for (int lane = 0; lane < LANES; lane++) scales[lane] = scale[j], shifts[lane] = shift[j];
            rectify_run(x, scales, shifts, true, slope, out, r.inner);
        }
    }
}

void KERNEL(rectify_affine)(const float *x, const float *scale, const float *shift, float slope, float *out,
                            surety_repetition r) {
    // The usual slope, known to the compiler.
    if (slope == 0) rectify_repeated(x, scale, shift, 0, out, r);
    else rectify_repeated(x, scale, shift, slope, out, r);
}

#undef LANES
