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

/// What a file's first bytes say that it is.
typedef enum { SURETY_PICTURE_UNKNOWN, SURETY_PICTURE_PNG, SURETY_PICTURE_JPEG, SURETY_PICTURE_WEBP } surety_picture_format;

surety_picture_format surety_picture_format_of(const uint8_t *bytes, size_t count);

/// Decodes a PNG, JPEG or WebP file as it is: palettes are looked up, of 16 bits the upper 8 are taken, transparency is left out, and
/// orientation, gamma and profiles are not heeded, as torchvision's loader does not heed them.
///
/// Returns 0, or -1 with the reason in `reason`, of `capacity` bytes. The pixels are to be freed by surety_picture_free.
int surety_picture_decode(const uint8_t *bytes, size_t count, surety_picture *picture, char *reason, size_t capacity);

void surety_picture_free(surety_picture *picture);

typedef enum { SURETY_FILTER_BILINEAR, SURETY_FILTER_BICUBIC } surety_filter;

/// Resizes with a filter that is widened where the picture shrinks, in whole numbers: the bits of Pillow's Image.resize.
///
/// `result` has width · height · channels bytes. Returns 0, or -1 for want of memory.
int surety_picture_resize(const surety_picture *picture, int width, int height, surety_filter filter, uint8_t *result);

#endif
