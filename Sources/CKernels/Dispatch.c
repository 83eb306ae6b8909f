// Calls each kernel at the best level that this processor has, or at the one that SURETY_CPU_LEVEL names.
#include "CKernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const surety_kernels surety_kernels_baseline;

#if defined(__x86_64__)
extern const surety_kernels surety_kernels_v3, surety_kernels_v4;

const surety_kernels *surety_kernels_at(surety_level level) {
    switch (level) {
    case surety_level_baseline: return &surety_kernels_baseline;
    case surety_level_v3: return __builtin_cpu_supports("x86-64-v3") ? &surety_kernels_v3 : NULL;
    case surety_level_v4: return __builtin_cpu_supports("x86-64-v4") ? &surety_kernels_v4 : NULL;
    }
    return NULL;
}
#else
const surety_kernels *surety_kernels_at(surety_level level) {
    return level == surety_level_baseline ? &surety_kernels_baseline : NULL;
}
#endif

// Set once, before the program's first line, and never again.
static const surety_kernels *chosen = &surety_kernels_baseline;
static surety_level chosen_level = surety_level_baseline;

// The highest level wanted.
static surety_level wanted(void) {
    static const char *const names[] = {"x86-64", "x86-64-v3", "x86-64-v4"};
    const char *name = getenv("SURETY_CPU_LEVEL");
    if (!name || !*name) return surety_level_v4;
    for (int level = surety_level_baseline; level <= surety_level_v4; level++)
        if (strcmp(name, names[level]) == 0) return (surety_level)level;
    fprintf(stderr, "SURETY_CPU_LEVEL is '%s', and is ignored: x86-64, x86-64-v3 and x86-64-v4 are levels\n", name);
    return surety_level_v4;
}

__attribute__((constructor)) static void choose(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
#endif
    for (int level = wanted(); level > surety_level_baseline; level--) {
        const surety_kernels *kernels = surety_kernels_at((surety_level)level);
        if (!kernels) continue;
        chosen = kernels;
        chosen_level = (surety_level)level;
        return;
    }
}

surety_level surety_chosen_level(void) { return chosen_level; }

#define FORWARD(result, name, parameters, arguments) \
    result surety_##name parameters { return chosen->name arguments; }

FORWARD(void, add, (const float *a, const float *b, float *out, size_t count), (a, b, out, count))
FORWARD(void, subtract, (const float *a, const float *b, float *out, size_t count), (a, b, out, count))
FORWARD(void, multiply, (const float *a, const float *b, float *out, size_t count), (a, b, out, count))
FORWARD(void, divide, (const float *a, const float *b, float *out, size_t count), (a, b, out, count))
FORWARD(void, rectify, (const float *x, float slope, float *out, size_t count), (x, slope, out, count))
FORWARD(void, rectify_gradient, (const float *cotangent, const float *x, float slope, float *out, size_t count),
        (cotangent, x, slope, out, count))
FORWARD(void, clip, (const float *x, float low, float high, float *out, size_t count), (x, low, high, out, count))
FORWARD(void, clip_gradient, (const float *cotangent, const float *x, float low, float high, float *out, size_t count),
        (cotangent, x, low, high, out, count))
FORWARD(void, apply, (surety_function function, float parameter, const float *x, float *out, size_t count),
        (function, parameter, x, out, count))
FORWARD(void, softmax, (const float *x, float *out, size_t rows, size_t count), (x, out, rows, count))
FORWARD(void, add_repeated, (const float *left, const float *right, float *out, surety_repetition r),
        (left, right, out, r))
FORWARD(void, subtract_repeated, (const float *left, const float *right, float *out, surety_repetition r),
        (left, right, out, r))
FORWARD(void, multiply_repeated, (const float *left, const float *right, float *out, surety_repetition r),
        (left, right, out, r))
FORWARD(void, divide_repeated, (const float *left, const float *right, float *out, surety_repetition r),
        (left, right, out, r))
FORWARD(void, rectify_affine, (const float *x, const float *scale, const float *shift, float slope, float *out,
                               surety_repetition r),
        (x, scale, shift, slope, out, r))
FORWARD(void, strided_copy, (const surety_strided *shape, const float *input, float *output), (shape, input, output))
FORWARD(void, strided_sum, (const surety_strided *kept, const surety_strided *summed, const float *input,
                            float *output),
        (kept, summed, input, output))
FORWARD(void, channel_sum, (surety_channels c, const float *input, float *output), (c, input, output))
FORWARD(void, maximum_pool, (const surety_window *window, int64_t block, const float *x, float *out),
        (window, block, x, out))
FORWARD(void, maximum_pool_codes, (const surety_window *window, int64_t block, const uint8_t *x, uint8_t *out),
        (window, block, x, out))
FORWARD(void, scatter_to_maximum, (const surety_window *window, int64_t block, const float *cotangent, const float *x,
                                   float *out),
        (window, block, cotangent, x, out))
FORWARD(void, pick_at_maximum, (const surety_window *window, int64_t block, const float *values, const float *x,
                                float *out),
        (window, block, values, x, out))
FORWARD(void, add_columns, (const surety_columns *c, const float *columns, float *image), (c, columns, image))
FORWARD(void, add_noise, (surety_noise_counter at, uint64_t key, float sigma, const float *image, float *out,
                          size_t count),
        (at, key, sigma, image, out, count))
