#include "CKernels.h"
#include "Dispatch.h"

DISPATCHED void surety_add(const float *a, const float *b, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = a[i] + b[i];
}

DISPATCHED void surety_subtract(const float *a, const float *b, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = a[i] - b[i];
}

DISPATCHED void surety_multiply(const float *a, const float *b, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = a[i] * b[i];
}

DISPATCHED void surety_divide(const float *a, const float *b, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = a[i] / b[i];
}

// Written so that a NaN stays a NaN: a broken model must not look like a working one.

DISPATCHED void surety_rectify(const float *x, float slope, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = x[i] <= 0 ? (slope == 0 ? 0 : slope * x[i]) : x[i];
}

DISPATCHED void surety_rectify_gradient(const float *cotangent, const float *x, float slope, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = x[i] > 0 ? cotangent[i] : slope * cotangent[i];
}

DISPATCHED void surety_clip(const float *x, float low, float high, float *out, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float raised = x[i] < low ? low : x[i];
        out[i] = raised > high ? high : raised;
    }
}

DISPATCHED void surety_clip_gradient(const float *cotangent, const float *x, float low, float high, float *out,
                                     size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = x[i] < low || x[i] > high ? 0 : cotangent[i];
}
