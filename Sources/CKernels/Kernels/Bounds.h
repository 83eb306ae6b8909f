void KERNEL(relax)(const float *coefficients, const float *lower, const float *upper, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float c = coefficients[i];
        out[i] = c * (c > 0 ? lower[i] : upper[i]);
    }
}

void KERNEL(copy_patch)(const float *image, int64_t channels, int64_t height, int64_t width, int64_t top, int64_t left,
                        int64_t rows, int64_t columns, float outside, float *out) {
    const int64_t begin = left < 0 ? (-left < columns ? -left : columns) : 0;
    const int64_t room = width - left;
    const int64_t end = room < columns ? (room > begin ? room : begin) : columns;
    for (int64_t channel = 0; channel < channels; channel++)
        for (int64_t row = 0; row < rows; row++, out += columns) {
            const int64_t y = top + row;
            const int is_inside = y >= 0 && y < height;
            const float *line = image + (channel * height + (is_inside ? y : 0)) * width;
            const int64_t first = is_inside ? begin : columns, last = is_inside ? end : columns;
            for (int64_t x = 0; x < first; x++) out[x] = outside;
            for (int64_t x = first; x < last; x++) out[x] = line[left + x];
            for (int64_t x = last; x < columns; x++) out[x] = outside;
        }
}

surety_sum KERNEL(least_sum)(const float *coefficients, const float *low, const float *high, size_t count) {
    double sums[16] = {0}, sizes[16] = {0};
    size_t i = 0;
    for (; i + 16 <= count; i += 16)
        for (int k = 0; k < 16; k++) {
            float c = coefficients[i + k];
            double term = (double)c * (double)(c > 0 ? low[i + k] : high[i + k]);
            sums[k] += term;
            sizes[k] += __builtin_fabs(term);
        }
    for (int k = 0; i < count; i++, k++) {
        float c = coefficients[i];
        double term = (double)c * (double)(c > 0 ? low[i] : high[i]);
        sums[k] += term;
        sizes[k] += __builtin_fabs(term);
    }
    surety_sum result = {0, 0};
    for (int k = 0; k < 16; k++) {
        result.sum += sums[k];
        result.size += sizes[k];
    }
    return result;
}
