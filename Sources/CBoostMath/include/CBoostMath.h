#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// How a call ended. The result is written through the out-pointer only on success.
typedef enum {
    CBoostMathSuccess = 0,
    /// The arguments lie outside the function's domain.
    CBoostMathDomainError = 1,
    /// Overflow, or a series or an iteration that did not converge.
    CBoostMathEvaluationError = 2,
} CBoostMathStatus;

/// Boost's version, as in "1_74".
const char *CBoostMathVersion(void);

/// The regularised incomplete beta function I_x(a, b), a, b > 0, 0 <= x <= 1.
CBoostMathStatus CBoostMathBeta(double a, double b, double x, double *result);

/// 1 - I_x(a, b).
CBoostMathStatus CBoostMathBetaComplement(double a, double b, double x, double *result);

/// ln B(a, b), B the beta function, a, b > 0; in extended precision, so that large gamma functions leave no error in the
/// difference.
CBoostMathStatus CBoostMathLogBeta(double a, double b, double *result);

/// The x with I_x(a, b) = p.
CBoostMathStatus CBoostMathBetaInverse(double a, double b, double p, double *result);

/// The x with 1 - I_x(a, b) = q.
CBoostMathStatus CBoostMathBetaComplementInverse(double a, double b, double q, double *result);

/// P[Z <= z] for a standard normal Z, also in the lower tail.
CBoostMathStatus CBoostMathNormalCumulative(double z, double *result);

/// The z with P[Z <= z] = p for a standard normal Z, 0 < p < 1.
CBoostMathStatus CBoostMathNormalQuantile(double p, double *result);

/// The law of a Gaussian that is rounded to multiples of 1/steps, in units of 2^-64: tails[k - 1] = 2^64 P[Gaussian > (k -
/// 1/2)/steps], correctly rounded, for k = 1, 2, ... as long as it is not 0. On entry, `count` is the capacity of `tails`; on
/// return, the number of tails. `variation` is the total variation between this law and the law of the rounded tails, never
/// understated.
CBoostMathStatus CBoostMathRoundedGaussian(double sigma, uint32_t steps, uint64_t *tails, size_t *count, double *variation);

#ifdef __cplusplus
}
#endif
