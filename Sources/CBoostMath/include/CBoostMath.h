#pragma once

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

/// The x with I_x(a, b) = p.
CBoostMathStatus CBoostMathBetaInverse(double a, double b, double p, double *result);

/// The x with 1 - I_x(a, b) = q.
CBoostMathStatus CBoostMathBetaComplementInverse(double a, double b, double q, double *result);

/// The z with P[Z <= z] = p for a standard normal Z, 0 < p < 1.
CBoostMathStatus CBoostMathNormalQuantile(double p, double *result);

#ifdef __cplusplus
}
#endif
