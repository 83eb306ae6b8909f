// Surety's own hot loops. Swift is compiled for the oldest processor of a family; these loops are compiled for several, and
// the best version is chosen when the program starts. Nothing is contracted or reordered, and no result depends on the last
// bit of a library function, so every choice gives the same bits. The loops are in Kernels/; Dispatch.c chooses.
#ifndef SURETY_CKERNELS_H
#define SURETY_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

// Kernels/Elementwise.h

void surety_add(const float *a, const float *b, float *out, size_t count);
void surety_subtract(const float *a, const float *b, float *out, size_t count);
void surety_multiply(const float *a, const float *b, float *out, size_t count);
void surety_divide(const float *a, const float *b, float *out, size_t count);

// x where x > 0, slope·x elsewhere; and its derivative applied to `cotangent`.
void surety_rectify(const float *x, float slope, float *out, size_t count);
void surety_rectify_gradient(const float *cotangent, const float *x, float slope, float *out, size_t count);
// x limited to [low, high]; and its derivative applied to `cotangent`: 0 outside.
void surety_clip(const float *x, float low, float high, float *out, size_t count);
void surety_clip_gradient(const float *cotangent, const float *x, float low, float high, float *out, size_t count);

// Kernels/Functions.h: functions of one variable. `surety_elu` has a parameter: parameter·(eˣ − 1) below 0.
typedef enum {
    surety_exponential, surety_logarithm, surety_square_root, surety_logistic, surety_hyperbolic_tangent,
    surety_error_function, surety_sign, surety_soft_plus, surety_silu, surety_gelu, surety_gelu_by_tanh,
    surety_hard_swish, surety_elu
} surety_function;
void surety_apply(surety_function, float parameter, const float *x, float *out, size_t count);
// eˣ divided by the sum of eˣ over each row of `count` elements.
void surety_softmax(const float *x, float *out, size_t rows, size_t count);

// Subnormals.c: what the calling thread's arithmetic does with numbers too small for full precision.
// Treats them as zero from now on. Returns the previous mode, to be restored.
uint64_t surety_flush_subnormals(void);
void surety_restore_float_mode(uint64_t mode);

// Kernels/Repetition.h: left and the result have outer·middle·inner elements, right has `middle`, each one for `inner`
// neighbours.
typedef struct {
    int64_t outer, middle, inner;
} surety_repetition;
void surety_add_repeated(const float *left, const float *right, float *out, surety_repetition);
void surety_subtract_repeated(const float *left, const float *right, float *out, surety_repetition);
void surety_multiply_repeated(const float *left, const float *right, float *out, surety_repetition);
void surety_divide_repeated(const float *left, const float *right, float *out, surety_repetition);
// x·scale + shift, then surety_rectify, in one pass: the same bits as the three one after another, except that a NaN may have
// others. Scale and shift are repeated as `right` is. `out` may be x.
void surety_rectify_affine(const float *x, const float *scale, const float *shift, float slope, float *out, surety_repetition);

// Kernels/Strided.h: tensors of any rank (at most SURETY_MAX_RANK), strides in elements.
#define SURETY_MAX_RANK 8
typedef struct {
    int rank;
    int64_t extents[SURETY_MAX_RANK], input_strides[SURETY_MAX_RANK], output_strides[SURETY_MAX_RANK];
} surety_strided;

// output[Σ i·output_stride] = input[Σ i·input_stride] for every index i.
void surety_strided_copy(const surety_strided *shape, const float *input, float *output);
// For every index of `kept`, the sum over all indices of `summed` (whose output strides are not used).
void surety_strided_sum(const surety_strided *kept, const surety_strided *summed, const float *input, float *output);

// Images whose channels lie side by side in blocks; the last block may be padded.
typedef struct {
    int64_t images, channels, block, pixels;
} surety_channels;
// The sum of each channel over all images and pixels.
void surety_channel_sum(surety_channels, const float *input, float *output);

// Kernels/MatrixProduct.h: [rows, inner] times [inner, columns], in row-major order; strides in elements, along rows and columns.
typedef struct {
    int64_t rows, inner, columns, left[2], right[2];
} surety_matrix_product;
// Each element is summed in the order of `inner`, in single precision: a row's bits do not depend on how many rows there are.
void surety_multiply_matrices(const surety_matrix_product *, const float *left, const float *right, float *out);

