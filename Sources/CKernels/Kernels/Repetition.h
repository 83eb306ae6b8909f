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
