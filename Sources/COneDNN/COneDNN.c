#include "COneDNN.h"

#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_debug.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

#if DNNL_VERSION_MAJOR != 2
#error "Surety is written for oneDNN 2 (Debian 12's libdnnl-dev): version 3 has no operation descriptors"
#endif

// Declared here because clang, which compiles this file, may lack omp.h.
extern void omp_set_num_threads(int);

#define MAX_OPERANDS 4

struct surety_dnn_engine {
    dnnl_engine_t engine;
};

struct surety_dnn_layout {
    dnnl_memory_desc_t descriptor;
};

struct surety_dnn_kernel {
    dnnl_engine_t engine;
    dnnl_primitive_t primitive;
    int operand_count;
    int arguments[MAX_OPERANDS];
    dnnl_memory_desc_t operands[MAX_OPERANDS];
    dnnl_memory_desc_t layouts[MAX_OPERANDS];  // as callers see them: to them, a transposed matrix is a plain one
    dnnl_memory_desc_t workspace;
};

struct surety_dnn_step {
    dnnl_primitive_t primitive;
    dnnl_stream_t stream;
    int argument_count;
    dnnl_exec_arg_t arguments[MAX_OPERANDS + 1];
};

#define TRY(call)                                  \
    do {                                           \
        dnnl_status_t status_ = (call);            \
        if (status_ != dnnl_success) return status_; \
    } while (0)

const char *surety_dnn_status_text(surety_dnn_status status) { return dnnl_status2str((dnnl_status_t)status); }

void surety_dnn_version(int numbers[3]) {
    const dnnl_version_t *version = dnnl_version();
    numbers[0] = version->major;
    numbers[1] = version->minor;
    numbers[2] = version->patch;
}

static bool computes_with(dnnl_cpu_isa_t isa) { return (dnnl_get_effective_cpu_isa() & isa) == isa; }

const char *surety_dnn_instruction_set(void) {
    if (computes_with(dnnl_cpu_isa_avx512_core)) return "AVX-512";
    if (computes_with(dnnl_cpu_isa_avx2)) return "AVX2";
    if (computes_with(dnnl_cpu_isa_avx)) return "AVX";
    if (computes_with(dnnl_cpu_isa_sse41)) return "SSE4.1";
    return "the baseline";
}

bool surety_dnn_sums_codes_in_32_bits(void) {
    return computes_with(dnnl_cpu_isa_avx512_core_vnni) || computes_with(dnnl_cpu_isa_avx2_vnni);
}

void surety_dnn_compute_on_this_thread_only(void) { omp_set_num_threads(1); }

// MARK: engine and layouts

surety_dnn_status surety_dnn_engine_create(surety_dnn_engine **out) {
    dnnl_engine_t engine;
    TRY(dnnl_engine_create(&engine, dnnl_cpu, 0));
    *out = malloc(sizeof **out);
    if (!*out) return dnnl_out_of_memory;
    (*out)->engine = engine;
    return dnnl_success;
}

void surety_dnn_engine_free(surety_dnn_engine *engine) {
    if (engine) dnnl_engine_destroy(engine->engine);
    free(engine);
}

static surety_dnn_status layout_of(const dnnl_memory_desc_t *descriptor, surety_dnn_layout **out) {
    *out = malloc(sizeof **out);
    if (!*out) return dnnl_out_of_memory;
    (*out)->descriptor = *descriptor;
    return dnnl_success;
}

static const dnnl_data_type_t data_types[] = {dnnl_f32, dnnl_u8, dnnl_s8};  // in the order of surety_dnn_element

static dnnl_status_t describe_plain_elements(dnnl_memory_desc_t *descriptor, int rank, const int64_t *extents,
                                             surety_dnn_element element) {
    static const dnnl_format_tag_t tags[] = {dnnl_a, dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde, dnnl_abcdef};
    if (rank < 0 || rank > 6) return dnnl_unimplemented;
    dnnl_dims_t dims = {1};
    for (int axis = 0; axis < rank; axis++) dims[axis] = extents[axis];
    return dnnl_memory_desc_init_by_tag(descriptor, rank == 0 ? 1 : rank, dims, data_types[element], tags[rank]);
}

