#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// How a call ended. The result is written through the out-pointer only on success.
typedef enum {
    CLEMONSuccess = 0,
    /// The supplies and the demands have different sums.
    CLEMONInfeasible = 1,
    /// Memory ran out, or the algorithm failed.
    CLEMONFailure = 2,
} CLEMONStatus;

/// LEMON's version, as in "1.3.1".
const char *CLEMONVersion(void);

/// The cheapest way to move the sources' `supply` to the sinks' `demand`, by the network simplex method; in integers, and so
/// without rounding.
///
/// `cost` holds the cost of a unit from source i to sink j at i·sinks + j, and `flow`, of the same size, receives how much moves.
/// None may be negative; the sum of the supplies and (sources + sinks)·(the largest cost) must each stay below 2^60.
CLEMONStatus CLEMONTransport(int sources, const int64_t *supply, int sinks, const int64_t *demand, const int64_t *cost,
                             int64_t *flow);

#ifdef __cplusplus
}
#endif
