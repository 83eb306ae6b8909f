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

// Where a window's elements lie in memory: the first one, counted from the plane's first number; the next one `across` numbers
// on, that of the next row `down`.
typedef struct {
    int64_t rows, columns, first, across, down;
} window_elements;

INLINE window_elements elements_at(const surety_window *w, int64_t block, int64_t row, int64_t column) {
    const surety_span s = span_at(w, row, column);
    return (window_elements){
        s.bottom - s.top, s.right - s.left, offset_in(w, s, s.top, s.left) * block,
        w->dilation[1] * block, w->dilation[0] * w->input[1] * block,
    };
}

// The maximum of floats is a NaN (with whatever bits) if one of them is; of 0 and −0, which are equal, the one that comes first;
// and −∞ if none is greater, or there is none. `larger` keeps the rule for two. The loop over a window keeps it with two
// comparisons an element: one with a NaN is false, so NaN are noted apart.

INLINE float larger(float a, float b) { return ((a >= b) | (a != a)) ? a : b; }

// Raises `count` numbers to those that lie `step` apart at x.
INLINE void raise_floats(float *restrict best, const float *restrict x, int64_t step, int64_t count) {
    for (int64_t i = 0; i < count; i++) best[i] = larger(best[i], x[i * step]);
}

#define FLOATS 8
typedef float float_lanes __attribute__((ext_vector_type(FLOATS)));
typedef int32_t flag_lanes __attribute__((ext_vector_type(FLOATS)));

// The maxima of a window's elements at x in `lanes` channels side by side, at most FLOATS. They stay in registers.
INLINE void find_largest_floats(window_elements e, int lanes, const float *x, float *out) {
    float_lanes best = -INFINITY;
    flag_lanes is_nan = 0;
    for (int64_t i = 0; i < e.rows; i++, x += e.down)
        for (int64_t j = 0; j < e.columns; j++) {
            float_lanes next = 0;
            memcpy(&next, x + j * e.across, sizeof(float) * (size_t)lanes);
            best = next > best ? next : best;
            is_nan |= next != next;
        }
    best = is_nan ? (float_lanes)NAN : best;
    memcpy(out, &best, sizeof(float) * (size_t)lanes);
}

// The maximum of codes is 0 if there is none. The loops are those of floats.

INLINE void raise_codes(uint8_t *restrict best, const uint8_t *restrict x, int64_t step, int64_t count) {
    for (int64_t i = 0; i < count; i++) best[i] = best[i] > x[i * step] ? best[i] : x[i * step];
}

#define CODES 32
typedef uint8_t code_lanes __attribute__((ext_vector_type(CODES)));

INLINE void find_largest_codes(window_elements e, int lanes, const uint8_t *x, uint8_t *out) {
    code_lanes best = 0;
    for (int64_t i = 0; i < e.rows; i++, x += e.down)
        for (int64_t j = 0; j < e.columns; j++) {
            code_lanes next = 0;
            memcpy(&next, x + j * e.across, (size_t)lanes);
            best = next > best ? next : best;
        }
    memcpy(out, &best, (size_t)lanes);
}

// The pool of either: the compiler makes one of each, because the type is known where `pool` is called.
typedef enum { pooled_floats, pooled_codes } pooled_type;

INLINE int64_t size_of(pooled_type type) { return type == pooled_floats ? sizeof(float) : sizeof(uint8_t); }

INLINE void find_largest(pooled_type type, window_elements e, int lanes, const void *x, void *out) {
    if (type == pooled_floats) find_largest_floats(e, lanes, x, out);
    else find_largest_codes(e, lanes, x, out);
}

// The maxima of a window of `rows` times `columns` elements, all channels of a block.
INLINE void pool_window(pooled_type type, int64_t rows, int64_t columns, window_elements e, int64_t block, const char *x,
                        char *out) {
    const int64_t size = size_of(type);
    const int width = type == pooled_floats ? FLOATS : CODES;
    int64_t c = 0;
    e.rows = rows, e.columns = columns;
    for (; c + width <= block; c += width) find_largest(type, e, width, x + c * size, out + c * size);
    for (; c + width / 2 <= block; c += width / 2) find_largest(type, e, width / 2, x + c * size, out + c * size);
    for (; c + 4 <= block; c += 4) find_largest(type, e, 4, x + c * size, out + c * size);
    for (; c < block; c++) find_largest(type, e, 1, x + c * size, out + c * size);
}

INLINE void raise_row(pooled_type type, void *best, const void *x, int64_t step, int64_t count) {
    if (type == pooled_floats) raise_floats(best, x, step, count);
    else raise_codes(best, x, step, count);
}

// A row of the result where each element is one number: one element of the window after another, in a loop whose iterations
// are independent.
INLINE void pool_row(pooled_type type, const surety_window *w, const char *x, int64_t row, char *out) {
    const int64_t size = size_of(type);
    if (type == pooled_floats) for (int64_t i = 0; i < w->output[1]; i++) ((float *)out)[i] = -INFINITY;
    else memset(out, 0, (size_t)w->output[1]);
    for (int64_t i = 0; i < w->size[0]; i++) {
        int64_t y = row * w->stride[0] - w->padding[0] + i * w->dilation[0];
        if (y < 0 || y >= w->input[0]) continue;
        for (int64_t j = 0; j < w->size[1]; j++) {
            window_span span = span_of(w, j);
            const char *elements = x + (y * w->input[1] + span.column) * size;
            char *best = out + span.first * size;
            const int64_t count = span.end - span.first;
            switch (w->stride[1]) {
            case 1: raise_row(type, best, elements, 1, count); break;
            case 2: raise_row(type, best, elements, 2, count); break;
            default: raise_row(type, best, elements, w->stride[1], count);
            }
        }
    }
}

INLINE void pool(pooled_type type, const surety_window *window, int64_t block, const char *x, char *out) {
    const surety_window copy = *window, *const w = &copy;  // which stores to `out` cannot change
    const int64_t size = size_of(type) * block;
    for (int64_t plane = 0; plane < w->planes; plane++, x += w->input[0] * w->input[1] * size)
        for (int64_t row = 0; row < w->output[0]; row++, out += w->output[1] * size) {
            if (block == 1) {
                pool_row(type, w, x, row, out);
                continue;
            }
            for (int64_t column = 0; column < w->output[1]; column++) {
                const window_elements e = elements_at(w, block, row, column);
                const char *first = x + e.first * size_of(type);
                char *element = out + column * size;
                // The usual sizes, known to the compiler.
                if (e.rows == 3 && e.columns == 3) pool_window(type, 3, 3, e, block, first, element);
                else if (e.rows == 2 && e.columns == 2) pool_window(type, 2, 2, e, block, first, element);
                else pool_window(type, e.rows, e.columns, e, block, first, element);
            }
        }
}

void KERNEL(maximum_pool)(const surety_window *w, int64_t block, const float *x, float *out) {
    pool(pooled_floats, w, block, (const char *)x, (char *)out);
}

void KERNEL(maximum_pool_codes)(const surety_window *w, int64_t block, const uint8_t *x, uint8_t *out) {
    pool(pooled_codes, w, block, (const char *)x, (char *)out);
}

#undef FLOATS
#undef CODES

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
