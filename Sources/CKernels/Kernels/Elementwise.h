void KERNEL(add)(const float *a, const float *b, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = a[i] + b[i];
}

void KERNEL(subtract)(const float *a, const float *b, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = a[i] - b[i];
}

void KERNEL(multiply)(const float *a, const float *b, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = a[i] * b[i];
}

void KERNEL(divide)(const float *a, const float *b, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = a[i] / b[i];
}

// Written so that a NaN stays a NaN: a broken model must not look like a working one.

void KERNEL(rectify)(const float *x, float slope, float *out, size_t count) {
    if (x == out) {  // one name for the memory, so that stores cannot change what is still to be read
        for (size_t i = 0; i < count; i++) out[i] = out[i] <= 0 ? (slope == 0 ? 0 : slope * out[i]) : out[i];
        return;
    }
    for (size_t i = 0; i < count; i++) out[i] = x[i] <= 0 ? (slope == 0 ? 0 : slope * x[i]) : x[i];
}

void KERNEL(rectify_gradient)(const float *cotangent, const float *x, float slope, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = x[i] > 0 ? cotangent[i] : slope * cotangent[i];
}

void KERNEL(clip)(const float *x, float low, float high, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float raised = x[i] < low ? low : x[i];
        out[i] = raised > high ? high : raised;
    }
}

void KERNEL(clip_gradient)(const float *cotangent, const float *x, float low, float high, float *out,
                           size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = x[i] < low || x[i] > high ? 0 : cotangent[i];
}
