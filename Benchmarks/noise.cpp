// How long noise takes: a noisy image of floats from an image, by noise in floating point and by noise on a grid, at each instruction
// set that this processor has. `Benchmarks/noise.sh` builds and runs it. Every round times both, one after the other; the least
// of all rounds counts. The integers of all levels are compared.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

extern "C" {
#include "CKernels.h"
}
#include "CBoostMath.h"

static double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int main() {
    const size_t count = 3072, samples = 20, rounds = 200;
    const uint64_t key = 42;
    std::vector<float> image(count), out(count);
    std::vector<int32_t> points(count), integers(count), truth(count);
    for (size_t i = 0; i < count; i++) points[i] = i % 256, image[i] = points[i] / 255.0f;
    const struct { double sigma; uint32_t steps; } laws[] = {{0.12, 255}, {0.25, 255}, {0.5, 255}, {1, 255}, {0.25, 65535}, {1, 65535}};
    const char *const names[] = {"x86-64", "x86-64-v3", "x86-64-v4"};
    std::printf("%-10s %6s %8s %10s %10s %6s\n", "level", "sigma", "grid", "float, ns", "grid, ns", "ratio");
    for (auto [sigma, steps] : laws) {
        size_t thresholds = static_cast<size_t>(9.2 * sigma * steps) + 2;
        std::vector<uint64_t> tails(thresholds);
        double variation;
        if (CBoostMathRoundedGaussian(sigma, steps, tails.data(), &thresholds, &variation) != CBoostMathSuccess) return 1;
        surety_grid_law *law = surety_grid_law_make(tails.data(), static_cast<uint32_t>(thresholds), sigma * steps);
        for (int level = 0; level < 3; level++) {
            const surety_kernels *kernels = surety_kernels_at(static_cast<surety_level>(level));
            if (!kernels) continue;
            double least[2] = {1, 1};
            for (size_t round = 0; round < rounds; round++)
                for (int kind = 0; kind < 2; kind++) {
                    const double start = seconds();
                    for (uint32_t sample = 0; sample < samples; sample++) {
                        const surety_noise_counter at = {sample, 1, 1};
                        if (kind) kernels->draw_noisy_image(law, at, key, points.data(), steps, out.data(), count);
                        else kernels->add_noise(at, key, static_cast<float>(sigma), image.data(), out.data(), count);
                    }
                    const double time = (seconds() - start) / samples / count;
                    if (time < least[kind]) least[kind] = time;
                }
            kernels->add_grid_noise(law, {0, 1, 1}, key, points.data(), integers.data(), count);
            if (level == 0) truth = integers;
            if (integers != truth) return std::fprintf(stderr, "%s differs\n", names[level]), 1;
            std::printf("%-10s %6g %8u %10.3f %10.3f %6.2f\n", names[level], sigma, steps, least[0] * 1e9, least[1] * 1e9, least[1] / least[0]);
        }
        surety_grid_law_free(law);
    }
}
