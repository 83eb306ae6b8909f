// Codes: whole numbers from 0 to 255, one byte each.

// The nearest whole number, with ties to even. Beyond 2^23 every number is whole; NaN and infinity stay.
INLINE float whole(float x) {
    const float shift = x < 0 ? -0x1p23f : 0x1p23f;
    const float rounded = (x + shift) - shift;
    return x > -0x1p23f && x < 0x1p23f ? rounded : x;
}

void KERNEL(round)(const float *x, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = whole(x[i]);
}

// The code of a number given in steps from the zero point; NaN becomes the smallest code.
INLINE uint8_t code(float steps, int32_t zero_point) {
    const float least = (float)-zero_point, greatest = (float)(255 - zero_point);
    float kept = steps > least ? steps : least;
    kept = kept < greatest ? kept : greatest;
    return (uint8_t)((int32_t)whole(kept) + zero_point);
}

void KERNEL(quantise)(const float *x, float scale, int32_t zero_point, uint8_t *out, size_t count) {
    int exponent;
    if (frexpf(scale, &exponent) == 0.5f && exponent > -100 && exponent < 100) {
        // For a power of two, multiplying by the reciprocal gives the same quotient, and is faster.
        const float reciprocal = 1 / scale;
        for (size_t i = 0; i < count; i++) out[i] = code(x[i] * reciprocal, zero_point);
        return;
    }
    for (size_t i = 0; i < count; i++) out[i] = code(x[i] / scale, zero_point);
}

void KERNEL(add_codes)(const uint8_t *a, const uint8_t *b, const surety_code_sum *sum, uint8_t *out, size_t count) {
    const surety_code_sum s = *sum;
    for (size_t i = 0; i < count; i++) {
        const float left = (float)((int32_t)a[i] - s.zero_points[0]) * s.scales[0];
        const float right = (float)((int32_t)b[i] - s.zero_points[1]) * s.scales[1];
        out[i] = code(left + right, s.zero_point);
    }
}

void KERNEL(look_up)(const uint8_t table[256], const uint8_t *x, uint8_t *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = table[x[i]];
}

void KERNEL(flip_signs)(uint8_t *codes, size_t count) {
    for (size_t i = 0; i < count; i++) codes[i] ^= 0x80;
}

// What a window at a place of the output sees of a group's channels, less the zero point; 0 outside the image.
INLINE void gather_codes(const surety_code_convolution *c, const uint8_t *x, int64_t top, int64_t left, int16_t *restrict seen) {
    for (int64_t channel = 0; channel < c->channels / c->groups; channel++, x += c->input[0] * c->input[1]) {
        for (int64_t i = 0; i < c->window[0]; i++) {
            const int64_t row = top + i * c->dilation[0];
            for (int64_t j = 0; j < c->window[1]; j++) {
                const int64_t column = left + j * c->dilation[1];
                const bool is_inside = row >= 0 && row < c->input[0] && column >= 0 && column < c->input[1];
                *seen++ = is_inside ? (int16_t)(x[row * c->input[1] + column] - c->zero_point) : 0;
            }
        }
    }
}

void KERNEL(convolve_codes)(const surety_code_convolution *c, const uint8_t *x, const float *weights, const float *bias,
                            const float *scales, int16_t *workspace, float *out) {
    const int64_t inputs = c->channels / c->groups, outputs = c->outputs / c->groups;
    const int64_t length = inputs * c->window[0] * c->window[1], area = c->output[0] * c->output[1];
    int16_t *integers = workspace, *seen = workspace + c->outputs * length;
    for (int64_t i = 0; i < c->outputs * length; i++) integers[i] = (int16_t)weights[i];
    for (int64_t image = 0; image < c->batch; image++) {
        for (int64_t group = 0; group < c->groups; group++) {
            for (int64_t place = 0; place < area; place++) {
                const int64_t top = place / c->output[1] * c->strides[0] - c->padding[0];
                const int64_t left = place % c->output[1] * c->strides[1] - c->padding[1];
                gather_codes(c, x + (image * c->channels + group * inputs) * c->input[0] * c->input[1], top, left, seen);
                for (int64_t o = group * outputs; o < (group + 1) * outputs; o++) {
                    const int16_t *restrict row = integers + o * length;
                    int32_t sum = 0;
                    for (int64_t k = 0; k < length; k++) sum += (int32_t)seen[k] * row[k];
                    out[(image * c->outputs + o) * area + place] = ((float)sum + bias[o]) * scales[o];
                }
            }
        }
    }
}