static dnnl_status_t describe_plain(dnnl_memory_desc_t *descriptor, int rank, const int64_t *extents) {
    return describe_plain_elements(descriptor, rank, extents, surety_dnn_float32);
}

static dnnl_status_t describe_any(dnnl_memory_desc_t *descriptor, int rank, const dnnl_dim_t *extents) {
    dnnl_dims_t dims = {0};
    for (int axis = 0; axis < rank; axis++) dims[axis] = extents[axis];
    return dnnl_memory_desc_init_by_tag(descriptor, rank, dims, dnnl_f32, dnnl_format_tag_any);
}

surety_dnn_status surety_dnn_layout_plain(int rank, const int64_t *extents, surety_dnn_element element,
                                          surety_dnn_layout **out) {
    dnnl_memory_desc_t descriptor;
    TRY(describe_plain_elements(&descriptor, rank, extents, element));
    return layout_of(&descriptor, out);
}

surety_dnn_element surety_dnn_layout_element(const surety_dnn_layout *layout) {
    switch (layout->descriptor.data_type) {
    case dnnl_u8: return surety_dnn_uint8;
    case dnnl_s8: return surety_dnn_int8;
    default: return surety_dnn_float32;
    }
}

surety_dnn_status surety_dnn_layout_of_elements(const surety_dnn_layout *layout, surety_dnn_element element,
                                                surety_dnn_layout **out) {
    dnnl_memory_desc_t descriptor = layout->descriptor;
    descriptor.data_type = data_types[element];
    return layout_of(&descriptor, out);
}

void surety_dnn_layout_free(surety_dnn_layout *layout) { free(layout); }
int surety_dnn_layout_rank(const surety_dnn_layout *layout) { return layout->descriptor.ndims; }
int64_t surety_dnn_layout_extent(const surety_dnn_layout *layout, int axis) { return layout->descriptor.dims[axis]; }
size_t surety_dnn_layout_bytes(const surety_dnn_layout *layout) { return dnnl_memory_desc_get_size(&layout->descriptor); }

// Orders in which an image's channels lie side by side: one by one, all, or in blocks.
static const struct { dnnl_format_tag_t tag; int64_t block; } image_orders[] = {
    {dnnl_nchw, 1}, {dnnl_nhwc, 0}, {dnnl_nChw4c, 4}, {dnnl_nChw8c, 8}, {dnnl_nChw16c, 16},
};

// The layout's place in `image_orders`; -1 when it has another order.
static int image_order(const dnnl_memory_desc_t *layout) {
    for (int order = 0; order < (int)(sizeof image_orders / sizeof *image_orders) && layout->ndims == 4; order++) {
        dnnl_memory_desc_t candidate;
        dnnl_status_t status =
            dnnl_memory_desc_init_by_tag(&candidate, 4, layout->dims, layout->data_type, image_orders[order].tag);
        if (status == dnnl_success && dnnl_memory_desc_equal(&candidate, layout)) return order;
    }
    return -1;
}

int64_t surety_dnn_layout_channel_block(const surety_dnn_layout *layout) {
    int order = image_order(&layout->descriptor);
    if (order < 0) return 0;
    return image_orders[order].block ? image_orders[order].block : layout->descriptor.dims[1];
}

surety_dnn_status surety_dnn_layout_resized(const surety_dnn_layout *layout, const int64_t extents[4],
                                            surety_dnn_layout **out) {
    int order = image_order(&layout->descriptor);
    if (order < 0) return dnnl_unimplemented;
    dnnl_memory_desc_t descriptor;
    TRY(dnnl_memory_desc_init_by_tag(&descriptor, 4, extents, layout->descriptor.data_type, image_orders[order].tag));
    return layout_of(&descriptor, out);
}

surety_dnn_status surety_dnn_layout_in_blocks(const int64_t extents[4], surety_dnn_layout **out) {
    dnnl_memory_desc_t descriptor;
    TRY(dnnl_memory_desc_init_by_tag(&descriptor, 4, extents, dnnl_f32, dnnl_nChw16c));
    return layout_of(&descriptor, out);
}

bool surety_dnn_layout_equal(const surety_dnn_layout *a, const surety_dnn_layout *b) {
    return dnnl_memory_desc_equal(&a->descriptor, &b->descriptor);
}

