static void copy_row(const float *input, int64_t input_stride, float *output, int64_t output_stride, int64_t count) {
    if (input_stride == 1 && output_stride == 1) {
        for (int64_t i = 0; i < count; i++) output[i] = input[i];
    } else if (input_stride == 0 && output_stride == 1) {
        for (int64_t i = 0; i < count; i++) output[i] = *input;
    } else {
        for (int64_t i = 0; i < count; i++) output[i * output_stride] = input[i * input_stride];
    }
}

// Moves the index of the outer axes on by one; false after the last.
static int advance(const surety_strided *shape, int outer_rank, int64_t *index, int64_t *input_offset,
                   int64_t *output_offset) {
    for (int axis = outer_rank - 1; axis >= 0; axis--) {
        *input_offset += shape->input_strides[axis];
        *output_offset += shape->output_strides[axis];
        if (++index[axis] < shape->extents[axis]) return 1;
        *input_offset -= shape->extents[axis] * shape->input_strides[axis];
        *output_offset -= shape->extents[axis] * shape->output_strides[axis];
        index[axis] = 0;
    }
    return 0;
}

static int is_empty(const surety_strided *shape) {
    for (int axis = 0; axis < shape->rank; axis++)
        if (shape->extents[axis] == 0) return 1;
    return 0;
}

void KERNEL(strided_copy)(const surety_strided *shape, const float *input, float *output) {
    if (is_empty(shape)) return;
    int last = shape->rank - 1;
    int64_t index[SURETY_MAX_RANK] = {0}, from = 0, to = 0;
    do {
        if (last < 0) output[to] = input[from];
        else copy_row(input + from, shape->input_strides[last], output + to, shape->output_strides[last], shape->extents[last]);
    } while (last > 0 && advance(shape, last, index, &from, &to));
}

// Sixteen partial sums in single precision over at most 4096 elements, then double: accurate and fast.
static double sum_contiguous(const float *input, int64_t count) {
    double total = 0;
    for (int64_t start = 0; start < count; start += 4096) {
        int64_t end = start + 4096 < count ? start + 4096 : count;
        float lanes[16] = {0};
        int64_t i = start;
        for (; i + 16 <= end; i += 16)
            for (int lane = 0; lane < 16; lane++) lanes[lane] += input[i + lane];
        for (int lane = 0; lane < 16; lane++) total += lanes[lane];
        for (; i < end; i++) total += input[i];
    }
    return total;
}

static double sum_row(const float *input, int64_t stride, int64_t count) {
    if (stride == 1) return sum_contiguous(input, count);
    double total = 0;
    for (int64_t i = 0; i < count; i++) total += input[i * stride];
    return total;
}

static double sum_all(const surety_strided *summed, const float *input) {
    if (is_empty(summed)) return 0;
    int last = summed->rank - 1;
    if (last < 0) return *input;
    int64_t index[SURETY_MAX_RANK] = {0}, from = 0, unused = 0;
    double total = 0;
    do {
        total += sum_row(input + from, summed->input_strides[last], summed->extents[last]);
    } while (advance(summed, last, index, &from, &unused));
    return total;
}

void KERNEL(strided_sum)(const surety_strided *kept, const surety_strided *summed, const float *input, float *output) {
    if (is_empty(kept)) return;
    int64_t index[SURETY_MAX_RANK] = {0}, from = 0, to = 0;
    do {
        output[to] = (float)sum_all(summed, input + from);
    } while (advance(kept, kept->rank, index, &from, &to));
}

#define LANES 16

// Sums of `lanes` channels side by side: single precision over at most 256 pixels, then double.
INLINE void sum_lanes(const float *input, surety_channels c, int lanes, float *output) {
    int64_t image_size = (c.channels + c.block - 1) / c.block * c.block * c.pixels;
    double totals[LANES] = {0};
    for (int64_t image = 0; image < c.images; image++, input += image_size)
        for (int64_t start = 0; start < c.pixels; start += 256) {
            int64_t end = start + 256 < c.pixels ? start + 256 : c.pixels;
            float sums[LANES] = {0};
            for (int64_t pixel = start; pixel < end; pixel++)
                for (int lane = 0; lane < lanes; lane++) sums[lane] += input[pixel * c.block + lane];
            for (int lane = 0; lane < lanes; lane++) totals[lane] += sums[lane];
        }
    for (int lane = 0; lane < lanes; lane++) output[lane] = (float)totals[lane];
}

void KERNEL(channel_sum)(surety_channels c, const float *input, float *output) {
    for (int64_t first = 0; first < c.channels; first += c.block) {
        const float *block = input + first * c.pixels;
        int64_t count = c.channels - first < c.block ? c.channels - first : c.block, lane = 0;
        for (; lane + LANES <= count; lane += LANES) sum_lanes(block + lane, c, LANES, output + first + lane);
        for (; lane + 4 <= count; lane += 4) sum_lanes(block + lane, c, 4, output + first + lane);
        for (; lane < count; lane++) sum_lanes(block + lane, c, 1, output + first + lane);
    }
}

#undef LANES
