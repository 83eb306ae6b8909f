void KERNEL(relax)(const float *coefficients, const float *lower, const float *upper, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float c = coefficients[i];
        out[i] = c * (c > 0 ? lower[i] : upper[i]);
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
