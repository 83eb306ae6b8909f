// The larger of two numbers; a NaN if one is.
INLINE float larger(float a, float b) { return ((a >= b) | (a != a)) ? a : b; }

INLINE void raise_lanes(float *restrict best, const float *restrict x, int64_t lanes) {
    for (int64_t lane = 0; lane < lanes; lane++) best[lane] = larger(best[lane], x[lane]);
}

// Raises `count` elements of `block` numbers to those that lie `step` numbers apart at x.
INLINE void raise_elements(float *restrict best, const float *restrict x, int64_t step, int64_t block, int64_t count) {
    for (int64_t i = 0; i < count; i++, best += block, x += step) {
        int64_t lane = 0;
        for (; lane + 16 <= block; lane += 16) raise_lanes(best + lane, x + lane, 16);
        for (; lane + 8 <= block; lane += 8) raise_lanes(best + lane, x + lane, 8);
        for (; lane + 4 <= block; lane += 4) raise_lanes(best + lane, x + lane, 4);
        for (; lane < block; lane++) raise_lanes(best + lane, x + lane, 1);
    }
}

// The results of a row, from `first` up to but not including `end`, whose windows have their element of column j inside the
// image, and that element's column for the first of them.
typedef struct {
    int64_t first, end, column;
} window_span;

INLINE window_span span_of(const surety_window *w, int64_t j) {
    int64_t stride = w->stride[1], shift = j * w->dilation[1] - w->padding[1], first = 0, end = w->output[1];
    while (first < end && first * stride + shift < 0) first++;
    while (first < end && (end - 1) * stride + shift >= w->input[1]) end--;
    return (window_span){first, end, first * stride + shift};
}

// A row of the result, one element of the window after another: a loop whose iterations are independent.
INLINE void pool_row(const surety_window *w, int64_t block, const float *x, int64_t row, float *out) {
    for (int64_t i = 0; i < w->output[1] * block; i++) out[i] = -INFINITY;
    for (int64_t i = 0; i < w->size[0]; i++) {
        int64_t y = row * w->stride[0] - w->padding[0] + i * w->dilation[0];
        if (y < 0 || y >= w->input[0]) continue;
        for (int64_t j = 0; j < w->size[1]; j++) {
            window_span span = span_of(w, j);
            const float *elements = x + (y * w->input[1] + span.column) * block;
            raise_elements(out + span.first * block, elements, w->stride[1] * block, block, span.end - span.first);
        }
    }
}

void KERNEL(maximum_pool)(const surety_window *w, int64_t block, const float *x, float *out) {
    for (int64_t plane = 0; plane < w->planes; plane++, x += w->input[0] * w->input[1] * block)
        for (int64_t row = 0; row < w->output[0]; row++, out += w->output[1] * block)
            if (block == 1) pool_row(w, 1, x, row, out);
            else pool_row(w, block, x, row, out);
}

// The part of a window that lies on the image.
typedef struct {
    int64_t top, bottom, left, right;  // rows and columns of the window, ends excluded
    int64_t y, x;                      // where row 0 and column 0 would lie
} surety_span;

INLINE surety_span span_at(const surety_window *w, int64_t row, int64_t column) {
    surety_span s = {0, w->size[0], 0, w->size[1], row * w->stride[0] - w->padding[0], column * w->stride[1] - w->padding[1]};
    while (s.top < s.bottom && s.y + s.top * w->dilation[0] < 0) s.top++;
    while (s.top < s.bottom && s.y + (s.bottom - 1) * w->dilation[0] >= w->input[0]) s.bottom--;
    while (s.left < s.right && s.x + s.left * w->dilation[1] < 0) s.left++;
    while (s.left < s.right && s.x + (s.right - 1) * w->dilation[1] >= w->input[1]) s.right--;
    return s;
}

INLINE int64_t offset_in(const surety_window *w, surety_span s, int64_t i, int64_t j) {
    return (s.y + i * w->dilation[0]) * w->input[1] + s.x + j * w->dilation[1];
}

#define LANES 16