// Kernels/Pooling.h: windows over `planes` images in row-major order; pairs are vertical, horizontal.
typedef struct {
    int64_t planes, input[2], output[2], size[2], stride[2], dilation[2], padding[2];
} surety_window;

// The largest element of each window, a NaN if it holds one. Each element of a plane is `block` numbers
// side by side, treated alike: as many channels of an image in a blocked layout.
void surety_maximum_pool(const surety_window *window, int64_t block, const float *x, float *out);
// The same for codes (bytes: Kernels/Integers.h); 0 for a window without elements.
void surety_maximum_pool_codes(const surety_window *window, int64_t block, const uint8_t *x, uint8_t *out);
// Adds each cotangent where x has the first maximum of its window; the result has x's size. Blocks as above.
void surety_scatter_to_maximum(const surety_window *window, int64_t block, const float *cotangent, const float *x, float *out);
// The elements of `values` where x has the first maximum of each window. Blocks as above.
void surety_pick_at_maximum(const surety_window *window, int64_t block, const float *values, const float *x, float *out);

// Kernels/Columns.h: a window that moves over an image of few channels, in row-major order; pairs are vertical, horizontal.
typedef struct {
    int64_t channels, image[2], positions[2], window[2], stride[2], dilation[2], padding[2];
} surety_columns;

// Adds to each element of the image the elements of `columns` that see it. `columns` has one row of all positions for each
// channel and element of the window.
void surety_add_columns(const surety_columns *, const float *columns, float *image);

// Kernels/Noise.h: the same bits on every processor.

// What a sample of noise is for: with the key, it determines every value.
typedef struct {
    uint32_t sample, image, stream;
} surety_noise_counter;

// out = image + sigma·z with z standard normal. Value 64c + 16k + l is the k-th of the four normal values
// made from the Philox block with the counter (16c + l, sample, image, stream).
void surety_add_noise(surety_noise_counter at, uint64_t key, float sigma, const float *image, float *out, size_t count);

// GridLaw.c: the law of noise on a grid: whole numbers Z, each a function of 64 random bits.
//
// The first bit is the sign; V is the other 63; |Z| = #{k >= 1 : V < S_k}.
typedef struct surety_grid_law surety_grid_law;

// The law with the thresholds S_1, S_2, …, which are positive and decreasing; null if there is not enough memory.
// `deviation`, in steps, only affects speed.
surety_grid_law *surety_grid_law_make(const uint64_t *thresholds, uint32_t count, double deviation);
void surety_grid_law_free(surety_grid_law *);

// Kernels/GridNoise.h: points + Z; and (points + Z)/steps, in single precision correctly rounded while |points + Z| < 2²⁴.
//
// Value 128c + 32k + 2l + h takes the first 16 bits from half h (0: the low one) of word k of the Philox block with the counter
// (16c + l, sample, image, stream); value i takes the other 48 from that with the counter (2³¹ + i, sample, image, stream): word 0,
// then the high half of word 1.
void surety_add_grid_noise(const surety_grid_law *, surety_noise_counter at, uint64_t key, const int32_t *points,
                           int32_t *out, size_t count);
// Z of given bits: the first 16, and the other 48.
void surety_grid_integers(const surety_grid_law *, const uint16_t *bits, const uint64_t *rests, int32_t *out, size_t count);
void surety_draw_noisy_image(const surety_grid_law *, surety_noise_counter at, uint64_t key, const int32_t *points,
                             float steps, float *out, size_t count);

// Adds numbers uniform in ±bound. Value i is made from word i mod 4 of the Philox block with the counter
// (i / 4, sample, image, stream).
void surety_add_uniform(surety_noise_counter at, uint64_t key, float bound, float *values, size_t count);

// One block of Philox4x32-10.
void surety_philox(const uint32_t counter[4], uint64_t key, uint32_t out[4]);

// Kernels/Classify.h: the first largest of each row of logits, or -1 for a row with a NaN.
void surety_classify(const float *logits, size_t rows, size_t classes, int32_t *out);

// Kernels/Attacks.h: moving an image within a ball around another and within [0, 1].

