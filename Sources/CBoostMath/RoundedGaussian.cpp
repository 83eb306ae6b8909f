#include "CBoostMath.h"

#include <boost/math/constants/constants.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>

namespace {

namespace mp = boost::multiprecision;
using Real = mp::number<mp::cpp_bin_float<128, mp::digit_base_2>, mp::et_off>;

/// Thresholds between two evaluations of erfc. Taylor steps lead from one threshold to the next.
constexpr uint64_t stride = 512;

/// Results this near to a rounding boundary are refused, and so are steps that miss the next evaluation by more than this, in
/// units of 2^-64.
const double certainty = 0x1p-36;

/// P[Gaussian > x] of a standard Gaussian, and its density.
Real tail(const Real &x) { return boost::math::erfc(Real(x / boost::math::constants::root_two<Real>())) / 2; }
Real density(const Real &x) { return exp(Real(-x * x / 2)) * boost::math::constants::one_div_root_two_pi<Real>(); }

/// The integral of the density from x to x + h, divided by the density at x: the sum of (-1)^n He_n(x) h^(n+1)/(n+1)!.
Real step(const Real &x, const Real &h) {
    static constexpr int most = 200;
    const Real xh = x * h, hh = h * h;
    Real before = 0, term = h, sum = h;  // term: (-1)^n He_n(x) h^(n+1)/n!
    for (int n = 0; n < most; n++) {
        const Real next = -(xh * term + hh * before) / (n + 1);
        before = term;
        term = next;
        const Real part = term / (n + 2);
        sum += part;
        if (abs(part) < 0x1p-130 && abs(before) < 0x1p-120) return sum;
    }
    throw std::runtime_error("no convergence");
}

}  // namespace

CBoostMathStatus CBoostMathRoundedGaussian(double sigma, uint32_t steps, uint64_t *tails, size_t *count, double *variation) {
    if (!(sigma > 0) || !std::isfinite(sigma) || steps == 0) return CBoostMathDomainError;
    try {
        const Real h = 1 / (Real(sigma) * steps), scale = ldexp(Real(1), 64);
        const size_t room = *count;
        double difference = 0, before = 0;
        Real q = 0, phi = 0, ratio = 0;
        const Real decay = exp(Real(-h * h));
        for (uint64_t k = 1;; k++) {
            const Real x = (Real(k) - Real(1) / 2) * h;
            if ((k - 1) % stride == 0) {
                const Real exact = tail(x);
                if (k > 1 && abs(Real((exact - q) * scale)) > certainty) return CBoostMathEvaluationError;
                q = exact;
                phi = density(x);
                ratio = exp(Real(-x * h - h * h / 2));  // of the next density to this one
            }
            const Real value = q * scale, whole = floor(Real(value + Real(1) / 2));
            const double error = static_cast<double>(Real(whole - value));
            if (std::fabs(std::fabs(error) - 0.5) < certainty) return CBoostMathEvaluationError;
            // P[Z = 0] is off by twice the first error, and each P[Z = k] by the difference of two.
            difference += k == 1 ? 2 * std::fabs(error) : 2 * std::fabs(error - before);
            before = error;
            if (whole == 0) {
                difference += 2 * std::fabs(error);  // what lies beyond is never drawn
                *count = k - 1;
                *variation = std::nextafter(std::ldexp(difference / 2 * (1 + 1e-9), -64), 1.0);
                return CBoostMathSuccess;
            }
            if (k > room) return CBoostMathEvaluationError;
            tails[k - 1] = static_cast<uint64_t>(whole);
            q -= phi * step(x, h);
            phi *= ratio;
            ratio *= decay;
        }
    } catch (...) {
        return CBoostMathEvaluationError;
    }
}