// MARK: kernels

void surety_dnn_kernel_free(surety_dnn_kernel *kernel) {
    if (kernel) dnnl_primitive_destroy(kernel->primitive);
    free(kernel);
}

int surety_dnn_kernel_operand_count(const surety_dnn_kernel *kernel) { return kernel->operand_count; }

surety_dnn_status surety_dnn_kernel_layout(const surety_dnn_kernel *kernel, int operand, surety_dnn_layout **out) {
    return layout_of(&kernel->layouts[operand], out);
}

bool surety_dnn_kernel_is_strict(const surety_dnn_kernel *kernel) {
    const_dnnl_primitive_desc_t descriptor;
    const_dnnl_primitive_attr_t attributes;
    dnnl_fpmath_mode_t mode;
    return dnnl_primitive_get_primitive_desc(kernel->primitive, &descriptor) == dnnl_success
        && dnnl_primitive_desc_get_attr(descriptor, &attributes) == dnnl_success
        && dnnl_primitive_attr_get_fpmath_mode(attributes, &mode) == dnnl_success && mode == dnnl_fpmath_mode_strict;
}

size_t surety_dnn_kernel_workspace_bytes(const surety_dnn_kernel *kernel) {
    return dnnl_memory_desc_get_size(&kernel->workspace);
}

// For slope 0, oneDNN computes max(x, 0), which makes a NaN 0. With the smallest slope it multiplies instead: that keeps a
// NaN, and otherwise gives 0 on a thread that flushes subnormals.
static float kept_slope(float slope) { return slope == 0 ? FLT_TRUE_MIN : slope; }

// The memory a primitive uses must be given to it, so that running allocates nothing.
static dnnl_status_t make_attributes(surety_dnn_epilogue epilogue, dnnl_primitive_attr_t *out) {
    TRY(dnnl_primitive_attr_create(out));
    TRY(dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user));
    // Single precision throughout, whatever ONEDNN_DEFAULT_FPMATH_MODE says: proofs are about such sums.
    TRY(dnnl_primitive_attr_set_fpmath_mode(*out, dnnl_fpmath_mode_strict));
    if (!epilogue.accumulates && !epilogue.rectifies) return dnnl_success;
    dnnl_post_ops_t operations;
    TRY(dnnl_post_ops_create(&operations));
    dnnl_status_t status = dnnl_success;
    if (epilogue.accumulates) status = dnnl_post_ops_append_sum(operations, 1.0f);
    if (status == dnnl_success && epilogue.rectifies)
        status = dnnl_post_ops_append_eltwise(operations, 1.0f, dnnl_eltwise_relu, kept_slope(epilogue.negative_slope), 0.0f);
    if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*out, operations);
    dnnl_post_ops_destroy(operations);
    return status;
}

// Takes over `descriptor`, even when it fails.
static surety_dnn_status finish(surety_dnn_engine *engine, dnnl_primitive_desc_t descriptor, int count, const int *arguments,
                                surety_dnn_kernel **out) {
    surety_dnn_kernel *kernel = calloc(1, sizeof *kernel);
    dnnl_status_t status = kernel ? dnnl_success : dnnl_out_of_memory;
    if (status == dnnl_success) status = dnnl_primitive_create(&kernel->primitive, descriptor);
    if (status != dnnl_success) {
        free(kernel);
        dnnl_primitive_desc_destroy(descriptor);
        return status;
    }
    kernel->engine = engine->engine;
    kernel->operand_count = count;
    for (int i = 0; i < count; i++) {
        kernel->arguments[i] = arguments[i];
        kernel->operands[i] = *dnnl_primitive_desc_query_md(descriptor, dnnl_query_exec_arg_md, arguments[i]);
        kernel->layouts[i] = kernel->operands[i];
    }
    kernel->workspace = *dnnl_primitive_desc_query_md(descriptor, dnnl_query_scratchpad_md, 0);
    dnnl_primitive_desc_destroy(descriptor);
    *out = kernel;
    return dnnl_success;
}

