#include "CKernels.h"
#include "Dispatch.h"

#include <math.h>
#include <string.h>

#define INLINED static inline __attribute__((always_inline))

// `lanes` of the `block` numbers of every position in one plane.
INLINED void pool_plane(const surety_window *w, int64_t lanes, int64_t block, const float *x, float *out) {
    for (int64_t row = 0; row < w->output[0]; row++)
        for (int64_t column = 0; column < w->output[1]; column++, out += block) {
            float best[16];
            for (int64_t lane = 0; lane < lanes; lane++) best[lane] = -INFINITY;
            for (int64_t i = 0; i < w->size[0]; i++) {
                int64_t y = row * w->stride[0] - w->padding[0] + i * w->dilation[0];
                if (y < 0 || y >= w->input[0]) continue;
                for (int64_t j = 0; j < w->size[1]; j++) {
                    int64_t z = column * w->stride[1] - w->padding[1] + j * w->dilation[1];
                    if (z < 0 || z >= w->input[1]) continue;
                    const float *element = x + (y * w->input[1] + z) * block;
                    for (int64_t lane = 0; lane < lanes; lane++) {
                        int keeps = (best[lane] >= element[lane]) | (best[lane] != best[lane]);
                        best[lane] = keeps ? best[lane] : element[lane];
                    }
                }
            }
            for (int64_t lane = 0; lane < lanes; lane++) out[lane] = best[lane];
        }
}

DISPATCHED void surety_maximum_pool(const surety_window *w, int64_t block, const float *x, float *out) {
    int64_t input_count = w->input[0] * w->input[1] * block, output_count = w->output[0] * w->output[1] * block;
    for (int64_t plane = 0; plane < w->planes; plane++, x += input_count, out += output_count) {
        int64_t lane = 0;
        for (; lane + 16 <= block; lane += 16) pool_plane(w, 16, block, x + lane, out + lane);
        for (; lane + 8 <= block; lane += 8) pool_plane(w, 8, block, x + lane, out + lane);
        for (; lane < block; lane++) pool_plane(w, 1, block, x + lane, out + lane);
    }
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