// For `lanes` channels side by side: where the first maximum (or the first NaN) of the window is, counted in its elements.
INLINE void find_maximum(const surety_window *w, surety_span s, const float *plane, int64_t block, int lanes, float *best,
                         int32_t *place) {
    for (int lane = 0; lane < lanes; lane++) best[lane] = -INFINITY, place[lane] = -1;
    int32_t number = 0;
    for (int64_t i = s.top; i < s.bottom; i++)
        for (int64_t j = s.left; j < s.right; j++, number++) {
            const float *x = plane + offset_in(w, s, i, j) * block;
            for (int lane = 0; lane < lanes; lane++) {
                int wins = (place[lane] < 0) | (x[lane] > best[lane]) | ((x[lane] != x[lane]) & (best[lane] == best[lane]));
                best[lane] = wins ? x[lane] : best[lane];
                place[lane] = wins ? number : place[lane];
            }
        }
}

// Adds the cotangents of `lanes` channels where the image has its maxima.
INLINE void scatter(const surety_window *w, surety_span s, const float *plane, int64_t block, int lanes,
                    const float *cotangent, float *out) {
    float best[LANES];
    int32_t place[LANES], number = 0;
    find_maximum(w, s, plane, block, lanes, best, place);
    for (int64_t i = s.top; i < s.bottom; i++)
        for (int64_t j = s.left; j < s.right; j++, number++) {
            float *target = out + offset_in(w, s, i, j) * block;
            for (int lane = 0; lane < lanes; lane++) target[lane] += place[lane] == number ? cotangent[lane] : 0.0f;
        }
}

// Takes the values of `lanes` channels where the image has its maxima.
INLINE void pick(const surety_window *w, surety_span s, const float *plane, int64_t block, int lanes, const float *values,
                 float *out) {
    float best[LANES];
    int32_t place[LANES], number = 0;
    find_maximum(w, s, plane, block, lanes, best, place);
    for (int64_t i = s.top; i < s.bottom; i++)
        for (int64_t j = s.left; j < s.right; j++, number++) {
            const float *source = values + offset_in(w, s, i, j) * block;
            for (int lane = 0; lane < lanes; lane++) out[lane] = place[lane] == number ? source[lane] : out[lane];
        }
}

void KERNEL(scatter_to_maximum)(const surety_window *w, int64_t block, const float *cotangent, const float *x,
                                float *out) {
    int64_t plane_size = w->input[0] * w->input[1] * block;
    memset(out, 0, sizeof(float) * (size_t)(w->planes * plane_size));
    for (int64_t plane = 0; plane < w->planes; plane++, x += plane_size, out += plane_size)
        for (int64_t row = 0; row < w->output[0]; row++)
            for (int64_t column = 0; column < w->output[1]; column++, cotangent += block) {
                surety_span s = span_at(w, row, column);
                int64_t c = 0;
                for (; c + 16 <= block; c += 16) scatter(w, s, x + c, block, 16, cotangent + c, out + c);
                for (; c + 4 <= block; c += 4) scatter(w, s, x + c, block, 4, cotangent + c, out + c);
                for (; c < block; c++) scatter(w, s, x + c, block, 1, cotangent + c, out + c);
            }
}

void KERNEL(pick_at_maximum)(const surety_window *w, int64_t block, const float *values, const float *x,
                             float *out) {
    int64_t plane_size = w->input[0] * w->input[1] * block;
    for (int64_t plane = 0; plane < w->planes; plane++, x += plane_size, values += plane_size)
        for (int64_t row = 0; row < w->output[0]; row++)
            for (int64_t column = 0; column < w->output[1]; column++, out += block) {
                surety_span s = span_at(w, row, column);
                int64_t c = 0;
                for (; c + 16 <= block; c += 16) pick(w, s, x + c, block, 16, values + c, out + c);
                for (; c + 4 <= block; c += 4) pick(w, s, x + c, block, 4, values + c, out + c);
                for (; c < block; c++) pick(w, s, x + c, block, 1, values + c, out + c);
            }
}

#undef LANES
