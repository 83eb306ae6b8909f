// What Surety uses of oneDNN, with opaque types so that no oneDNN header reaches Swift and the
// differences between oneDNN's versions have one home. Every function that can fail returns a
// status: 0, or a code that surety_dnn_status_text explains; results come through the last pointer.
#ifndef SURETY_CONEDNN_H
#define SURETY_CONEDNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int surety_dnn_status;
const char *surety_dnn_status_text(surety_dnn_status status);
// Major, minor and patch version of the library that is loaded.
void surety_dnn_version(int numbers[3]);
// The widest instructions it uses here, which decide the last bits of its results.
const char *surety_dnn_instruction_set(void);
// Whether this processor adds products of codes and weights in 32 bits, rather than first adding pairs in 16 bits.
bool surety_dnn_sums_codes_in_32_bits(void);

// oneDNN's OpenMP threads for the calling thread's future computations: one, because Surety runs
// a worker per core.
void surety_dnn_compute_on_this_thread_only(void);

typedef struct surety_dnn_engine surety_dnn_engine;
surety_dnn_status surety_dnn_engine_create(surety_dnn_engine **engine);
void surety_dnn_engine_free(surety_dnn_engine *engine);

// What a number is stored as.
typedef enum { surety_dnn_float32, surety_dnn_uint8, surety_dnn_int8 } surety_dnn_element;

// How a tensor lies in memory: row-major, or one of oneDNN's blocked orders.
typedef struct surety_dnn_layout surety_dnn_layout;
surety_dnn_status surety_dnn_layout_plain(int rank, const int64_t *extents, surety_dnn_element, surety_dnn_layout **layout);
void surety_dnn_layout_free(surety_dnn_layout *layout);
int surety_dnn_layout_rank(const surety_dnn_layout *layout);
int64_t surety_dnn_layout_extent(const surety_dnn_layout *layout, int axis);
size_t surety_dnn_layout_bytes(const surety_dnn_layout *layout);
surety_dnn_element surety_dnn_layout_element(const surety_dnn_layout *layout);
// The same order of other elements.
surety_dnn_status surety_dnn_layout_of_elements(const surety_dnn_layout *, surety_dnn_element, surety_dnn_layout **layout);
// How many channels of an image N×C×H×W lie side by side in memory, with its axes otherwise in order; 0 if the layout is
// another. `surety_dnn_layout_resized` gives other images the same order.
int64_t surety_dnn_layout_channel_block(const surety_dnn_layout *layout);
surety_dnn_status surety_dnn_layout_resized(const surety_dnn_layout *, const int64_t extents[4], surety_dnn_layout **layout);
// An image N×C×H×W with sixteen channels side by side.
surety_dnn_status surety_dnn_layout_in_blocks(const int64_t extents[4], surety_dnn_layout **layout);
bool surety_dnn_layout_equal(const surety_dnn_layout *a, const surety_dnn_layout *b);

// A compiled operation. Operands are numbered in the order each constructor states; the last is the result.
typedef struct surety_dnn_kernel surety_dnn_kernel;
void surety_dnn_kernel_free(surety_dnn_kernel *kernel);
int surety_dnn_kernel_operand_count(const surety_dnn_kernel *kernel);
surety_dnn_status surety_dnn_kernel_layout(const surety_dnn_kernel *kernel, int operand, surety_dnn_layout **layout);
size_t surety_dnn_kernel_workspace_bytes(const surety_dnn_kernel *kernel);
// Whether it computes in single precision throughout: no bfloat16, TF32 or half precision inside.
bool surety_dnn_kernel_is_strict(const surety_dnn_kernel *kernel);

// All extents of a two-dimensional convolution or pooling; pairs are vertical, horizontal.
typedef struct {
    int64_t batch, input_channels, output_channels, groups;
    int64_t input[2], output[2], window[2], stride[2], dilation[2], padding_before[2], padding_after[2];
} surety_dnn_geometry;

// What is done to a result before it is stored: add to what the result's memory held, then rectify.
typedef struct {
    bool accumulates;
    bool rectifies;
    float negative_slope;
} surety_dnn_epilogue;