static dnnl_status_t describe(surety_dnn_engine *engine, const_dnnl_op_desc_t operation, surety_dnn_epilogue epilogue,
                              const_dnnl_primitive_desc_t forward, dnnl_primitive_desc_t *out) {
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_status_t status = make_attributes(epilogue, &attributes);
    if (status == dnnl_success) status = dnnl_primitive_desc_create(out, operation, attributes, engine->engine, forward);
    if (attributes) dnnl_primitive_attr_destroy(attributes);
    return status;
}

static surety_dnn_status build(surety_dnn_engine *engine, const_dnnl_op_desc_t operation, surety_dnn_epilogue epilogue,
                               const_dnnl_primitive_desc_t forward, int count, const int *arguments, surety_dnn_kernel **out) {
    dnnl_primitive_desc_t descriptor = NULL;
    TRY(describe(engine, operation, epilogue, forward, &descriptor));
    return finish(engine, descriptor, count, arguments, out);
}

typedef struct {
    dnnl_memory_desc_t input, weights, bias, output;
    dnnl_dims_t stride, dilation, padding_before, padding_after, window;
} convolution_descriptors;

static dnnl_status_t describe_convolution(const surety_dnn_geometry *g, convolution_descriptors *d) {
    dnnl_dims_t input = {g->batch, g->input_channels, g->input[0], g->input[1]};
    dnnl_dims_t output = {g->batch, g->output_channels, g->output[0], g->output[1]};
    dnnl_dims_t weights = {g->output_channels, g->input_channels, g->window[0], g->window[1]};
    dnnl_dims_t grouped = {g->groups, g->output_channels / g->groups, g->input_channels / g->groups, g->window[0], g->window[1]};
    dnnl_dim_t bias = g->output_channels;
    TRY(describe_any(&d->input, 4, input));
    TRY(g->groups == 1 ? describe_any(&d->weights, 4, weights) : describe_any(&d->weights, 5, grouped));
    TRY(describe_plain(&d->bias, 1, &bias));
    TRY(describe_any(&d->output, 4, output));
    for (int i = 0; i < 2; i++) {
        d->stride[i] = g->stride[i];
        d->dilation[i] = g->dilation[i] - 1;  // oneDNN counts the gaps
        d->padding_before[i] = g->padding_before[i];
        d->padding_after[i] = g->padding_after[i];
        d->window[i] = g->window[i];
    }
    return dnnl_success;
}

static dnnl_status_t describe_forward(convolution_descriptors *d, bool has_bias, dnnl_prop_kind_t kind, dnnl_alg_kind_t algorithm,
                                      dnnl_convolution_desc_t *operation) {
    return dnnl_dilated_convolution_forward_desc_init(operation, kind, algorithm, &d->input, &d->weights,
                                                      has_bias ? &d->bias : NULL, &d->output, d->stride, d->dilation,
                                                      d->padding_before, d->padding_after);
}

static const surety_dnn_epilogue plain = {false, false, 0};

// The operands of a convolution and of a dense layer.
static const int with_bias[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST};
static const int without_bias[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST};

// Whether a convolution is a matrix product: each image is one pixel, and so is the window, which lies on it. Not one so large that
// its rows are no single image: offsets into an image are 32 bits.
static bool is_matrix_product(const surety_dnn_geometry *g) {
    const int64_t width = g->input_channels > g->output_channels ? g->input_channels : g->output_channels;
    bool is_one = g->groups == 1 && g->batch <= INT32_MAX / (int64_t)sizeof(float) / width;
    for (int i = 0; i < 2; i++)
        is_one = is_one && g->input[i] == 1 && g->window[i] == 1 && g->output[i] == 1 && g->padding_before[i] == 0;
    return is_one;
}

// Describes a matrix product as a convolution of a single image, whose pixels are the rows, with their elements side by side: its
// kernels read the weights once for many rows.
static dnnl_status_t describe_pixels(const surety_dnn_geometry *g, convolution_descriptors *d) {
    const surety_dnn_geometry pixels = {1, g->input_channels, g->output_channels, 1, {g->batch, 1}, {g->batch, 1},
                                        {1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}};
    TRY(describe_convolution(&pixels, d));
    TRY(dnnl_memory_desc_init_by_tag(&d->input, 4, d->input.dims, d->input.data_type, dnnl_nhwc));
    return dnnl_memory_desc_init_by_tag(&d->output, 4, d->output.dims, d->output.data_type, dnnl_nhwc);
}

