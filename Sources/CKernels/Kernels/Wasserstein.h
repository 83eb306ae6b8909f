// Loops over the few places to which a pixel's mass may move.

#define LANES 8
#define BLOCK 32

void KERNEL(window_sum)(const surety_taps *taps, const double *weights, const double *in, double *out) {
    for (int64_t start = 0; start < taps->reach; start += BLOCK) {
        double sums[BLOCK] = {0};
        for (int64_t tap = 0; tap < taps->count; tap++) {
            const double *shifted = in + start + taps->offsets[tap];
            double weight = weights[tap];
            for (int k = 0; k < BLOCK; k++) sums[k] += weight * shifted[k];
        }
        memcpy(out + start, sums, sizeof sums);
    }
}

// e^x for |x| ≤ 700, to a few units of the last place: 2^n·e^r with |r| ≤ ½ ln 2, and e^r by its series.
INLINE double exponential(double x) {
    const double shift = 0x1.8p52;
    double n = (x * 0x1.71547652b82fep0 + shift) - shift;
    double r = (x - n * 0x1.62e42fefa0000p-1) - n * 0x1.cf79abc9e3b3ap-40;
    double p = 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = p * r + 1;
    p = p * r + 1;
    double biased = n + (shift + 1023);
    uint64_t bits;
    memcpy(&bits, &biased, sizeof bits);
    bits <<= 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

void KERNEL(entropic_columns)(double lambda, const double *lambda_y, const double *reached, const double *inside,
                              double *log_v, double *v, size_t count) {
    for (size_t start = 0; start < count; start += LANES) {
        double p[LANES], b[LANES], target[LANES], e[LANES];
        for (int k = 0; k < LANES; k++) {
            target[k] = lambda_y[start + k];
            b[k] = lambda * reached[start + k];
            p[k] = log_v[start + k] < target[k] ? log_v[start + k] : target[k];
        }
        // Newton's method for p + b·e^p = λy. The left side is convex and rises, so from the second step on it comes from
        // above; 64 steps suffice from anywhere.
        for (int step = 0; step < 64; step++) {
            double largest = 0;
            double change[LANES];
            for (int k = 0; k < LANES; k++) {
                double mass = b[k] * exponential(p[k]);
                double next = p[k] - (p[k] + mass - target[k]) / (1 + mass);
                next = next < target[k] ? next : target[k];
                change[k] = next > p[k] ? next - p[k] : p[k] - next;
                p[k] = next;
            }
            for (int k = 0; k < LANES; k++) largest = change[k] > largest ? change[k] : largest;
            if (!(largest > 1e-9)) break;
        }
        for (int k = 0; k < LANES; k++) e[k] = exponential(p[k]) * inside[start + k];
        memcpy(log_v + start, p, sizeof p);
        memcpy(v + start, e, sizeof e);
    }
}

double KERNEL(entropic_rows)(const double *x, const double *reached, double *u, size_t count) {
    double excess[LANES] = {0};
    for (size_t start = 0; start < count; start += LANES)
        for (int k = 0; k < LANES; k++) {
            size_t i = start + k;
            double left = u[i] * reached[i] - x[i];
            excess[k] += left > 0 ? left : -left;
            // Nothing leaves a pixel without mass, however small the amount would be.
            u[i] = x[i] > 0 ? x[i] / reached[i] : 0;
        }
    double sum = 0;
    for (int k = 0; k < LANES; k++) sum += excess[k];
    return sum;
}

// e^x in single precision, for |x| ≤ 87.
INLINE float single_exponential(float x) {
    const float shift = 0x1.8p23f;
    float n = (x * 0x1.715476p0f + shift) - shift;
    float r = (x - n * 0x1.62e400p-1f) - n * 0x1.7f7d1cp-20f;
    float p = 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1;
    p = p * r + 1;
    int32_t bits = ((int32_t)n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

void KERNEL(plan_from_variables)(const float *phi, float *plan, size_t count) {
    for (size_t i = 0; i < count; i++) {
        // ½(tanh φ + 1) = 1/(1 + e^(−2φ)), without cancellation where it is small.
        float x = -2 * phi[i];
        x = x < -87 ? -87 : x > 87 ? 87 : x;
        plan[i] = 1 / (1 + single_exponential(x));
    }
}

double KERNEL(plan_marginals)(const surety_taps *taps, const int64_t *places, size_t sources, const float *plan,
                              const float *costs, float *rows, float *columns) {
    double cost = 0;
    for (size_t s = 0; s < sources; s++) {
        const float *moved = plan + s * (size_t)taps->count;
        float sum = 0, spent = 0;
        for (int64_t tap = 0; tap < taps->count; tap++) {
            sum += moved[tap];
            spent += moved[tap] * costs[tap];
            columns[places[s] + taps->offsets[tap]] += moved[tap];
        }
        rows[s] = sum;
        cost += (double)spent;
    }
    return cost;
}

void KERNEL(plan_column_moments)(const surety_taps *taps, const int64_t *places, size_t sources, const float *plan,
                                 const float *costs, const float *row_slopes, float price, float *weights,
                                 float *slopes) {
    for (size_t source = 0; source < sources; source++) {
        const float *moved = plan + source * (size_t)taps->count;
        for (int64_t tap = 0; tap < taps->count; tap++) {
            float weight = moved[tap] * (1 - moved[tap]);
            int64_t target = places[source] + taps->offsets[tap];
            weights[target] += weight;
            slopes[target] += weight * (row_slopes[source] - price * costs[tap]);
        }
    }
}

surety_plan_slopes KERNEL(plan_moments)(const surety_taps *taps, const int64_t *places, size_t sources,
                                        const float *plan, const float *costs, const float *column_slopes,
                                        float *weights, float *slopes, float *prices) {
    surety_plan_slopes total = {0, 0};
    for (size_t source = 0; source < sources; source++) {
        const float *moved = plan + source * (size_t)taps->count;
        const float *seen = column_slopes + places[source];
        float w = 0, ws = 0, wc = 0, wsc = 0, wcc = 0;
        for (int64_t tap = 0; tap < taps->count; tap++) {
            float weight = moved[tap] * (1 - moved[tap]);
            float slope = weight * seen[taps->offsets[tap]], price = weight * costs[tap];
            w += weight;
            ws += slope;
            wc += price;
            wsc += slope * costs[tap];
            wcc += price * costs[tap];
        }
        weights[source] = w;
        slopes[source] = ws / w;
        prices[source] = wc / w;
        total.gain += (double)(wsc - ws * wc / w);
        total.saving += (double)(wcc - wc * wc / w);
    }
    return total;
}

void KERNEL(plan_ascend)(const surety_taps *taps, const int64_t *places, size_t sources, const float *costs,
                         const float *column_slopes, const float *row_slopes, float price, float rate,
                         float limit, float *phi) {
    for (size_t source = 0; source < sources; source++) {
        float *row = phi + source * (size_t)taps->count;
        const float *seen = column_slopes + places[source];
        for (int64_t tap = 0; tap < taps->count; tap++) {
            float step = rate * (seen[taps->offsets[tap]] + row_slopes[source] - price * costs[tap]);
            float moved = row[tap] + (step < -1 ? -1 : step > 1 ? 1 : step);
            row[tap] = row[tap] < -limit ? row[tap] : moved < -limit ? -limit : moved > limit ? limit : moved;
        }
    }
}

#undef LANES
#undef BLOCK