// A step along the gradient's sign, back into the cube of this radius around `center`, and into [0, 1].
void surety_ascend_cube(float *point, const float *gradient, const float *center, float step, float radius, size_t count);
// Σ x² and Σ (x − y)², in double precision, where the square of a single-precision number neither overflows nor vanishes.
double surety_square_sum(const float *x, size_t count);
double surety_square_distance(const float *x, const float *y, size_t count);
// point += scale·direction.
void surety_move(float *point, const float *direction, double scale, size_t count);
// point = center + scale·(point − center), limited to [0, 1].
void surety_shrink_into_unit(float *point, const float *center, float scale, size_t count);

// Kernels/Bounds.h: linear bounds of a network's values.

// Each coefficient times `lower` where it is positive, times `upper` elsewhere; NaN stays NaN.
void surety_relax(const float *coefficients, const float *lower, const float *upper, float *out, size_t count);
// The patch [channels, rows, columns] of an image [channels, height, width] that begins at (top, left), with `outside` where it
// reaches beyond the image.
void surety_copy_patch(const float *image, int64_t channels, int64_t height, int64_t width, int64_t top, int64_t left,
                       int64_t rows, int64_t columns, float outside, float *out);
// The smallest Σ coefficient·x for low <= x <= high, and the sum of the terms' absolute values. The terms are exact; the error of
// the sum is at most count·2⁻⁵³ times their absolute sum.
typedef struct {
    double sum, size;
} surety_sum;
surety_sum surety_least_sum(const float *coefficients, const float *low, const float *high, size_t count);

// Kernels/Training.h

typedef struct {
    float rate, momentum, weight_decay;
    int is_nesterov;
} surety_sgd_settings;
// Stochastic gradient descent with momentum, as PyTorch defines it.
void surety_sgd(float *parameters, float *velocity, const float *gradient, surety_sgd_settings, size_t count);

typedef struct {
    float rate, beta1, beta2, epsilon, weight_decay;
    float mean_correction, square_correction;  // 1/(1 − βᵗ) at step t
} surety_adam_settings;
void surety_adam(float *parameters, float *mean, float *square, const float *gradient, surety_adam_settings, size_t count);

// sum += factor·x.
void surety_add_scaled(float *sum, const float *x, float factor, size_t count);

// Kernels/Wasserstein.h: transport within a small window. An image is a plane with a border as wide as the window's radius,
// so that a neighbour is at a fixed distance; `offsets` are these distances.
typedef struct {
    int64_t count;
    const int64_t *offsets;
    int64_t reach;  // elements from the first pixel to the last; what is read and written may go 32 beyond
} surety_taps;

// out[i] = Σ weights[t]·in[i + offsets[t]].
void surety_window_sum(const surety_taps *taps, const double *weights, const double *in, double *out);

// The columns of an entropic plan u·K·v, where `reached` is K·u: v with ln v + λ·reached·v = λy, and 0 where `inside` is 0.
// `log_v` is where the search begins, and its result. |λy| must stay below 300; `count` is a multiple of 8.
void surety_entropic_columns(double lambda, const double *lambda_y, const double *reached, const double *inside,
                             double *log_v, double *v, size_t count);
// The rows, where `reached` is K·v: u = x/reached, and 0 where x is 0. The result is Σ |u·reached − x| with the previous u.
double surety_entropic_rows(const double *x, const double *reached, double *u, size_t count);

// Π = ½(tanh φ + 1).
void surety_plan_from_variables(const float *phi, float *plan, size_t count);
// The sums of a plan [sources, taps] by source, and by target, added to `columns`; the result is its cost.
double surety_plan_marginals(const surety_taps *taps, const int64_t *places, size_t sources, const float *plan,
                             const float *costs, float *rows, float *columns);
// For a function of Π with the slopes `column_slopes`, by target. With the weights w = Π(1 − Π), for each source: their sum,
// the mean slope and the mean cost; and over all sources the sums of w·(slope − mean)·cost and w·(cost − mean)·cost.
typedef struct {
    double gain, saving;
} surety_plan_slopes;
surety_plan_slopes surety_plan_moments(const surety_taps *taps, const int64_t *places, size_t sources, const float *plan,
                                       const float *costs, const float *column_slopes, float *weights, float *slopes,
                                       float *prices);
// By target, added to what is there: Σ w and Σ w·(row slope − price·cost).
void surety_plan_column_moments(const surety_taps *taps, const int64_t *places, size_t sources, const float *plan,
                                const float *costs, const float *row_slopes, float price, float *weights, float *slopes);