// Gives the input and the result of such a kernel the shape of the matrix product's.
static surety_dnn_status describe_rows(surety_dnn_kernel *kernel, const surety_dnn_geometry *g, surety_dnn_element input,
                                       surety_dnn_element output) {
    int64_t from[] = {g->batch, g->input_channels, 1, 1}, to[] = {g->batch, g->output_channels, 1, 1};
    TRY(describe_plain_elements(&kernel->layouts[0], 4, from, input));
    return describe_plain_elements(&kernel->layouts[kernel->operand_count - 1], 4, to, output);
}

// A matrix product in single precision as such a convolution. Not implemented where oneDNN's own kernels don't compute it: its
// matrix product would add the rows at a batch's edge in a different order.
static surety_dnn_status product_of_pixels(surety_dnn_engine *engine, const surety_dnn_geometry *geometry, bool has_bias,
                                           surety_dnn_epilogue epilogue, surety_dnn_kernel **out) {
    convolution_descriptors d;
    dnnl_convolution_desc_t operation;
    TRY(describe_pixels(geometry, &d));
    TRY(describe_forward(&d, has_bias, dnnl_forward_inference, dnnl_convolution_direct, &operation));
    dnnl_primitive_desc_t descriptor;
    TRY(describe(engine, &operation, epilogue, NULL, &descriptor));
    const char *name = "";
    dnnl_status_t status = dnnl_primitive_desc_query(descriptor, dnnl_query_impl_info_str, 0, &name);
    if (status != dnnl_success || strncmp(name, "jit_1x1", 7) != 0) {
        dnnl_primitive_desc_destroy(descriptor);
        return dnnl_unimplemented;
    }
    TRY(finish(engine, descriptor, has_bias ? 4 : 3, has_bias ? with_bias : without_bias, out));
    return describe_rows(*out, geometry, surety_dnn_float32, surety_dnn_float32);
}

static surety_dnn_status convolution_by(surety_dnn_engine *engine, dnnl_alg_kind_t algorithm, surety_dnn_geometry geometry,
                                        bool has_bias, surety_dnn_epilogue epilogue, surety_dnn_kernel **out) {
    if (algorithm == dnnl_convolution_direct && is_matrix_product(&geometry) && !computes_with(dnnl_cpu_isa_avx512_core)
        && product_of_pixels(engine, &geometry, has_bias, epilogue, out) == dnnl_success)
        return dnnl_success;
    convolution_descriptors d;
    dnnl_convolution_desc_t operation;
    TRY(describe_convolution(&geometry, &d));
    TRY(describe_forward(&d, has_bias, dnnl_forward_inference, algorithm, &operation));
    return build(engine, &operation, epilogue, NULL, has_bias ? 4 : 3, has_bias ? with_bias : without_bias, out);
}

surety_dnn_status surety_dnn_convolution(surety_dnn_engine *engine, surety_dnn_geometry geometry, bool has_bias,
                                         surety_dnn_epilogue epilogue, surety_dnn_kernel **out) {
    return convolution_by(engine, dnnl_convolution_direct, geometry, has_bias, epilogue, out);
}

surety_dnn_status surety_dnn_winograd_convolution(surety_dnn_engine *engine, surety_dnn_geometry geometry, bool has_bias,
                                                  bool accumulates, surety_dnn_kernel **out) {
    const surety_dnn_epilogue epilogue = {accumulates, false, 0};
    return convolution_by(engine, dnnl_convolution_winograd, geometry, has_bias, epilogue, out);
}

// Takes over `attributes`, even when it fails.
static surety_dnn_status build_with(surety_dnn_engine *engine, const_dnnl_op_desc_t operation, dnnl_primitive_attr_t attributes,
                                    int count, const int *arguments, surety_dnn_kernel **out) {
    dnnl_primitive_desc_t descriptor = NULL;
    dnnl_status_t status = dnnl_primitive_desc_create(&descriptor, operation, attributes, engine->engine, NULL);
    dnnl_primitive_attr_destroy(attributes);
    if (status != dnnl_success) return status;
    return finish(engine, descriptor, count, arguments, out);
}

