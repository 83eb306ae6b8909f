#include "CBoostMath.h"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/version.hpp>
#include <cmath>
#include <stdexcept>

namespace {

/// Runs `function`; no C++ exception may reach Swift.
template <typename Function>
CBoostMathStatus evaluate(double *result, Function function) noexcept {
    try {
        const double value = function();
        if (std::isnan(value)) return CBoostMathEvaluationError;
        *result = value;
        return CBoostMathSuccess;
    } catch (const std::domain_error &) {
        return CBoostMathDomainError;
    } catch (...) {
        return CBoostMathEvaluationError;
    }
}

}  // namespace

const char *CBoostMathVersion(void) { return BOOST_LIB_VERSION; }

CBoostMathStatus CBoostMathBeta(double a, double b, double x, double *result) {
    return evaluate(result, [=] { return boost::math::ibeta(a, b, x); });
}

CBoostMathStatus CBoostMathBetaComplement(double a, double b, double x, double *result) {
    return evaluate(result, [=] { return boost::math::ibetac(a, b, x); });
}

CBoostMathStatus CBoostMathLogBeta(double a, double b, double *result) {
    return evaluate(result, [=] {
        using boost::math::lgamma;
        const long double first = a, second = b;
        return static_cast<double>(lgamma(first) + lgamma(second) - lgamma(first + second));
    });
}

CBoostMathStatus CBoostMathBetaInverse(double a, double b, double p, double *result) {
    return evaluate(result, [=] { return boost::math::ibeta_inv(a, b, p); });
}

CBoostMathStatus CBoostMathBetaComplementInverse(double a, double b, double q, double *result) {
    return evaluate(result, [=] { return boost::math::ibetac_inv(a, b, q); });
}

CBoostMathStatus CBoostMathNormalCumulative(double z, double *result) {
    return evaluate(result, [=] { return boost::math::cdf(boost::math::normal_distribution<double>(), z); });
}

CBoostMathStatus CBoostMathNormalQuantile(double p, double *result) {
    return evaluate(result, [=] { return boost::math::quantile(boost::math::normal_distribution<double>(), p); });
}