// φ += rate·(column slope + row slope − price·cost), by at most 1 and within ±limit; φ below that stay unchanged.
void surety_plan_ascend(const surety_taps *taps, const int64_t *places, size_t sources, const float *costs,
                        const float *column_slopes, const float *row_slopes, float price, float rate, float limit,
                        float *phi);

// Kernels/Integers.h: codes, whole numbers from 0 to 255 in a byte each.

// The nearest whole number, with ties to even.
void surety_round(const float *x, float *out, size_t count);
// x/scale rounded this way, plus the zero point, limited to the codes; NaN becomes 0.
void surety_quantise(const float *x, float scale, int32_t zero_point, uint8_t *out, size_t count);

typedef struct {
    int32_t zero_points[2];
    float scales[2];  // powers of two, so that each sum is exact
    int32_t zero_point;
} surety_code_sum;
// Σ (code − its zero point)·its scale, rounded, plus the zero point, limited to the codes.
void surety_add_codes(const uint8_t *a, const uint8_t *b, const surety_code_sum *, uint8_t *out, size_t count);
void surety_look_up(const uint8_t table[256], const uint8_t *x, uint8_t *out, size_t count);
// Bytes of numbers from −128 to 127 become those of numbers greater by 128, in place.
void surety_flip_signs(uint8_t *codes, size_t count);
typedef struct {
    int64_t batch, groups, channels, outputs;  // channels and outputs of all groups
    int64_t input[2], output[2], window[2], strides[2], dilation[2], padding[2];  // padding before
    int32_t zero_point;
} surety_code_convolution;
// (Σ (x − zero point)·w + bias)·scale for each output channel, of whole weights from −128 to 127, rounded after the sum, the
// bias and the scale. The workspace has room for the weights and one output's inputs.
void surety_convolve_codes(const surety_code_convolution *, const uint8_t *x, const float *weights, const float *bias,
                           const float *scales, int16_t *workspace, float *out);

// Dispatch.c: the functions above, except those of Subnormals.c and GridLaw.c, by name and instruction set.

#define SURETY_KERNELS(EACH) \
    EACH(add) EACH(subtract) EACH(multiply) EACH(divide) EACH(rectify) EACH(rectify_gradient) EACH(clip) \
    EACH(clip_gradient) EACH(apply) EACH(softmax) EACH(add_repeated) EACH(subtract_repeated) EACH(multiply_repeated) EACH(divide_repeated) \
    EACH(rectify_affine) EACH(strided_copy) EACH(strided_sum) EACH(channel_sum) EACH(maximum_pool) EACH(maximum_pool_codes) \
    EACH(scatter_to_maximum) EACH(pick_at_maximum) EACH(add_columns) EACH(add_noise) EACH(add_grid_noise) EACH(draw_noisy_image) \
    EACH(grid_integers) EACH(add_uniform) EACH(philox) EACH(classify) \
    EACH(ascend_cube) EACH(square_sum) EACH(square_distance) EACH(move) EACH(shrink_into_unit) EACH(relax) \
    EACH(copy_patch) EACH(least_sum) EACH(sgd) EACH(adam) EACH(add_scaled) EACH(window_sum) EACH(entropic_columns) \
    EACH(entropic_rows) EACH(plan_from_variables) EACH(plan_marginals) EACH(plan_moments) EACH(plan_column_moments) \
    EACH(plan_ascend) EACH(round) EACH(quantise) EACH(add_codes) EACH(look_up) EACH(flip_signs) \
    EACH(convolve_codes) EACH(multiply_matrices)

// x86-64's levels: the first is for every processor, and the only one of other families.
typedef enum { surety_level_baseline, surety_level_v3, surety_level_v4 } surety_level;

typedef struct {
#define SURETY_MEMBER(name) __typeof__(surety_##name) *name;
    SURETY_KERNELS(SURETY_MEMBER)
#undef SURETY_MEMBER
} surety_kernels;

// The kernels for this level; null if this processor lacks it.
const surety_kernels *surety_kernels_at(surety_level);

// The level that the functions above use: the processor's best. If the environment variable SURETY_CPU_LEVEL is set when the
// program starts, at most the level that it names: x86-64, x86-64-v3 or x86-64-v4.
surety_level surety_chosen_level(void);

#endif