surety_dnn_status surety_dnn_integer_convolution(surety_dnn_engine *engine, surety_dnn_geometry geometry, int zero_point,
                                                 const float *scales, surety_dnn_element result, surety_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST};
    convolution_descriptors d;
    dnnl_convolution_desc_t operation;
    const bool takes_rows = is_matrix_product(&geometry);
    TRY(takes_rows ? describe_pixels(&geometry, &d) : describe_convolution(&geometry, &d));
    d.input.data_type = dnnl_u8;
    d.weights.data_type = dnnl_s8;
    d.output.data_type = data_types[result];
    TRY(dnnl_dilated_convolution_forward_desc_init(&operation, dnnl_forward_inference, dnnl_convolution_direct, &d.input,
                                                   &d.weights, &d.bias, &d.output, d.stride, d.dilation, d.padding_before,
                                                   d.padding_after));
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_status_t status = make_attributes(plain, &attributes);
    const int32_t zero = zero_point;
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_output_scales(attributes, geometry.output_channels, 1 << 1, scales);
    if (status == dnnl_success && zero_point != 0)
        status = dnnl_primitive_attr_set_zero_points(attributes, DNNL_ARG_SRC, 1, 0, &zero);
    if (status != dnnl_success) {
        if (attributes) dnnl_primitive_attr_destroy(attributes);
        return status;
    }
    TRY(build_with(engine, &operation, attributes, 4, arguments, out));
    return takes_rows ? describe_rows(*out, &geometry, surety_dnn_uint8, result) : dnnl_success;
}

// A backward operation wants the forward one's descriptor as a hint.
static surety_dnn_status build_backward(surety_dnn_engine *engine, convolution_descriptors *d, dnnl_alg_kind_t algorithm,
                                        const_dnnl_op_desc_t operation, const int *arguments, surety_dnn_kernel **out) {
    dnnl_convolution_desc_t forward_operation;
    dnnl_primitive_desc_t forward;
    TRY(describe_forward(d, false, dnnl_forward_training, algorithm, &forward_operation));
    TRY(dnnl_primitive_desc_create(&forward, &forward_operation, NULL, engine->engine, NULL));
    surety_dnn_status status = build(engine, operation, plain, forward, 3, arguments, out);
    dnnl_primitive_desc_destroy(forward);
    return status;
}

static dnnl_alg_kind_t algorithm_kind(bool by_winograd) {
    return by_winograd ? dnnl_convolution_winograd : dnnl_convolution_direct;
}

surety_dnn_status surety_dnn_convolution_backward_data(surety_dnn_engine *engine, surety_dnn_geometry geometry, bool by_winograd,
                                                       surety_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC};
    const dnnl_alg_kind_t algorithm = algorithm_kind(by_winograd);
    convolution_descriptors d;
    dnnl_convolution_desc_t operation;
    TRY(describe_convolution(&geometry, &d));
    TRY(dnnl_dilated_convolution_backward_data_desc_init(&operation, algorithm, &d.input, &d.weights, &d.output, d.stride,
                                                         d.dilation, d.padding_before, d.padding_after));
    return build_backward(engine, &d, algorithm, &operation, arguments, out);
}

surety_dnn_status surety_dnn_convolution_backward_weights(surety_dnn_engine *engine, surety_dnn_geometry geometry, bool by_winograd,
                                                          surety_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_SRC, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_WEIGHTS};
    const dnnl_alg_kind_t algorithm = algorithm_kind(by_winograd);
    convolution_descriptors d;
    dnnl_convolution_desc_t operation;
    TRY(describe_convolution(&geometry, &d));
    TRY(dnnl_dilated_convolution_backward_weights_desc_init(&operation, algorithm, &d.input, &d.weights, NULL, &d.output, d.stride,
                                                            d.dilation, d.padding_before, d.padding_after));
    return build_backward(engine, &d, algorithm, &operation, arguments, out);
}

surety_dnn_status surety_dnn_multiply(bool transposes_left, bool transposes_right, int64_t rows, int64_t columns, int64_t inner,
                                      const float *left, int64_t left_stride, const float *right, int64_t right_stride,
                                      float *result, int64_t result_stride) {
    return dnnl_sgemm(transposes_left ? 'T' : 'N', transposes_right ? 'T' : 'N', rows, columns, inner, 1, left, left_stride, right,
                      right_stride, 0, result, result_stride);
}

