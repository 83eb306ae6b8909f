#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

uint64_t surety_flush_subnormals(void) {
    unsigned mode = _mm_getcsr();
    _mm_setcsr(mode | _MM_FLUSH_ZERO_ON | _MM_DENORMALS_ZERO_ON);
    return mode;
}

void surety_restore_float_mode(uint64_t mode) { _mm_setcsr((unsigned)mode); }

#elif defined(__aarch64__)
#define FLUSH_TO_ZERO ((uint64_t)1 << 24)

uint64_t surety_flush_subnormals(void) {
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" : : "r"(mode | FLUSH_TO_ZERO));
    return mode;
}

void surety_restore_float_mode(uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }

#else
uint64_t surety_flush_subnormals(void) { return 0; }
void surety_restore_float_mode(uint64_t mode) { (void)mode; }
#endif