// Operands: input, weights, [bias,] result. The layout of input, weights and result is oneDNN's choice; where images and window
// are one pixel, input and result may be row-major.
surety_dnn_status surety_dnn_convolution(surety_dnn_engine *, surety_dnn_geometry, bool has_bias, surety_dnn_epilogue,
                                         surety_dnn_kernel **);
// The same by Winograd's algorithm: not on every processor, nor for every geometry. Its bits depend on the number of images.
// It does not rectify, because it would make a NaN 0, and it accepts no slope that keeps a NaN.
surety_dnn_status surety_dnn_winograd_convolution(surety_dnn_engine *, surety_dnn_geometry, bool has_bias, bool accumulates,
                                                  surety_dnn_kernel **);
// In integers: out = (float(Σ (input − zero_point)·weight) + bias)·scale, each operation rounded to a float, then to the
// nearest integer (ties to even) and limited to what `result` can hold, if that is not float32. Operands: input (uint8),
// weights (int8), bias (float32), result. `scales` has one for each output channel.
surety_dnn_status surety_dnn_integer_convolution(surety_dnn_engine *, surety_dnn_geometry, int zero_point, const float *scales,
                                                 surety_dnn_element result, surety_dnn_kernel **);
// Operands: derivative with respect to the output, weights, result. By Winograd's algorithm, under the same conditions as above.
surety_dnn_status surety_dnn_convolution_backward_data(surety_dnn_engine *, surety_dnn_geometry, bool by_winograd,
                                                       surety_dnn_kernel **);
// Operands: input, derivative with respect to the output, result.
surety_dnn_status surety_dnn_convolution_backward_weights(surety_dnn_engine *, surety_dnn_geometry, bool by_winograd,
                                                          surety_dnn_kernel **);

// Operands: input [N, in], weights [out, in], [bias,] result [N, out]. A row of the result has the same bits in
// every batch.
surety_dnn_status surety_dnn_dense(surety_dnn_engine *, int64_t batch, int64_t inputs, int64_t outputs, bool has_bias,
                                   surety_dnn_epilogue, surety_dnn_kernel **);

// result = left · right at once, for a left [rows, inner] and a right [inner, columns], either stored with its axes swapped;
// row-major, the strides are elements from row to row as stored.
surety_dnn_status surety_dnn_multiply(bool transposes_left, bool transposes_right, int64_t rows, int64_t columns, int64_t inner,
                                      const float *left, int64_t left_stride, const float *right, int64_t right_stride,
                                      float *result, int64_t result_stride);

// Operands: left [rows, inner], right [inner, columns], either with its axes swapped, result [rows, columns]; all
// row-major. Not implemented below AVX-512, where it would be slow.
surety_dnn_status surety_dnn_matrix_product(surety_dnn_engine *, int64_t rows, int64_t inner, int64_t columns,
                                            bool transposes_left, bool transposes_right, surety_dnn_kernel **);

typedef enum { surety_dnn_average_with_padding, surety_dnn_average_without_padding } surety_dnn_pooling;
// Operands: input (in the given layout), result.
surety_dnn_status surety_dnn_pool(surety_dnn_engine *, surety_dnn_pooling, surety_dnn_geometry,
                                  const surety_dnn_layout *input, surety_dnn_kernel **);
// The adjoint of average pooling. Operands: derivative with respect to the output, result.
surety_dnn_status surety_dnn_average_pool_backward(surety_dnn_engine *, surety_dnn_pooling, surety_dnn_geometry,
                                                   surety_dnn_kernel **);

// Operands: source, result. Two row-major layouts of equal element count need no reorder.
surety_dnn_status surety_dnn_reorder(surety_dnn_engine *, const surety_dnn_layout *from, const surety_dnn_layout *to,
                                     surety_dnn_kernel **);

// A kernel bound to memory; for one thread at a time. `memory` has a 64-byte aligned address per operand.
typedef struct surety_dnn_step surety_dnn_step;
surety_dnn_status surety_dnn_bind(const surety_dnn_kernel *kernel, void *const *memory, void *workspace, surety_dnn_step **step);
surety_dnn_status surety_dnn_run(surety_dnn_step *step);
void surety_dnn_step_free(surety_dnn_step *step);

#endif