surety_dnn_status surety_dnn_dense(surety_dnn_engine *engine, int64_t batch, int64_t inputs, int64_t outputs, bool has_bias,
                                   surety_dnn_epilogue epilogue, surety_dnn_kernel **out) {
    if (!computes_with(dnnl_cpu_isa_avx512_core)) {
        // There, an inner product sums the rows at a batch's edge in a different order; a 1×1 convolution does not.
        surety_dnn_geometry pixel = {batch, inputs, outputs, 1, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {0, 0}, {0, 0}};
        return surety_dnn_convolution(engine, pixel, has_bias, epilogue, out);
    }
    int64_t source[] = {batch, inputs}, matrix[] = {outputs, inputs}, result[] = {batch, outputs};
    dnnl_memory_desc_t source_md, weights_md, bias_md, result_md;
    TRY(describe_plain(&source_md, 2, source));
    TRY(describe_any(&weights_md, 2, matrix));
    TRY(describe_plain(&bias_md, 1, &outputs));
    TRY(describe_plain(&result_md, 2, result));
    dnnl_inner_product_desc_t operation;
    TRY(dnnl_inner_product_forward_desc_init(&operation, dnnl_forward_inference, &source_md, &weights_md,
                                             has_bias ? &bias_md : NULL, &result_md));
    return build(engine, &operation, epilogue, NULL, has_bias ? 4 : 3, has_bias ? with_bias : without_bias, out);
}

// A matrix of rows×columns, perhaps stored with its columns one after another.
static dnnl_status_t describe_matrix(dnnl_memory_desc_t *descriptor, int64_t rows, int64_t columns, bool is_transposed) {
    dnnl_dims_t extents = {rows, columns};
    return dnnl_memory_desc_init_by_tag(descriptor, 2, extents, dnnl_f32, is_transposed ? dnnl_ba : dnnl_ab);
}

surety_dnn_status surety_dnn_matrix_product(surety_dnn_engine *engine, int64_t rows, int64_t inner, int64_t columns,
                                            bool transposes_left, bool transposes_right, surety_dnn_kernel **out) {
    if (!computes_with(dnnl_cpu_isa_avx512_core)) return dnnl_unimplemented;
    static const int arguments[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST};
    dnnl_memory_desc_t left, right, result;
    TRY(describe_matrix(&left, rows, inner, transposes_left));
    TRY(describe_matrix(&right, inner, columns, transposes_right));
    TRY(describe_matrix(&result, rows, columns, false));
    dnnl_matmul_desc_t operation;
    TRY(dnnl_matmul_desc_init(&operation, &left, &right, NULL, &result));
    TRY(build(engine, &operation, plain, NULL, 3, arguments, out));
    // The operands as they are stored: row-major.
    TRY(describe_matrix(&(*out)->layouts[0], transposes_left ? inner : rows, transposes_left ? rows : inner, false));
    return describe_matrix(&(*out)->layouts[1], transposes_right ? columns : inner, transposes_right ? inner : columns, false);
}

static dnnl_alg_kind_t pooling_kind(surety_dnn_pooling pooling) {
    switch (pooling) {
    case surety_dnn_average_with_padding: return dnnl_pooling_avg_include_padding;
    case surety_dnn_average_without_padding: return dnnl_pooling_avg_exclude_padding;
    }
    return dnnl_pooling_avg_include_padding;
}

static dnnl_status_t describe_pool(surety_dnn_pooling pooling, const surety_dnn_geometry *geometry, dnnl_prop_kind_t kind,
                                   const dnnl_memory_desc_t *input, convolution_descriptors *d,
                                   dnnl_pooling_v2_desc_t *operation) {
    TRY(describe_convolution(geometry, d));
    return dnnl_pooling_v2_forward_desc_init(operation, kind, pooling_kind(pooling), input ? input : &d->input, &d->output,
                                             d->stride, d->window, d->dilation, d->padding_before, d->padding_after);
}

