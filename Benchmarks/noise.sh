#!/usr/bin/env bash
# Builds and runs noise.cpp with the kernels as the package has them.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
for file in Sources/CKernels/*.c; do clang -O2 -I Sources/CKernels/include -c "$file" -o "$build/$(basename "$file").o"; done
clang++ -O2 -std=c++17 -I Sources/CKernels/include -I Sources/CBoostMath/include \
  Benchmarks/noise.cpp Sources/CBoostMath/RoundedGaussian.cpp "$build"/*.o -lm -o "$build/noise"
"$build/noise"
