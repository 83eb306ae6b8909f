void KERNEL(add_columns)(const surety_columns *c, const float *columns, float *image) {
    int64_t plane = c->image[0] * c->image[1];
    memset(image, 0, sizeof(float) * (size_t)(c->channels * plane));
    for (int64_t channel = 0; channel < c->channels; channel++, image += plane)
        for (int64_t i = 0; i < c->window[0]; i++)
            for (int64_t j = 0; j < c->window[1]; j++, columns += c->positions[0] * c->positions[1]) {
                int64_t shift = j * c->dilation[1] - c->padding[1], stride = c->stride[1], first = 0, end = c->positions[1];
                while (first < end && first * stride + shift < 0) first++;
                while (first < end && (end - 1) * stride + shift >= c->image[1]) end--;
                for (int64_t row = 0; row < c->positions[0]; row++) {
                    int64_t y = row * c->stride[0] - c->padding[0] + i * c->dilation[0];
                    if (y < 0 || y >= c->image[0]) continue;
                    const float *source = columns + row * c->positions[1];
                    float *target = image + y * c->image[1] + shift;
                    if (stride == 1)
                        for (int64_t x = first; x < end; x++) target[x] += source[x];
                    else
                        for (int64_t x = first; x < end; x++) target[x * stride] += source[x];
                }
            }
}
