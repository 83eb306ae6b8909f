// The hot loops that are Surety's own. Swift is compiled for the oldest processor of a family;
// these are compiled for several, and the best one is chosen when the program starts. Nothing is
// contracted or reordered and no library function's last bit matters, so that every choice gives the
// same bits.
#ifndef SURETY_CKERNELS_H
#define SURETY_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

// Elementwise.c

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

// Subnormals.c: what the calling thread's arithmetic does with numbers too small for full precision.
// Takes them for zero from now on, and returns the mode before, to be restored.
uint64_t surety_flush_subnormals(void);
void surety_restore_float_mode(uint64_t mode);

// Repetition.c: left and the result have outer·middle·inner elements, right has `middle`, each for `inner` neighbours.
typedef struct {
    int64_t outer, middle, inner;
} surety_repetition;
void surety_add_repeated(const float *left, const float *right, float *out, surety_repetition);
void surety_subtract_repeated(const float *left, const float *right, float *out, surety_repetition);
void surety_multiply_repeated(const float *left, const float *right, float *out, surety_repetition);
void surety_divide_repeated(const float *left, const float *right, float *out, surety_repetition);

// Strided.c: tensors of any rank (at most SURETY_MAX_RANK), strides in elements.
#define SURETY_MAX_RANK 8
typedef struct {
    int rank;
    int64_t extents[SURETY_MAX_RANK], input_strides[SURETY_MAX_RANK], output_strides[SURETY_MAX_RANK];
} surety_strided;

// output[Σ i·output_stride] = input[Σ i·input_stride] for every index i.
void surety_strided_copy(const surety_strided *shape, const float *input, float *output);
// For every index of `kept`, the sum over all indices of `summed` (whose output strides are not used).
void surety_strided_sum(const surety_strided *kept, const surety_strided *summed, const float *input, float *output);

// Pooling.c: windows over `planes` images in row-major order; pairs are vertical, horizontal.
typedef struct {
    int64_t planes, input[2], output[2], size[2], stride[2], dilation[2], padding[2];
} surety_window;

// The largest element of each window, a NaN if it holds one. Each element of a plane is `block` numbers
// side by side, treated alike: as many channels of an image in a blocked layout.
void surety_maximum_pool(const surety_window *window, int64_t block, const float *x, float *out);
// Adds each cotangent where x has the first maximum of its window; the result has x's size.
void surety_scatter_to_maximum(const surety_window *window, const float *cotangent, const float *x, float *out);
// The elements of `values` where x has the first maximum of each window.
void surety_pick_at_maximum(const surety_window *window, const float *values, const float *x, float *out);

// Noise.c: the same bits on every processor.

// What a sample of noise is for: with the key, it determines every value.
typedef struct {
    uint32_t sample, image, stream;
} surety_noise_counter;

// out = image + sigma·z with z standard normal. Value 64c + 16k + l is the k-th of the four normal values
// made from the Philox block with the counter (16c + l, sample, image, stream).
void surety_add_noise(surety_noise_counter at, uint64_t key, float sigma, const float *image, float *out, size_t count);

// One block of Philox4x32-10.
void surety_philox(const uint32_t counter[4], uint64_t key, uint32_t out[4]);

// Classify.c: the first largest of each row of logits, or -1 for a row with a NaN.
void surety_classify(const float *logits, size_t rows, size_t classes, int32_t *out);

// Training.c

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

#endif
