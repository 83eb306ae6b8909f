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

// Eight channels side by side.
#define EIGHT 8
typedef float eight_floats __attribute__((ext_vector_type(EIGHT)));
typedef int32_t eight_flags __attribute__((ext_vector_type(EIGHT)));

// The maxima of `rows` times `columns` elements in `lanes` channels side by side, at most eight: a NaN where an element is one.
// The next element lies `across` numbers on, that of the next row `down`.
INLINE void find_largest_of(int64_t rows, int64_t columns, int64_t down, int64_t across, int lanes, const float *first,
                            float *out) {
    eight_floats best = -INFINITY;
    eight_flags is_nan = 0;
    for (int64_t i = 0; i < rows; i++, first += down)
        for (int64_t j = 0; j < columns; j++) {
            eight_floats x = 0;
            memcpy(&x, first + j * across, sizeof(float) * (size_t)lanes);
            best = x > best ? x : best;
            is_nan |= x != x;
        }
    best = is_nan ? (eight_floats)NAN : best;
    memcpy(out, &best, sizeof(float) * (size_t)lanes);
}

// The same for a window.
INLINE void find_largest(const surety_window *w, surety_span s, const float *plane, int64_t block, int lanes, float *out) {
    const int64_t rows = s.bottom - s.top, columns = s.right - s.left;
    const int64_t down = w->dilation[0] * w->input[1] * block, across = w->dilation[1] * block;
    const float *first = plane + offset_in(w, s, s.top, s.left) * block;
    // The usual size, known to the compiler.
    if (rows == 3 && columns == 3) find_largest_of(3, 3, down, across, lanes, first, out);
    else find_largest_of(rows, columns, down, across, lanes, first, out);
}

// The larger of two numbers; a NaN if one is.
INLINE float larger(float a, float b) { return ((a >= b) | (a != a)) ? a : b; }

// Raises `count` numbers to those that lie `step` apart at x.
INLINE void raise_row(float *restrict best, const float *restrict x, int64_t step, int64_t count) {
    for (int64_t i = 0; i < count; i++) best[i] = larger(best[i], x[i * step]);
}

// A row of the result where each element is one number: one element of the window after another, in a loop whose iterations
// are independent.
INLINE void pool_row(const surety_window *w, const float *x, int64_t row, float *out) {
    for (int64_t i = 0; i < w->output[1]; i++) out[i] = -INFINITY;
    for (int64_t i = 0; i < w->size[0]; i++) {
        int64_t y = row * w->stride[0] - w->padding[0] + i * w->dilation[0];
        if (y < 0 || y >= w->input[0]) continue;
        for (int64_t j = 0; j < w->size[1]; j++) {
            window_span span = span_of(w, j);
            const float *elements = x + y * w->input[1] + span.column;
            const int64_t count = span.end - span.first;
            switch (w->stride[1]) {
            case 1: raise_row(out + span.first, elements, 1, count); break;
            case 2: raise_row(out + span.first, elements, 2, count); break;
            default: raise_row(out + span.first, elements, w->stride[1], count);
            }
        }
    }
}

void KERNEL(maximum_pool)(const surety_window *w, int64_t block, const float *x, float *out) {
    for (int64_t plane = 0; plane < w->planes; plane++, x += w->input[0] * w->input[1] * block)
        for (int64_t row = 0; row < w->output[0]; row++, out += w->output[1] * block) {
            if (block == 1) {
                pool_row(w, x, row, out);
                continue;
            }
            for (int64_t column = 0; column < w->output[1]; column++) {
                surety_span s = span_at(w, row, column);
                float *element = out + column * block;
                int64_t c = 0;
                for (; c + EIGHT <= block; c += EIGHT) find_largest(w, s, x + c, block, EIGHT, element + c);
                for (; c + 4 <= block; c += 4) find_largest(w, s, x + c, block, 4, element + c);
                for (; c < block; c++) find_largest(w, s, x + c, block, 1, element + c);
            }
        }
}

#undef EIGHT

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
