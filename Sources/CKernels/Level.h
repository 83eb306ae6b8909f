// Each file that compiles the kernels for one instruction set includes this first; LEVEL is the name of the set.
#ifndef SURETY_LEVEL_H
#define SURETY_LEVEL_H

#include "GridLaw.h"

#include <math.h>
#include <string.h>
#include <stdbool.h>
#include <stdlib.h>

// Operations are not contracted, so that every level gives the same bits.
#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))

// The name of a kernel at this level: surety_add_v3.
#define KERNEL(name) KERNEL_AT(name, LEVEL)
#define KERNEL_AT(name, level) KERNEL_NAMED(name, level)
#define KERNEL_NAMED(name, level) surety_##name##_##level

#endif