FORWARD(void, add_grid_noise, (const surety_grid_law *law, surety_noise_counter at, uint64_t key, const int32_t *points,
                               int32_t *out, size_t count),
        (law, at, key, points, out, count))
FORWARD(void, grid_integers, (const surety_grid_law *law, const uint16_t *bits, const uint64_t *rests, int32_t *out, size_t count),
        (law, bits, rests, out, count))
FORWARD(void, draw_noisy_image, (const surety_grid_law *law, surety_noise_counter at, uint64_t key, const int32_t *points,
                                 float steps, float *out, size_t count),
        (law, at, key, points, steps, out, count))
FORWARD(void, add_uniform, (surety_noise_counter at, uint64_t key, float bound, float *values, size_t count),
        (at, key, bound, values, count))
FORWARD(void, philox, (const uint32_t counter[4], uint64_t key, uint32_t out[4]), (counter, key, out))
FORWARD(void, classify, (const float *logits, size_t rows, size_t classes, int32_t *out), (logits, rows, classes, out))
FORWARD(void, ascend_cube, (float *point, const float *gradient, const float *center, float step, float radius,
                            size_t count),
        (point, gradient, center, step, radius, count))
FORWARD(double, square_sum, (const float *x, size_t count), (x, count))
FORWARD(double, square_distance, (const float *x, const float *y, size_t count), (x, y, count))
FORWARD(void, move, (float *point, const float *direction, double scale, size_t count),
        (point, direction, scale, count))
FORWARD(void, shrink_into_unit, (float *point, const float *center, float scale, size_t count),
        (point, center, scale, count))
FORWARD(void, relax, (const float *coefficients, const float *lower, const float *upper, float *out, size_t count),
        (coefficients, lower, upper, out, count))
FORWARD(void, copy_patch, (const float *image, int64_t channels, int64_t height, int64_t width, int64_t top, int64_t left,
                           int64_t rows, int64_t columns, float outside, float *out),
        (image, channels, height, width, top, left, rows, columns, outside, out))
FORWARD(surety_sum, least_sum, (const float *coefficients, const float *low, const float *high, size_t count),
        (coefficients, low, high, count))
FORWARD(void, sgd, (float *parameters, float *velocity, const float *gradient, surety_sgd_settings s, size_t count),
        (parameters, velocity, gradient, s, count))
FORWARD(void, adam, (float *parameters, float *mean, float *square, const float *gradient, surety_adam_settings s,
                     size_t count),
        (parameters, mean, square, gradient, s, count))
FORWARD(void, add_scaled, (float *sum, const float *x, float factor, size_t count), (sum, x, factor, count))
FORWARD(void, window_sum, (const surety_taps *taps, const double *weights, const double *in, double *out),
        (taps, weights, in, out))
FORWARD(void, entropic_columns, (double lambda, const double *lambda_y, const double *reached, const double *inside,
                                 double *log_v, double *v, size_t count),
        (lambda, lambda_y, reached, inside, log_v, v, count))
FORWARD(double, entropic_rows, (const double *x, const double *reached, double *u, size_t count),
        (x, reached, u, count))
FORWARD(void, plan_from_variables, (const float *phi, float *plan, size_t count), (phi, plan, count))
FORWARD(double, plan_marginals, (const surety_taps *taps, const int64_t *places, size_t sources, const float *plan,
                                 const float *costs, float *rows, float *columns),
        (taps, places, sources, plan, costs, rows, columns))
FORWARD(surety_plan_slopes, plan_moments, (const surety_taps *taps, const int64_t *places, size_t sources,
                                           const float *plan, const float *costs, const float *column_slopes,
                                           float *weights, float *slopes, float *prices),
        (taps, places, sources, plan, costs, column_slopes, weights, slopes, prices))
FORWARD(void, plan_column_moments, (const surety_taps *taps, const int64_t *places, size_t sources, const float *plan,
                                    const float *costs, const float *row_slopes, float price, float *weights,
                                    float *slopes),
        (taps, places, sources, plan, costs, row_slopes, price, weights, slopes))
FORWARD(void, plan_ascend, (const surety_taps *taps, const int64_t *places, size_t sources, const float *costs,
                            const float *column_slopes, const float *row_slopes, float price, float rate, float limit,
                            float *phi),
        (taps, places, sources, costs, column_slopes, row_slopes, price, rate, limit, phi))
FORWARD(void, round, (const float *x, float *out, size_t count), (x, out, count))
FORWARD(void, quantise, (const float *x, float scale, int32_t zero_point, uint8_t *out, size_t count),
        (x, scale, zero_point, out, count))
FORWARD(void, add_codes, (const uint8_t *a, const uint8_t *b, const surety_code_sum *sum, uint8_t *out, size_t count),
        (a, b, sum, out, count))
FORWARD(void, look_up, (const uint8_t table[256], const uint8_t *x, uint8_t *out, size_t count), (table, x, out, count))
FORWARD(void, flip_signs, (uint8_t *codes, size_t count), (codes, count))
FORWARD(void, convolve_codes, (const surety_code_convolution *convolution, const uint8_t *x, const float *weights, const float *bias,
                               const float *scales, int16_t *workspace, float *out),
        (convolution, x, weights, bias, scales, workspace, out))
FORWARD(void, multiply_matrices, (const surety_matrix_product *product, const float *left, const float *right, float *out),
        (product, left, right, out))
