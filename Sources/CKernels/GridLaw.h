// What GridLaw.c makes and Kernels/GridNoise.h reads.
#ifndef SURETY_GRID_LAW_H
#define SURETY_GRID_LAW_H

#include "CKernels.h"

struct surety_grid_law {
    // S_k at k, falling; 2⁶⁴ − 1 at 0, and zeros at the end.
    uint64_t *thresholds;
    // For each value of V's first 15 bits, and one more, the largest |Z|: that of the smallest V.
    int32_t *largest;
    // The same, but negative if V's other bits matter; null if they almost always do.
    int16_t *cells;
    // Cubics that approximate |Z| + ½ for the half octaves of V's first 15 bits, as fixed-point numbers in a float's
    // mantissa, and how far their fractions must be from a whole number for the result to be certain.
    _Alignas(64) float cubic[4][32];
    _Alignas(64) uint32_t margin[32];
    int fraction_bits;
    int32_t bias;
};

#endif
