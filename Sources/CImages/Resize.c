#include "Images.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// Weights are whole numbers with this many fraction bits: of 32 bits, eight are left for a pixel and two to spare.
enum { weight_bits = 32 - 8 - 2 };

static double bilinear(double x) {
    x = fabs(x);
    return x < 1 ? 1 - x : 0;
}

// Keys's cubic convolution with a = -1/2.
static double bicubic(double x) {
    const double a = -0.5;
    x = fabs(x);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
}

/// Which pixels of a line contribute to each pixel of the new one, and with which weights.
typedef struct {
    int most;
    int *first, *count;
    int *weights;
} taps;

static void taps_free(taps *taps) {
    free(taps->first);
    free(taps->count);
    free(taps->weights);
}

static int taps_make(int from, int to, surety_filter filter, taps *taps) {
    double (*weight)(double) = filter == SURETY_FILTER_BICUBIC ? bicubic : bilinear;
    double scale = (double)from / to, widening = scale < 1 ? 1 : scale;
    double reach = (filter == SURETY_FILTER_BICUBIC ? 2 : 1) * widening;
    taps->most = (int)ceil(reach) * 2 + 1;
    taps->first = malloc((size_t)to * sizeof(int));
    taps->count = malloc((size_t)to * sizeof(int));
    taps->weights = calloc((size_t)to * (size_t)taps->most, sizeof(int));
    double *exact = malloc((size_t)taps->most * sizeof(double));
    if (!taps->first || !taps->count || !taps->weights || !exact) {
        taps_free(taps);
        free(exact);
        return -1;
    }
    for (int place = 0; place < to; place++) {
        double centre = (place + 0.5) * scale, sum = 0, narrowing = 1 / widening;
        int first = (int)(centre - reach + 0.5), end = (int)(centre + reach + 0.5);
        if (first < 0) first = 0;
        if (end > from) end = from;
        int count = end - first;
        for (int tap = 0; tap < count; tap++) {
            exact[tap] = weight((tap + first - centre + 0.5) * narrowing);
            sum += exact[tap];
        }
        int *weights = taps->weights + (size_t)place * (size_t)taps->most;
        for (int tap = 0; tap < count; tap++) {
            double share = sum != 0 ? exact[tap] / sum : exact[tap];
            weights[tap] = (int)((share < 0 ? -0.5 : 0.5) + share * (1 << weight_bits));
        }
        taps->first[place] = first;
        taps->count[place] = count;
    }
    free(exact);
    return 0;
}

static uint8_t rounded(int sum) {
    int level = sum >> weight_bits;
    return (uint8_t)(level < 0 ? 0 : level > 255 ? 255 : level);
}

/// Resizes each row of a picture to `width` pixels.
static void resize_rows(const uint8_t *source, int source_width, int height, int channels, const taps *taps, int width, uint8_t *result) {
    for (int row = 0; row < height; row++, source += source_width * channels) {
        for (int place = 0; place < width; place++) {
            const int *weights = taps->weights + (size_t)place * (size_t)taps->most;
            const uint8_t *first = source + taps->first[place] * channels;
            for (int channel = 0; channel < channels; channel++) {
                int sum = 1 << (weight_bits - 1);
                for (int tap = 0; tap < taps->count[place]; tap++) sum += first[tap * channels + channel] * weights[tap];
                *result++ = rounded(sum);
            }
        }
    }
}

/// Resizes each column, of rows of `row_bytes` bytes, to `height` pixels.
static void resize_columns(const uint8_t *source, size_t row_bytes, const taps *taps, int height, uint8_t *result) {
    for (int place = 0; place < height; place++) {
        const int *weights = taps->weights + (size_t)place * (size_t)taps->most;
        const uint8_t *first = source + (size_t)taps->first[place] * row_bytes;
        for (size_t byte = 0; byte < row_bytes; byte++) {
            int sum = 1 << (weight_bits - 1);
            for (int tap = 0; tap < taps->count[place]; tap++) sum += first[(size_t)tap * row_bytes + byte] * weights[tap];
            *result++ = rounded(sum);
        }
    }
}

int surety_picture_resize(const surety_picture *picture, int width, int height, surety_filter filter, uint8_t *result) {
    size_t row_bytes = (size_t)width * (size_t)picture->channels;
    const uint8_t *rows = picture->pixels;
    uint8_t *narrowed = NULL;
    taps taps;
    if (width != picture->width) {
        narrowed = malloc((size_t)picture->height * row_bytes);
        if (!narrowed || taps_make(picture->width, width, filter, &taps) != 0) {
            free(narrowed);
            return -1;
        }
        resize_rows(rows, picture->width, picture->height, picture->channels, &taps, width, narrowed);
        taps_free(&taps);
        rows = narrowed;
    }
    if (height != picture->height) {
        if (taps_make(picture->height, height, filter, &taps) != 0) {
            free(narrowed);
            return -1;
        }
        resize_columns(rows, row_bytes, &taps, height, result);
        taps_free(&taps);
    } else {
        memcpy(result, rows, (size_t)height * row_bytes);
    }
    free(narrowed);
    return 0;
}
