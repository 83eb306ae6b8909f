// Pictures as rows of bytes: decoded by libpng, libjpeg and libwebp, and resized as Pillow does.

#ifndef SURETY_IMAGES_H
#define SURETY_IMAGES_H

#include <stddef.h>
#include <stdint.h>

/// A picture: rows from top to bottom, pixels from left to right, 1 (grey) or 3 (red, green, blue) bytes each.
typedef struct {
    uint8_t *pixels;
    int width, height, channels;
} surety_picture;

/// The format that a file's first bytes indicate.
typedef enum { SURETY_PICTURE_UNKNOWN, SURETY_PICTURE_PNG, SURETY_PICTURE_JPEG, SURETY_PICTURE_WEBP } surety_picture_format;

surety_picture_format surety_picture_format_of(const uint8_t *bytes, size_t count);

/// Decodes a PNG, JPEG or WebP file: palettes are looked up, only the upper 8 of 16 bits are taken, transparency is dropped,
/// and orientation, gamma and profiles are ignored, as torchvision's loader ignores them.
///
/// Returns 0, or -1 with the reason in `reason`, of `capacity` bytes. Free the pixels with surety_picture_free.
int surety_picture_decode(const uint8_t *bytes, size_t count, surety_picture *picture, char *reason, size_t capacity);

void surety_picture_free(surety_picture *picture);

typedef enum { SURETY_FILTER_BILINEAR, SURETY_FILTER_BICUBIC } surety_filter;

/// Resizes in whole numbers with a filter that is widened when the picture shrinks: the bits are those of Pillow's Image.resize.
///
/// `result` has width · height · channels bytes. Returns 0, or -1 if there is not enough memory.
int surety_picture_resize(const surety_picture *picture, int width, int height, surety_filter filter, uint8_t *result);

#endif
