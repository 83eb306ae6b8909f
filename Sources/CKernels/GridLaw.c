// The law of noise on a grid: Z, a Gaussian rounded to multiples of the grid's step q, as a function of 64 random bits.
//
// The first bit is the sign; V is the other 63; |Z| = #{k >= 1 : V < S_k}, where S_k = 2⁶⁴ P[Gaussian > (k − ½)q], rounded.
#include "GridLaw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELLS 32768  // of V, by its first 15 bits

// P[Gaussian > x] = p by Newton's method, 0 < p <= ½, for a standard Gaussian.
static double tail_quantile(double p) {
    double x = 0;
    for (int i = 0; i < 60; i++) {
        double step = (0.5 * erfc(x * M_SQRT1_2) - p) / (exp(-x * x / 2) * 0.3989422804014327);
        x += step > 0.5 ? 0.5 : step;
        if (fabs(step) < 1e-14) break;
    }
    return x;
}

// The powers' coefficients of the cubic through four points.
static void interpolate(const double x[4], const double y[4], double coefficients[4]) {
    double d[4];
    memcpy(d, y, sizeof d);
    for (int k = 1; k < 4; k++)
        for (int i = 3; i >= k; i--) d[i] = (d[i] - d[i - 1]) / (x[i] - x[i - k]);
    double c[4] = {d[3]};
    for (int k = 2; k >= 0; k--) {
        for (int i = 3; i > 0; i--) c[i] = c[i - 1] - x[k] * c[i];
        c[0] = d[k] - x[k] * c[0];
    }
    memcpy(coefficients, c, sizeof c);
}

static int segment_of(uint32_t v) {
    float p = (float)v;
    uint32_t bits;
    memcpy(&bits, &p, sizeof bits);
    return bits >> 22 & 31;
}

// As Kernels/GridNoise.h computes it.
static uint32_t quick(const surety_grid_law *law, uint32_t v, uint32_t *distance) {
    int s = segment_of(v);
    float p = (float)v, y = fmaf(fmaf(fmaf(law->cubic[3][s], p, law->cubic[2][s]), p, law->cubic[1][s]), p, law->cubic[0][s]);
    uint32_t fixed;
    memcpy(&fixed, &y, sizeof fixed);
    uint32_t fraction = fixed << (32 - law->fraction_bits);
    *distance = fraction & 0x80000000u ? -fraction : fraction;
    return (fixed >> law->fraction_bits) - law->bias;
}

// Cubics to |Z| + ½ as a fixed-point number: with `bits` of fraction, in a float's mantissa.
static void fit_cubics(surety_grid_law *law, double deviation) {
    int bits = 14;
    while (bits > 2 && ldexp(tail_quantile(0x1p-16) * deviation + 2, bits) >= 0x1p22) bits--;
    float origin = ldexpf(1.5f, 23 - bits);
    uint32_t origin_bits;
    memcpy(&origin_bits, &origin, sizeof origin_bits);
    law->fraction_bits = bits;
    law->bias = (int32_t)(origin_bits >> bits);
    for (int half_octave = 0; half_octave < 30; half_octave++) {
        double from = ldexp(1 + 0.5 * (half_octave % 2), half_octave / 2), to = from + ldexp(0.5, half_octave / 2), x[4], y[4], c[4];
        for (int i = 0; i < 4; i++) {
            x[i] = fmin(CELLS - 1, (from + to) / 2 + (to - from) / 2 * cos(M_PI * (2 * i + 1) / 8));
            y[i] = tail_quantile((x[i] + 0.5) * 0x1p-16) * deviation + 0.5;
        }
        interpolate(x, y, c);
        int s = segment_of((uint32_t)from);
        if (half_octave == 1) s = segment_of(1) | 1;
        for (int i = 0; i < 4; i++) law->cubic[i][s] = (float)(i ? c[i] : c[0] + origin);
    }
    // The margins are as wide as the worst cell of the segment needs, so that no error of the cubics affects a result.
    for (uint32_t v = 0; v < CELLS; v++) {
        uint32_t distance, z = quick(law, v, &distance), *margin = &law->margin[segment_of(v)];
        if (law->cells[v] != (int16_t)z && distance >= *margin) *margin = distance + 1;
    }
}

surety_grid_law *surety_grid_law_make(const uint64_t *thresholds, uint32_t count, double deviation) {
    surety_grid_law *law = aligned_alloc(64, sizeof *law);
    if (!law) return NULL;
    memset(law, 0, sizeof *law);
    law->thresholds = malloc((count + 3) * sizeof *law->thresholds);
    law->largest = malloc((CELLS + 1) * sizeof *law->largest);
    law->cells = malloc(CELLS * sizeof *law->cells);
    if (!law->thresholds || !law->largest || !law->cells) {
        surety_grid_law_free(law);
        return NULL;
    }
    law->thresholds[0] = UINT64_MAX;
    memcpy(law->thresholds + 1, thresholds, count * sizeof *thresholds);
    law->thresholds[count + 1] = law->thresholds[count + 2] = 0;
    uint32_t z = count, open = 0;
    for (uint32_t v = 0; v < CELLS; v++) {
        while (z > 0 && (uint64_t)v << 48 >= law->thresholds[z]) z--;
        law->largest[v] = (int32_t)z;
    }
    law->largest[CELLS] = 0;
    for (uint32_t v = 0; v < CELLS; v++) {
        int is_open = law->largest[v] != law->largest[v + 1];
        open += is_open;
        law->cells[v] = (int16_t)(is_open ? -law->largest[v] : law->largest[v]);
    }
    if (count > INT16_MAX || open > CELLS / 2) {
        free(law->cells);
        law->cells = NULL;
    } else {
        fit_cubics(law, deviation);
    }
    return law;
}

void surety_grid_law_free(surety_grid_law *law) {
    if (!law) return;
    free(law->thresholds);
    free(law->largest);
    free(law->cells);
    free(law);
}
