#include "Images.h"

#include <stdio.h>

#include <jpeglib.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>

// Anything larger is a decompression bomb or a mistake: it would take more than half a gigabyte.
static const size_t largest_area = 178956970;

surety_picture_format surety_picture_format_of(const uint8_t *bytes, size_t count) {
    if (count >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0) return SURETY_PICTURE_PNG;
    if (count >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0) return SURETY_PICTURE_JPEG;
    if (count >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0) return SURETY_PICTURE_WEBP;
    return SURETY_PICTURE_UNKNOWN;
}

static int fail(char *reason, size_t capacity, const char *text) {
    snprintf(reason, capacity, "%s", text);
    return -1;
}

/// Memory for a picture of this size; NULL if there is none, or the size is too large.
static uint8_t *allocate(size_t width, size_t height, int channels) {
    if (width == 0 || height == 0 || height > largest_area / width) return NULL;
    return malloc(width * height * (size_t)channels);
}

// PNG

typedef struct {
    const uint8_t *bytes;
    size_t left;
} png_source;

typedef struct {
    jmp_buf jump;
    char *reason;
    size_t capacity;
} decoding_error;

static void png_read_bytes(png_structp png, png_bytep target, size_t count) {
    png_source *source = png_get_io_ptr(png);
    if (count > source->left) png_error(png, "the file ends too early");
    memcpy(target, source->bytes, count);
    source->bytes += count;
    source->left -= count;
}

static void png_failed(png_structp png, png_const_charp text) {
    decoding_error *error = png_get_error_ptr(png);
    fail(error->reason, error->capacity, text);
    longjmp(error->jump, 1);
}

static void png_warned(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static int decode_png(const uint8_t *bytes, size_t count, surety_picture *picture, char *reason, size_t capacity) {
    decoding_error error = {.reason = reason, .capacity = capacity};
    png_source source = {bytes, count};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &error, png_failed, png_warned);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_read_struct(&png, NULL, NULL);
        return fail(reason, capacity, "there is no memory");
    }
    // Changed after setjmp, and read after longjmp.
    uint8_t *volatile pixels = NULL;
    png_bytep *volatile rows = NULL;
    if (setjmp(error.jump)) {
        png_destroy_read_struct(&png, &info, NULL);
        free(pixels);
        free(rows);
        return -1;
    }
    png_set_read_fn(png, &source, png_read_bytes);
    png_set_user_limits(png, 1 << 20, 1 << 20);
    png_read_info(png, info);
    int kind = png_get_color_type(png, info);
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    int channels = kind == PNG_COLOR_TYPE_GRAY || kind == PNG_COLOR_TYPE_GRAY_ALPHA ? 1 : 3;
    size_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    if (png_get_rowbytes(png, info) != width * (size_t)channels) png_error(png, "its kind of pixels is not known");
    pixels = allocate(width, height, channels);
    rows = malloc(height * sizeof *rows);
    if (!pixels || !rows) png_error(png, "it is too large");
    for (size_t row = 0; row < height; row++) rows[row] = pixels + row * width * (size_t)channels;
    png_read_image(png, rows);
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &info, NULL);
    free(rows);
    *picture = (surety_picture){pixels, (int)width, (int)height, channels};
    return 0;
}

// JPEG

typedef struct {
    struct jpeg_error_mgr manager;
    decoding_error error;
} jpeg_error;

static void jpeg_failed(j_common_ptr jpeg) {
    jpeg_error *error = (jpeg_error *)jpeg->err;
    char text[JMSG_LENGTH_MAX];
    error->manager.format_message(jpeg, text);
    fail(error->error.reason, error->error.capacity, text);
    longjmp(error->error.jump, 1);
}

static void jpeg_warned(j_common_ptr jpeg) { (void)jpeg; }

static int decode_jpeg(const uint8_t *bytes, size_t count, surety_picture *picture, char *reason, size_t capacity) {
    struct jpeg_decompress_struct jpeg;
    jpeg_error error = {.error = {.reason = reason, .capacity = capacity}};
    uint8_t *volatile pixels = NULL;
    jpeg.err = jpeg_std_error(&error.manager);
    error.manager.error_exit = jpeg_failed;
    error.manager.output_message = jpeg_warned;
    if (setjmp(error.error.jump)) {
        jpeg_destroy_decompress(&jpeg);
        free(pixels);
        return -1;
    }
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, bytes, count);
    jpeg_read_header(&jpeg, TRUE);
    int volatile channels = jpeg.jpeg_color_space == JCS_GRAYSCALE ? 1 : 3;
    if (jpeg.jpeg_color_space == JCS_CMYK || jpeg.jpeg_color_space == JCS_YCCK) {
        jpeg_destroy_decompress(&jpeg);
        return fail(reason, capacity, "it is in the colours of print (CMYK): save it as RGB");
    }
    jpeg.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    pixels = allocate(jpeg.image_width, jpeg.image_height, channels);
    if (!pixels) {
        jpeg_destroy_decompress(&jpeg);
        return fail(reason, capacity, "it is too large");
    }
    jpeg_start_decompress(&jpeg);
    while (jpeg.output_scanline < jpeg.output_height) {
        JSAMPROW row = pixels + (size_t)jpeg.output_scanline * jpeg.output_width * (size_t)channels;
        jpeg_read_scanlines(&jpeg, &row, 1);
    }
    // A warning means that the file ends too early or is damaged: its pixels would be made up.
    int is_damaged = error.manager.num_warnings > 0;
    *picture = (surety_picture){pixels, (int)jpeg.output_width, (int)jpeg.output_height, channels};
    jpeg_finish_decompress(&jpeg);
    jpeg_destroy_decompress(&jpeg);
    if (!is_damaged) return 0;
    surety_picture_free(picture);
    return fail(reason, capacity, "it is damaged, or ends too early");
}

// WebP

static int decode_webp(const uint8_t *bytes, size_t count, surety_picture *picture, char *reason, size_t capacity) {
    int width, height;
    if (!WebPGetInfo(bytes, count, &width, &height)) return fail(reason, capacity, "it is not a WebP picture");
    uint8_t *pixels = allocate((size_t)width, (size_t)height, 3);
    if (!pixels) return fail(reason, capacity, "it is too large");
    if (!WebPDecodeRGBInto(bytes, count, pixels, (size_t)width * (size_t)height * 3, width * 3)) {
        free(pixels);
        return fail(reason, capacity, "it is damaged, or an animation");
    }
    *picture = (surety_picture){pixels, width, height, 3};
    return 0;
}

int surety_picture_decode(const uint8_t *bytes, size_t count, surety_picture *picture, char *reason, size_t capacity) {
    *picture = (surety_picture){0};
    switch (surety_picture_format_of(bytes, count)) {
    case SURETY_PICTURE_PNG: return decode_png(bytes, count, picture, reason, capacity);
    case SURETY_PICTURE_JPEG: return decode_jpeg(bytes, count, picture, reason, capacity);
    case SURETY_PICTURE_WEBP: return decode_webp(bytes, count, picture, reason, capacity);
    case SURETY_PICTURE_UNKNOWN: break;
    }
    return fail(reason, capacity, "it is neither PNG, JPEG nor WebP");
}

void surety_picture_free(surety_picture *picture) {
    free(picture->pixels);
    picture->pixels = NULL;
}