surety_dnn_status surety_dnn_pool(surety_dnn_engine *engine, surety_dnn_pooling pooling, surety_dnn_geometry geometry,
                                  const surety_dnn_layout *input, surety_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_SRC, DNNL_ARG_DST};
    convolution_descriptors d;
    dnnl_pooling_v2_desc_t operation;
    TRY(describe_pool(pooling, &geometry, dnnl_forward_inference, &input->descriptor, &d, &operation));
    return build(engine, &operation, plain, NULL, 2, arguments, out);
}

surety_dnn_status surety_dnn_average_pool_backward(surety_dnn_engine *engine, surety_dnn_pooling pooling,
                                                   surety_dnn_geometry geometry, surety_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC};
    convolution_descriptors d;
    dnnl_pooling_v2_desc_t forward_operation, operation;
    // Row-major: pooling's backward pass does not choose a layout for itself.
    dnnl_memory_desc_t input, output;
    int64_t input_extents[] = {geometry.batch, geometry.input_channels, geometry.input[0], geometry.input[1]};
    int64_t output_extents[] = {geometry.batch, geometry.input_channels, geometry.output[0], geometry.output[1]};
    TRY(describe_plain(&input, 4, input_extents));
    TRY(describe_plain(&output, 4, output_extents));
    TRY(describe_pool(pooling, &geometry, dnnl_forward_training, &input, &d, &forward_operation));
    dnnl_primitive_desc_t forward;
    TRY(dnnl_primitive_desc_create(&forward, &forward_operation, NULL, engine->engine, NULL));
    dnnl_status_t status =
        dnnl_pooling_v2_backward_desc_init(&operation, pooling_kind(pooling), &input, &output, d.stride, d.window, d.dilation,
                                           d.padding_before, d.padding_after);
    if (status == dnnl_success) status = build(engine, &operation, plain, forward, 2, arguments, out);
    dnnl_primitive_desc_destroy(forward);
    return status;
}

surety_dnn_status surety_dnn_reorder(surety_dnn_engine *engine, const surety_dnn_layout *from, const surety_dnn_layout *to,
                                     surety_dnn_kernel **out) {
    static const int arguments[] = {DNNL_ARG_FROM, DNNL_ARG_TO};
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_primitive_desc_t descriptor = NULL;
    dnnl_status_t status = make_attributes(plain, &attributes);
    if (status == dnnl_success)
        status = dnnl_reorder_primitive_desc_create(&descriptor, &from->descriptor, engine->engine, &to->descriptor,
                                                    engine->engine, attributes);
    if (attributes) dnnl_primitive_attr_destroy(attributes);
    if (status != dnnl_success) return status;
    return finish(engine, descriptor, 2, arguments, out);
}

// MARK: steps

surety_dnn_status surety_dnn_bind(const surety_dnn_kernel *kernel, void *const *memory, void *workspace, surety_dnn_step **out) {
    surety_dnn_step *step = calloc(1, sizeof *step);
    if (!step) return dnnl_out_of_memory;
    step->primitive = kernel->primitive;
    dnnl_status_t status = dnnl_stream_create(&step->stream, kernel->engine, dnnl_stream_default_flags);
    bool uses_workspace = surety_dnn_kernel_workspace_bytes(kernel) > 0;
    int count = kernel->operand_count + (uses_workspace ? 1 : 0);
    for (int i = 0; i < count && status == dnnl_success; i++) {
        bool is_operand = i < kernel->operand_count;
        step->arguments[i].arg = is_operand ? kernel->arguments[i] : DNNL_ARG_SCRATCHPAD;
        status = dnnl_memory_create(&step->arguments[i].memory, is_operand ? &kernel->operands[i] : &kernel->workspace,
                                    kernel->engine, is_operand ? memory[i] : workspace);
        if (status == dnnl_success) step->argument_count = i + 1;
    }
    if (status != dnnl_success) {
        surety_dnn_step_free(step);
        return status;
    }
    *out = step;
    return dnnl_success;
}

surety_dnn_status surety_dnn_run(surety_dnn_step *step) {
    return dnnl_primitive_execute(step->primitive, step->stream, step->argument_count, step->arguments);
}

void surety_dnn_step_free(surety_dnn_step *step) {
    if (!step) return;
    for (int i = 0; i < step->argument_count; i++) dnnl_memory_destroy(step->arguments[i].memory);
    if (step->stream) dnnl_stream_destroy(step->stream);
    free(step);
}
