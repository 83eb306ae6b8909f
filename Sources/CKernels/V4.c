// The kernels for processors with x86-64-v4: AVX-512 and what comes with them.
#define LEVEL v4
#include "Level.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define HAS_PERMUTATION
// By features: "arch=x86-64-v4" would also tune for processors that are slow with long vectors.
#define FEATURES "avx2,bmi,bmi2,cx16,f16c,fma,lzcnt,movbe,popcnt,sahf,sse4.2,xsave" \
                 ",avx512f,avx512bw,avx512cd,avx512dq,avx512vl"
#pragma clang attribute push(__attribute__((target(FEATURES))), apply_to = function)
#include "Kernels/All.h"
#pragma clang attribute pop
#endif
