// Functions of one variable, built only from additions, multiplications and divisions, so that every processor gives the same
// bits. A NaN stays a NaN. The polynomials are minimax approximations; `FunctionTests` compares with double precision.

INLINE float float_of_bits(int32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

INLINE int32_t bits_of_float(float x) {
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

INLINE float power_of_two(int32_t exponent) { return float_of_bits((exponent + 127) << 23); }

INLINE float absolute(float x) { return float_of_bits(bits_of_float(x) & 0x7fffffff); }

INLINE float with_sign_of(float magnitude, float x) {
    return float_of_bits(bits_of_float(magnitude) | (bits_of_float(x) & INT32_MIN));
}

// eˣ = 2ⁿ·eʳ with n the whole number nearest to x/ln 2. Two powers of two are used, because a single one may leave the range.
INLINE float natural_power(float x) {
    float limited = x < -105 ? -105 : x > 89 ? 89 : x;
    const float shift = 0x1.8p23f;  // adding it rounds to a whole number, which the last bits then hold
    float shifted = limited * 0x1.715476p0f + shift;
    float n = shifted - shift;
    float r = limited - n * 0x1.62e4p-1f - n * 0x1.7f7d1cp-20f;
    float q = 0x1.6dbc60p-10f;
    q = q * r + 0x1.124148p-7f;
    q = q * r + 0x1.555454p-5f;
    q = q * r + 0x1.555486p-3f;
    q = q * r + 0x1p-1f;
    float power = 1 + (r + r * r * q);
    int32_t exponent = bits_of_float(shifted) - bits_of_float(shift);
    int32_t half = exponent >> 1;
    return power * power_of_two(half) * power_of_two(exponent - half);
}

// log x = e·ln 2 + log(1 + r) with x = 2ᵉ·(1 + r) and 1 + r between √½ and √2.
INLINE float natural_logarithm(float x) {
    bool is_small = x < 0x1p-126f;
    float scaled = is_small ? x * 0x1p25f : x;
    int32_t bits = bits_of_float(scaled), exponent = (bits - 0x3f3504f3) >> 23;
    float r = float_of_bits(bits - (int32_t)((uint32_t)exponent << 23)) - 1;
    float e = (float)exponent - (is_small ? 25.0f : 0.0f);
    float q = -0x1.38b3e6p-4f;
    q = q * r + 0x1.055b18p-3f;
    q = q * r - 0x1.0d8568p-3f;
    q = q * r + 0x1.22da2ap-3f;
    q = q * r - 0x1.547242p-3f;
    q = q * r + 0x1.99a008p-3f;
    q = q * r - 0x1.000228p-2f;
    q = q * r + 0x1.555554p-2f;
    float square = r * r;
    float result = (square * r * q + e * 0x1.7f7d1cp-20f - 0.5f * square) + r + e * 0x1.62e4p-1f;
    float beyond = x == 0 ? -INFINITY : x < 0 ? NAN : x;  // at 0, below, at infinity, NaN
    return x > 0 && x < INFINITY ? result : beyond;
}

INLINE float logistic(float x) { return 1 / (1 + natural_power(-x)); }

INLINE float hyperbolic_tangent(float x) {
    float size = absolute(x), z = x * x;
    float p = 0x1.197b40p-9f;
    p = p * z - 0x1.0c2134p-7f;
    p = p * z + 0x1.6394d6p-6f;
    p = p * z - 0x1.b9ef7cp-5f;
    p = p * z + 0x1.11106cp-3f;
    p = p * z - 0x1.555554p-2f;
    float far = with_sign_of(1 - 2 / (natural_power(2 * size) + 1), x);
    float result = size < 0.625f ? x + x * z * p : far;
    return x == x ? result : x;
}

INLINE float error_function(float x) {
    float size = absolute(x), z = x * x;
    float p = 0x1.4ae4bap-14f;
    p = p * z - 0x1.a485e4p-11f;
    p = p * z + 0x1.5419f4p-8f;
    p = p * z - 0x1.b7fbb4p-6f;
    p = p * z + 0x1.ce2d20p-4f;
    p = p * z - 0x1.81273ep-2f;
    p = p * z + 0x1.20dd74p+0f;
    // The logarithm of 1 − erf; beyond 4, its value at 4.
    float t = size < 4 ? size : 4;
    float q = -0x1.5ece60p-16f;
    q = q * t + 0x1.c54dcep-12f;
    q = q * t - 0x1.10aa28p-8f;
    q = q * t + 0x1.9b196ep-6f;
    q = q * t - 0x1.bb5658p-4f;
    q = q * t - 0x1.444b40p-1f;
    q = q * t - 0x1.212698p+0f;
    q = q * t + 0x1.65ad4ep-13f;
    float far = with_sign_of(1 - natural_power(q), x);
    float result = size < 1 ? x * p : far;
    return x == x ? result : x;
}

// log(1 + eˣ) = max(x, 0) + log(1 + e⁻|ˣ|), and log(1 + e) = 2 artanh(e/(2 + e)) by its series.
INLINE float soft_plus(float x) {
    float e = natural_power(-absolute(x)), s = e / (2 + e), z = s * s;
    float p = 1 / 15.0f;
    p = p * z + 1 / 13.0f;
    p = p * z + 1 / 11.0f;
    p = p * z + 1 / 9.0f;
    p = p * z + 1 / 7.0f;
    p = p * z + 1 / 5.0f;
    p = p * z + 1 / 3.0f;
    return (x < 0 ? 0 : x) + 2 * (s + s * z * p);
}

INLINE float gelu_by_tanh(float x) {
    return 0.5f * x * (1 + hyperbolic_tangent(0x1.988454p-1f * (x + 0x1.6e4e26p-5f * (x * x * x))));
}

INLINE float hard_swish(float x) {
    float gate = x * (1 / 6.0f) + 0.5f;
    return x * (gate < 0 ? 0 : gate > 1 ? 1 : gate);
}

#define EACH_ELEMENT(value) \
    for (size_t i = 0; i < count; i++) out[i] = value; \
    break

void KERNEL(apply)(surety_function function, float parameter, const float *x, float *out, size_t count) {
    switch (function) {
    case surety_exponential: EACH_ELEMENT(natural_power(x[i]));
    case surety_logarithm: EACH_ELEMENT(natural_logarithm(x[i]));
    case surety_square_root: EACH_ELEMENT(__builtin_elementwise_sqrt(x[i]));
    case surety_logistic: EACH_ELEMENT(logistic(x[i]));
    case surety_hyperbolic_tangent: EACH_ELEMENT(hyperbolic_tangent(x[i]));
    case surety_error_function: EACH_ELEMENT(error_function(x[i]));
    case surety_sign: EACH_ELEMENT(x[i] > 0 ? 1 : x[i] < 0 ? -1 : x[i]);
    case surety_soft_plus: EACH_ELEMENT(soft_plus(x[i]));
    case surety_silu: EACH_ELEMENT(x[i] * logistic(x[i]));
    case surety_gelu: EACH_ELEMENT(0.5f * x[i] * (1 + error_function(x[i] * 0x1.6a09e6p-1f)));
    case surety_gelu_by_tanh: EACH_ELEMENT(gelu_by_tanh(x[i]));
    case surety_hard_swish: EACH_ELEMENT(hard_swish(x[i]));
    case surety_elu: EACH_ELEMENT(x[i] > 0 ? x[i] : parameter * (natural_power(x[i]) - 1));
    }
}

#undef EACH_ELEMENT

// Maxima and sums process this many places at once, in a fixed order, so that every processor gives the same bits.
enum { SOFTMAX_PLACES = 16 };

// Softmax of rows that lie one after another.
void KERNEL(softmax)(const float *x, float *out, size_t rows, size_t count) {
    size_t whole = count / SOFTMAX_PLACES * SOFTMAX_PLACES;
    for (size_t row = 0; row < rows; row++, x += count, out += count) {
        float maxima[SOFTMAX_PLACES];
        for (int k = 0; k < SOFTMAX_PLACES; k++) maxima[k] = -INFINITY;
        for (size_t start = 0; start < whole; start += SOFTMAX_PLACES)
            for (int k = 0; k < SOFTMAX_PLACES; k++) {
                float value = x[start + k];
                maxima[k] = value <= maxima[k] ? maxima[k] : value;  // takes a NaN, and loses it with the next value
            }
        float maximum = -INFINITY;
        for (int k = 0; k < SOFTMAX_PLACES; k++) maximum = maxima[k] <= maximum ? maximum : maxima[k];
        for (size_t i = whole; i < count; i++) maximum = x[i] <= maximum ? maximum : x[i];
        double sums[SOFTMAX_PLACES] = {0};
        for (size_t start = 0; start < whole; start += SOFTMAX_PLACES)
            for (int k = 0; k < SOFTMAX_PLACES; k++) {
                float power = natural_power(x[start + k] - maximum);
                out[start + k] = power;
                sums[k] += (double)power;
            }
        double total = 0;
        for (int k = 0; k < SOFTMAX_PLACES; k++) total += sums[k];
        for (size_t i = whole; i < count; i++) {
            out[i] = natural_power(x[i] - maximum);
            total += (double)out[i];
        }
        float factor = (float)(1 / total);  // NaN if any element is: the sum includes them all
        for (size_t i = 0; i < count; i++) out[i] = out[i] * factor;
    }
}
