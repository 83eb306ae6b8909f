#!/usr/bin/env python3
"""What certifying by columns saves beside a fixed number of samples, in samples and in time, on this machine, taking turns.

    Benchmarks/run.sh --only columns                      # a bundled model, every 500th test image of MNIST
    Benchmarks/run.sh --only columns --skip 1000 --rounds 5

Both runs are of `surety certify` as a whole process: the columns of docs/results/mnist.md, and n = 100 000 for each image. What
counts is the median of the rounds' ratios; time should fall by as much as samples do. The answers are checked: samples and
certificates are the same in each round, and no column certified lies far above the radius at the fixed n.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

root = pathlib.Path(__file__).resolve().parent.parent
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", default="mnist-gaussian-0.5", help="the name of one in examples/models")
parser.add_argument("--radii", default="0,0.25,0.5,0.75,1,1.5")
parser.add_argument("--skip", type=int, default=500)
parser.add_argument("--n", type=int, default=100_000)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--surety", type=pathlib.Path, default=root / ".build/release/surety")
arguments = parser.parse_args()
sigma = json.loads((root / f"Certificates/{arguments.model}/run.json").read_text())["settings"]["noise"]["sigma"]


def certify(folder, *more):
    """Seconds, samples, and the radius of each image."""
    start = time.perf_counter()
    subprocess.run(
        [arguments.surety, "certify", root / f"examples/models/{arguments.model}.onnx", "--data", "mnist", "--sigma", str(sigma),
         "--n", str(arguments.n), "--skip", str(arguments.skip), "--threads", str(arguments.threads), "--yes", "--output", folder, *more],
        check=True, capture_output=True)
    seconds = time.perf_counter() - start
    lines = [json.loads(line) for line in (folder / "certificates.jsonl").read_text().splitlines()]
    samples = sum(sum(line["selectionCounts"]) + sum(line["counts"]) for line in lines)
    return seconds, samples, {line["image"]: line.get("radius") or 0 for line in lines}


rounds = []
for number in range(arguments.rounds):
    with tempfile.TemporaryDirectory() as folder:
        fixed = certify(pathlib.Path(folder) / "fixed")
        columns = certify(pathlib.Path(folder) / "columns", "--radii", arguments.radii)
    rounds.append((fixed, columns))
    assert columns[1:] == rounds[0][1][1:] and fixed[1:] == rounds[0][0][1:], "the same run gave other certificates"
    for image, radius in columns[2].items():
        assert radius <= fixed[2][image] + 0.5 * sigma, f"image {image}: {radius} by columns, {fixed[2][image]} at n"
    print(f"round {number + 1}: {fixed[0]:.1f} s at n = {arguments.n}, {columns[0]:.1f} s by columns", flush=True)
(_, fixed, radii), (_, columns, _) = rounds[0]
samples, seconds = fixed / columns, statistics.median(a[0] / b[0] for a, b in rounds)
print(f"{arguments.model}, {len(radii)} images: {samples:.1f} times fewer samples by columns, {seconds:.1f} times less time "
      f"({seconds / samples:.2f} of the samples' ratio)")
