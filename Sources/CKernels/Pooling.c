#include "CKernels.h"
#include "Dispatch.h"

#include <math.h>
#include <string.h>

#define INLINED static inline __attribute__((always_inline))

// The larger of two numbers; a NaN if one is.
INLINED float larger(float a, float b) { return ((a >= b) | (a != a)) ? a : b; }

INLINED void raise_lanes(float *restrict best, const float *restrict x, int64_t lanes) {
    for (int64_t lane = 0; lane < lanes; lane++) best[lane] = larger(best[lane], x[lane]);
}

// Raises `count` elements of `block` numbers to those that lie `step` numbers apart at x.
INLINED void raise_elements(float *restrict best, const float *restrict x, int64_t step, int64_t block, int64_t count) {
    for (int64_t i = 0; i < count; i++, best += block, x += step) {
        int64_t lane = 0;
        for (; lane + 16 <= block; lane += 16) raise_lanes(best + lane, x + lane, 16);
        for (; lane + 4 <= block; lane += 4) raise_lanes(best + lane, x + lane, 4);
        for (; lane < block; lane++) raise_lanes(best + lane, x + lane, 1);
    }
}

// A row of the result, by one element of the window after another: a loop whose turns do not wait for each other.
INLINED void pool_row(const surety_window *w, int64_t block, const float *x, int64_t row, float *out) {
    int64_t stride = w->stride[1], width = w->input[1];
    for (int64_t i = 0; i < w->output[1] * block; i++) out[i] = -INFINITY;
    for (int64_t i = 0; i < w->size[0]; i++) {
        int64_t y = row * w->stride[0] - w->padding[0] + i * w->dilation[0];
        if (y < 0 || y >= w->input[0]) continue;
        for (int64_t j = 0; j < w->size[1]; j++) {
            int64_t shift = j * w->dilation[1] - w->padding[1], first = 0, end = w->output[1];
            while (first < end && first * stride + shift < 0) first++;
            while (first < end && (end - 1) * stride + shift >= width) end--;
            const float *elements = x + (y * width + first * stride + shift) * block;
            raise_elements(out + first * block, elements, stride * block, block, end - first);
        }
    }
}

DISPATCHED void surety_maximum_pool(const surety_window *w, int64_t block, const float *x, float *out) {
    for (int64_t plane = 0; plane < w->planes; plane++, x += w->input[0] * w->input[1] * block)
        for (int64_t row = 0; row < w->output[0]; row++, out += w->output[1] * block)
            if (block == 1) pool_row(w, 1, x, row, out);
            else pool_row(w, block, x, row, out);
}

// The offset within its plane of the first maximum (or the first NaN) of the window at (row, column).
static int64_t offset_of_maximum(const surety_window *w, const float *plane, int64_t row, int64_t column) {
    int64_t best = -1;
    for (int64_t i = 0; i < w->size[0]; i++) {
        int64_t y = row * w->stride[0] - w->padding[0] + i * w->dilation[0];
        if (y < 0 || y >= w->input[0]) continue;
        for (int64_t j = 0; j < w->size[1]; j++) {
            int64_t x = column * w->stride[1] - w->padding[1] + j * w->dilation[1];
            if (x < 0 || x >= w->input[1]) continue;
            int64_t offset = y * w->input[1] + x;
            if (best < 0 || plane[offset] > plane[best] || (plane[offset] != plane[offset] && plane[best] == plane[best]))
                best = offset;
        }
    }
    return best;
}

void surety_scatter_to_maximum(const surety_window *w, const float *cotangent, const float *x, float *out) {
    int64_t input_count = w->input[0] * w->input[1];
    memset(out, 0, sizeof(float) * (size_t)(w->planes * input_count));
    for (int64_t plane = 0; plane < w->planes; plane++, x += input_count, out += input_count)
        for (int64_t row = 0; row < w->output[0]; row++)
            for (int64_t column = 0; column < w->output[1]; column++)
                out[offset_of_maximum(w, x, row, column)] += *cotangent++;
}

void surety_pick_at_maximum(const surety_window *w, const float *values, const float *x, float *out) {
    int64_t input_count = w->input[0] * w->input[1];
    for (int64_t plane = 0; plane < w->planes; plane++, x += input_count, values += input_count)
        for (int64_t row = 0; row < w->output[0]; row++)
            for (int64_t column = 0; column < w->output[1]; column++)
                *out++ = values[offset_of_maximum(w, x, row, column)];
}
