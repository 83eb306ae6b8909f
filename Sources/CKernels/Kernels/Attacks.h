static inline float limited(float x, float low, float high) { return x < low ? low : x > high ? high : x; }

void KERNEL(ascend_cube)(float *point, const float *gradient, const float *center, float step, float radius,
                         size_t count) {
    for (size_t i = 0; i < count; i++) {
        float g = gradient[i];
        float moved = point[i] + step * (float)((g > 0) - (g < 0));
        point[i] = limited(limited(moved, center[i] - radius, center[i] + radius), 0, 1);
    }
}

double KERNEL(square_sum)(const float *x, size_t count) {
    double sums[8] = {0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (int k = 0; k < 8; k++) sums[k] += (double)x[i + k] * (double)x[i + k];
    for (int k = 0; i < count; i++, k++) sums[k] += (double)x[i] * (double)x[i];
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

double KERNEL(square_distance)(const float *x, const float *y, size_t count) {
    double sums[8] = {0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (int k = 0; k < 8; k++) {
            double change = (double)x[i + k] - (double)y[i + k];
            sums[k] += change * change;
        }
    for (int k = 0; i < count; i++, k++) {
        double change = (double)x[i] - (double)y[i];
        sums[k] += change * change;
    }
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

void KERNEL(move)(float *point, const float *direction, double scale, size_t count) {
    for (size_t i = 0; i < count; i++) point[i] += (float)(scale * (double)direction[i]);
}

void KERNEL(shrink_into_unit)(float *point, const float *center, float scale, size_t count) {
    for (size_t i = 0; i < count; i++) point[i] = limited(center[i] + (point[i] - center[i]) * scale, 0, 1);
}
